import { Failure } from '@vitalgate/contract';
import type { Hold, Limit, LimitKind, Moment } from './limit.ts';
import { NANOS_PER_DOLLAR } from './rules.ts';

/** How much of each kind a request takes; one that is not there takes nothing. */
export type Amounts = Readonly<Record<LimitKind, number>>;

/** What a request takes before anybody knows what it will ask. */
export const ENTRY: Amounts = { requests: 1, tokens: 1, cost: 1, concurrency: 1 };
export const FREE_ENTRY: Amounts = { requests: 1, tokens: 0, cost: 0, concurrency: 1 };

/**
 * Refuses what a limit has no room for, and takes nothing.
 *
 * @throws {Failure} `rate_limited` or `budget_exhausted`, naming the limit and when it lifts
 */
export function refuseUnless(limits: readonly Limit[], amounts: Amounts, at: Moment): void {
  for (const limit of limits) {
    const amount = amounts[limit.kind];
    const wait = amount === 0 ? 0 : limit.wait(amount, at);
    if (wait !== 0) throw refusal(limit, wait, at);
  }
}

/** Takes from each limit; to be called after `refuseUnless` without a wait between. */
export function takeAll(
  limits: readonly Limit[],
  amounts: Amounts,
  at: Moment,
  onSettled?: (used: Used, at: Moment) => void,
): Holds {
  const held: Hold[] = [];
  for (const limit of limits) {
    const amount = amounts[limit.kind];
    // A caller may name any number; nobody can hold more than there is.
    if (amount > 0) held.push(limit.take(Math.min(amount, limit.quota), at));
  }
  return new Holds(held, onSettled);
}

/** What a request used in the end; undefined where nobody knows. */
export interface Used {
  readonly tokens: number | undefined;
  readonly cost: number | undefined;
}

/** What one request holds of its limits, until it is over. */
export class Holds {
  #held: readonly Hold[];
  #onSettled: ((used: Used, at: Moment) => void) | undefined;

  constructor(held: readonly Hold[], onSettled: ((used: Used, at: Moment) => void) | undefined) {
    this.#held = held;
    this.#onSettled = onSettled;
  }

  /** Lets go of the place, and of what was not used. What is unknown stays as it was estimated. */
  settle(used: Used, at: Moment): void {
    for (const hold of this.#held) {
      const { kind } = hold.limit;
      hold.settle(kind === 'tokens' || kind === 'cost' ? used[kind] : undefined, at);
    }
    this.#held = [];
    this.#onSettled?.(used, at);
    this.#onSettled = undefined;
  }
}

/** `wait` is undefined where nobody can say how long. */
export function refusal(limit: Limit, wait: number | undefined, { wall }: Moment): Failure {
  const { kind, quota, whose, span } = limit;
  const retryAfter = Math.max(1, Math.ceil((wait ?? 1000) / 1000));
  const until = new Date(wall + retryAfter * 1000).toISOString().slice(0, 19);
  const lifts = `try again in ${retryAfter} s, at ${until}Z`;
  if (kind === 'cost') {
    const dollars = quota / NANOS_PER_DOLLAR;
    return new Failure('budget_exhausted', `${whose} may spend ${dollars} USD ${span}; ${lifts}`, {
      retryAfter,
    });
  }
  const what = kind === 'concurrency' ? 'requests' : kind;
  return new Failure('rate_limited', `${whose} may use ${quota} ${what} ${span}; ${lifts}`, {
    retryAfter,
  });
}

/**
 * Names and values of `ratelimit-policy` and `ratelimit` (draft-ietf-httpapi-ratelimit-headers-10).
 * Money is told in millionths of a US dollar, since these fields know whole numbers only.
 */
export function rateLimitFields(limits: readonly Limit[], at: Moment): string[] {
  if (limits.length === 0) return [];
  const policies: string[] = [];
  const states: string[] = [];
  for (const limit of limits) {
    const { label, quota, windowMs } = limit;
    const unit = limit.kind === 'cost' ? ';qu="micro-usd"' : '';
    const window = windowMs === undefined ? '' : `;w=${Math.ceil(windowMs / 1000)}`;
    policies.push(`"${label}";q=${told(limit, quota)}${unit}${window}`);
    const wait = limit.wait(1, at);
    const reset = wait === undefined || wait === 0 ? '' : `;t=${Math.ceil(wait / 1000)}`;
    states.push(`"${label}";r=${told(limit, limit.left(at))}${reset}`);
  }
  return ['ratelimit-policy', policies.join(', '), 'ratelimit', states.join(', ')];
}

const told = ({ kind }: Limit, amount: number): number =>
  kind === 'cost' ? Math.floor(amount / 1000) : amount;
