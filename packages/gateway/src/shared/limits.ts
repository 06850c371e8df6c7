import type { Clock } from '@vitalgate/health';
import { Budget } from '../access/limits/budget.ts';
import type { LimitGate } from '../access/limits/gate.ts';
import {
  refusal,
  refuseUnless,
  takeAll,
  type Amounts,
  type Holds,
} from '../access/limits/holds.ts';
import type { Limit, Moment } from '../access/limits/limit.ts';
import { Rate } from '../access/limits/rate.ts';
import { ADD, HOLD, SETTLE, TAKE } from './scripts.ts';
import { SharedStore } from './store.ts';

/** What was let through without asking, to be told when the server is back. */
interface Debt {
  readonly budget: Budget;
  /** The period it belongs to. */
  readonly start: number;
  amount: number;
}

/**
 * Limits that hold over all instances together: each call is asked for in one step at the shared
 * server and corrected when it is over. While that is slow or gone, each instance lets through its
 * share and no call fails or waits for it: what it takes counts as often as there are instances.
 */
export class SharedLimits implements LimitGate {
  readonly #store: SharedStore;
  readonly #clock: Clock;
  readonly #debts = new Map<string, Debt>();
  /**
   * Places that are held, by key; also those of which it is not known whether they are. What is lost with
   * a connection is told anew: a place that nobody gives back would be taken for good.
   */
  readonly #places = new Map<string, number>();

  constructor(store: SharedStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  peek(limits: readonly Limit[], amounts: Amounts, at: Moment): void {
    // What is counted here says little about all; the question follows as soon as the body is read.
    if (this.#store.problem !== undefined) refuseUnless(limits, this.#scaled(amounts), at);
  }

  async take(limits: readonly Limit[], amounts: Amounts, at: Moment): Promise<Holds> {
    const counted = limits.filter(({ kind }) => amounts[kind] > 0);
    const taken = counted.map((limit) => Math.min(amounts[limit.kind], limit.quota));
    if (counted.length === 0) return takeAll([], amounts, at);
    const keys = counted.map((limit) => keyOf(limit, at));
    const args = counted.flatMap((limit, i) => takeArguments(limit, taken[i] ?? 0, at));
    this.#hold(counted, keys, taken, 0);
    const answer = await this.#store.ask(
      TAKE,
      [...keys, SharedStore.instancesKey],
      [this.#store.id, ...args],
      // It was let in or refused without this answer: what it took is given back.
      (late) => this.#settle(counted, keys, late, taken, () => 0),
    );
    if (answer === undefined) return this.#takeShare(limits, amounts, at);
    const [isTaken, which = 1, wait = 0] = answer;
    const refusing = counted[which - 1];
    if (isTaken === 0 && refusing !== undefined) {
      throw refusal(refusing, wait < 0 ? undefined : Math.max(1, wait), at);
    }
    this.#hold(counted, keys, taken, 1);
    const holds = takeAll(limits, amounts, at, (used) => {
      this.#settle(counted, keys, answer, taken, (limit) =>
        limit.kind === 'tokens' || limit.kind === 'cost' ? used[limit.kind] : undefined,
      );
      this.#hold(counted, keys, taken, -1);
    });
    for (const [i, limit] of counted.entries()) limit.learn(answer[2 + i * 2] ?? 0, at);
    return holds;
  }

  /** The server is back: what was let through meanwhile is told. */
  resync(): void {
    const debts = [...this.#debts.values()];
    this.#debts.clear();
    const at = { now: this.#clock.now(), wall: this.#clock.wall() };
    for (const debt of debts) this.#tell(debt, at);
    const held = [...this.#places];
    if (held.length === 0) return;
    const args = [this.#store.id, ...held.map(([, count]) => String(count))];
    this.#store.tell(
      HOLD,
      held.map(([key]) => key),
      args,
    );
    for (const [key, count] of held) if (count === 0) this.#places.delete(key);
  }

  #hold(
    limits: readonly Limit[],
    keys: readonly string[],
    taken: readonly number[],
    sign: 1 | 0 | -1,
  ): void {
    for (const [i, { kind }] of limits.entries()) {
      if (kind !== 'concurrency') continue;
      const key = keys[i] ?? '';
      const count = (this.#places.get(key) ?? 0) + sign * (taken[i] ?? 0);
      const isKnown = sign === -1 && this.#store.problem === undefined;
      if (count === 0 && isKnown) this.#places.delete(key);
      else this.#places.set(key, count);
    }
  }

  #settle(
    limits: readonly Limit[],
    keys: readonly string[],
    [isTaken, ...answer]: readonly number[],
    taken: readonly number[],
    usedOf: (limit: Limit) => number | undefined,
  ): void {
    if (isTaken === 0) return;
    const wrong: { key: string; args: string[] }[] = [];
    for (const [i, limit] of limits.entries()) {
      const amount = taken[i] ?? 0;
      const used = limit.kind === 'concurrency' ? 0 : (usedOf(limit) ?? amount);
      if (used === amount) continue;
      const window = limit instanceof Rate ? limit.windowMs : 0;
      const args = [
        kindOf(limit),
        String(answer[i * 2] ?? 0),
        String(used - amount),
        String(window),
      ];
      wrong.push({ key: keys[i] ?? '', args });
    }
    if (wrong.length === 0) return;
    this.#store.tell(
      SETTLE,
      wrong.map(({ key }) => key),
      [this.#store.id, ...wrong.flatMap(({ args }) => args)],
    );
  }

  #takeShare(limits: readonly Limit[], amounts: Amounts, at: Moment): Holds {
    const { instances } = this.#store;
    const scaled = this.#scaled(amounts);
    refuseUnless(limits, scaled, at);
    const budgets = limits.filter((limit) => limit instanceof Budget);
    const starts = budgets.map((budget) => budget.startAt(at));
    const share = takeAll(limits, scaled, at);
    return takeAll([], amounts, at, (used, end) => {
      share.settle(
        {
          tokens: used.tokens === undefined ? undefined : used.tokens * instances,
          cost: used.cost === undefined ? undefined : used.cost * instances,
        },
        end,
      );
      for (const [i, budget] of budgets.entries()) {
        const { kind } = budget;
        const told = kind === 'tokens' || kind === 'cost' ? used[kind] : undefined;
        const amount = told ?? Math.min(amounts[kind], budget.quota);
        this.#owe({ budget, start: starts[i] ?? 0, amount }, end);
      }
    });
  }

  #scaled({ requests, tokens, cost, concurrency }: Amounts): Amounts {
    const { instances } = this.#store;
    return {
      requests: requests * instances,
      tokens: tokens * instances,
      cost: cost * instances,
      concurrency: concurrency * instances,
    };
  }

  #owe(debt: Debt, at: Moment): void {
    if (debt.amount === 0) return;
    if (this.#store.problem === undefined) return this.#tell(debt, at);
    const id = `${debt.budget.id}@${debt.start}`;
    const known = this.#debts.get(id);
    if (known === undefined) this.#debts.set(id, debt);
    else known.amount += debt.amount;
  }

  #tell({ budget, start, amount }: Debt, at: Moment): void {
    // What belongs to a period that is over interests nobody any more.
    if (budget.startAt(at) !== start) return;
    // Here it was counted as often as there are instances.
    const before = Math.max(0, budget.usedAt(at) - amount * this.#store.instances);
    const key = SharedStore.key(`${budget.id}@${start}`);
    const ends = Math.ceil(budget.endsIn(at)) + 3_600_000;
    this.#store.tell(ADD, [key], [String(before), String(amount), String(ends)]);
  }
}

const kindOf = (limit: Limit): string =>
  limit instanceof Rate ? 'r' : limit instanceof Budget ? 'b' : 'c';

function keyOf(limit: Limit, at: Moment): string {
  const period = limit instanceof Budget ? `@${limit.startAt(at)}` : '';
  return SharedStore.key(`${limit.id}${period}`);
}

function takeArguments(limit: Limit, amount: number, at: Moment): string[] {
  const common = [kindOf(limit), String(limit.quota), String(amount)];
  if (limit instanceof Rate) {
    const { burst, windowMs, quota } = limit;
    const pace = burst === undefined ? ['0', '0'] : [String(windowMs / quota), String(burst)];
    return [...common, String(windowMs), ...pace];
  }
  if (limit instanceof Budget) {
    return [...common, String(limit.endsIn(at)), String(limit.usedAt(at)), '0'];
  }
  return [...common, '0', '0', '0'];
}
