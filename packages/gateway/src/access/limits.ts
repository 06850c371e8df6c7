import { Failure, type LimitConfig } from '@vitalgate/contract';

/** What a request took from one limit, to be settled when it is over. */
interface Hold {
  readonly limit: Limit;
  readonly amount: number;
}

/** One limit of one key, told as the RateLimit fields tell it. */
interface Limit {
  readonly name: 'requests' | 'tokens' | 'concurrency';
  readonly quota: number;
  /** Milliseconds; undefined for what is counted at one moment. */
  readonly windowMs: number | undefined;
  /** What is left, never below 0. */
  left(now: number): number;
  /** Milliseconds until `amount` may be taken; 0 when it may now, undefined when nobody can say. */
  wait(amount: number, now: number): number | undefined;
  take(amount: number, now: number): void;
  /** Gives back what was taken and not used; negative for what was used beyond it. */
  giveBack(amount: number, now: number): void;
}

/**
 * So many per window, with a burst of a whole window, by the generic cell rate algorithm (ITU-T
 * I.371, annex A): one number, the time at which the bucket will be full again. It may lie further
 * ahead than a window after more was used than was taken; the debt is then waited for.
 */
class Rate implements Limit {
  readonly name: 'requests' | 'tokens';
  readonly quota: number;
  readonly windowMs: number;
  #fullAt = 0;

  constructor(name: 'requests' | 'tokens', quota: number, windowMs: number) {
    this.name = name;
    this.quota = quota;
    this.windowMs = windowMs;
  }

  left(now: number): number {
    const usedMs = Math.max(0, this.#fullAt - now);
    return Math.max(0, Math.floor(this.quota * (1 - usedMs / this.windowMs) + 1e-9));
  }

  wait(amount: number, now: number): number {
    // More than the whole quota at once is let in when nothing is used: else it never would be.
    const asked = Math.min(amount, this.quota) * (this.windowMs / this.quota);
    const usedMs = Math.max(0, this.#fullAt - now);
    return Math.max(0, usedMs + asked - this.windowMs - 1e-6);
  }

  take(amount: number, now: number): void {
    this.#fullAt = Math.max(now, this.#fullAt) + amount * (this.windowMs / this.quota);
  }

  giveBack(amount: number): void {
    this.#fullAt -= amount * (this.windowMs / this.quota);
  }
}

/** So many at once. */
class Concurrency implements Limit {
  readonly name = 'concurrency';
  readonly quota: number;
  readonly windowMs = undefined;
  #used = 0;

  constructor(quota: number) {
    this.quota = quota;
  }

  left(): number {
    return this.quota - this.#used;
  }

  wait(): number | undefined {
    return this.#used < this.quota ? 0 : undefined;
  }

  take(): void {
    this.#used += 1;
  }

  giveBack(): void {
    this.#used -= 1;
  }
}

/** The limits of one key; its state outlives a reload as long as the limits stay the same. */
export class KeyLimits {
  readonly #limits: readonly Limit[];

  constructor(configured: readonly LimitConfig[]) {
    this.#limits = configured.map((limit) => {
      if ('concurrency' in limit) return new Concurrency(limit.concurrency);
      return 'requests' in limit
        ? new Rate('requests', limit.requests, limit.per)
        : new Rate('tokens', limit.tokens, limit.per);
    });
  }

  /**
   * Takes one request, all or nothing.
   *
   * @throws {Failure} `rate_limited`, naming the limit and when it lifts.
   */
  enter(now: number): Holds {
    const counted = this.#limits.filter(({ name }) => name !== 'tokens');
    for (const limit of this.#limits) refuseUnless(limit, 1, now);
    for (const limit of counted) limit.take(1, now);
    return new Holds(counted.map((limit) => ({ limit, amount: 1 })));
  }

  /**
   * Reserves tokens before they are spent, so that callers at once cannot spend the same. Usage
   * can exceed the limit by no more than what the answers in flight exceed their estimates.
   *
   * @throws {Failure} `rate_limited`
   */
  reserveTokens(estimate: number, holds: Holds, now: number): void {
    const limits = this.#limits.filter(({ name }) => name === 'tokens');
    for (const limit of limits) refuseUnless(limit, estimate, now);
    for (const limit of limits) {
      // A caller may name any number; nobody can hold more than there is.
      const amount = Math.min(estimate, limit.quota);
      limit.take(amount, now);
      holds.add({ limit, amount });
    }
  }

  get hasTokens(): boolean {
    return this.#limits.some(({ name }) => name === 'tokens');
  }

  /** Names and values of `ratelimit-policy` and `ratelimit` (draft-ietf-httpapi-ratelimit-headers-10). */
  headers(now: number): string[] {
    if (this.#limits.length === 0) return [];
    const policy = this.#limits.map(
      ({ name, quota, windowMs }) =>
        `"${name}";q=${quota}${windowMs === undefined ? '' : `;w=${Math.ceil(windowMs / 1000)}`}`,
    );
    const state = this.#limits.map((limit) => {
      const wait = limit.wait(1, now);
      return `"${limit.name}";r=${limit.left(now)}${wait === undefined || wait === 0 ? '' : `;t=${Math.ceil(wait / 1000)}`}`;
    });
    return ['ratelimit-policy', policy.join(', '), 'ratelimit', state.join(', ')];
  }
}

function refuseUnless(limit: Limit, amount: number, now: number): void {
  const wait = limit.wait(amount, now);
  if (wait === 0) return;
  const window = limit.windowMs === undefined ? 'at once' : `per ${limit.windowMs / 1000} s`;
  const retryAfter = Math.max(1, Math.ceil((wait ?? 1000) / 1000));
  throw new Failure(
    'rate_limited',
    `this key may use ${limit.quota} ${limit.name === 'concurrency' ? 'requests' : limit.name} ${window}; try again in ${retryAfter} s`,
    { retryAfter },
  );
}

/** What one request holds of its key's limits, until it is over. */
export class Holds {
  #held: Hold[];

  constructor(held: Hold[]) {
    this.#held = held;
  }

  add(hold: Hold): void {
    this.#held.push(hold);
  }

  /** Lets go of the place, and of the tokens that were not used. Unknown usage keeps the estimate. */
  settle(tokens: number | undefined, now: number): void {
    for (const { limit, amount } of this.#held) {
      if (limit.name === 'concurrency') limit.giveBack(amount, now);
      if (limit.name === 'tokens' && tokens !== undefined) limit.giveBack(amount - tokens, now);
    }
    this.#held = [];
  }
}

/** What most answers stay below when a caller names no limit. */
const USUAL_ANSWER = 1000;
/** Most tokenizers make a token of about four bytes of text. */
const BYTES_PER_TOKEN = 4;

/** Tokens a request will cost at most, as far as one can tell before it is sent. */
export function estimateTokens(bodyBytes: number, maxTokens: number | undefined): number {
  return Math.ceil(bodyBytes / BYTES_PER_TOKEN) + (maxTokens ?? USUAL_ANSWER);
}
