import type { Clock } from '@vitalgate/health';
import { Budget } from '../access/limits/budget.ts';
import { Concurrency } from '../access/limits/concurrency.ts';
import { takeAll, type Holds } from '../access/limits/holds.ts';
import type { Limit, Moment } from '../access/limits/limit.ts';
import { Rate } from '../access/limits/rate.ts';
import { LimitStates } from '../access/limits/states.ts';
import type { LimitText, PrimaryMessage, WorkerMessage } from './messages.ts';

type Tell = (message: PrimaryMessage) => void;

/**
 * Where the workers of one machine keep their limits together: the process that started them. It
 * answers in the order in which it is asked, so limits are as exact as in one process.
 */
export class LimitOffice {
  readonly #clock: Clock;
  readonly #states = new LimitStates();
  /** What calls of each worker hold. */
  readonly #holds = new Map<number, Map<number, Holds>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(worker: number, message: WorkerMessage & { type: 'take' }, tell: Tell): void {
    const { n, amounts } = message;
    const at = this.#now();
    const limits = message.limits.map((text) => this.#limit(text, at));
    for (const [which, limit] of limits.entries()) {
      const wait = limit.wait(amounts[limit.kind], at);
      if (wait !== 0) return tell({ type: 'refused', n, which, wait: wait ?? null });
    }
    this.#of(worker).set(n, takeAll(limits, amounts, at));
    tell({ type: 'taken', n, used: limits.map((limit) => usedOf(limit, at)) });
  }

  settle(worker: number, { n, used }: WorkerMessage & { type: 'settle' }): void {
    const holds = this.#of(worker);
    holds.get(n)?.settle(used, this.#now());
    holds.delete(n);
  }

  /** A worker is gone: its calls hold no places any more, and have used what was expected of them. */
  forget(worker: number): void {
    const nothingKnown = { tokens: undefined, cost: undefined };
    for (const holds of this.#of(worker).values()) holds.settle(nothingKnown, this.#now());
    this.#holds.delete(worker);
  }

  #of(worker: number): Map<number, Holds> {
    let holds = this.#holds.get(worker);
    if (holds === undefined) this.#holds.set(worker, (holds = new Map()));
    return holds;
  }

  #limit(text: LimitText, at: Moment): Limit {
    return this.#states.getPassing(text.id, text.quota, () => {
      const identity = { id: text.id, kind: text.kind, whose: '', label: '' };
      if (text.windowMs !== undefined) {
        return new Rate(identity, text.quota, text.windowMs, text.burst);
      }
      if (text.period === undefined) return new Concurrency(identity, text.quota);
      const budget = new Budget(identity, text.quota, text.period);
      budget.restore(text.known ?? 0, at);
      return budget;
    });
  }

  #now(): Moment {
    return { now: this.#clock.now(), wall: this.#clock.wall() };
  }
}

const usedOf = (limit: Limit, at: Moment): number =>
  limit instanceof Budget ? limit.usedAt(at) : limit.quota - limit.left(at);
