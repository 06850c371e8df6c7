/** When something happens, by both clocks: rates run by one that never jumps, calendars by the other. */
export interface Moment {
  /** Monotonic milliseconds. */
  readonly now: number;
  /** Milliseconds since the epoch. */
  readonly wall: number;
}

export type LimitKind = 'requests' | 'tokens' | 'cost' | 'concurrency';

/** What one request took from one limit, until it is known what it used. */
export interface Hold {
  readonly limit: Limit;
  /** It is over. `used` is what it used in the end; undefined keeps what was taken. */
  settle(used: number | undefined, at: Moment): void;
}

/**
 * So much of something, over a time or at once. Amounts are whole numbers: requests, tokens, or
 * billionths of a US dollar.
 */
export interface Limit {
  /** Unique, and the same after a restart. */
  readonly id: string;
  readonly kind: LimitKind;
  /** Whom it is for, as a refusal tells it: `this key`, `team red`. */
  readonly whose: string;
  /** Its name in the RateLimit fields. */
  readonly label: string;
  /** A reload may change it, and forgets nothing of what was used. */
  quota: number;
  /** What it counts over, for people: `in 60 s`, `each day (UTC)`, `at once`. */
  readonly span: string;
  /** Milliseconds; undefined for what is counted at one moment. */
  readonly windowMs: number | undefined;
  /** What is left, never below 0. */
  left(at: Moment): number;
  /** Milliseconds until `amount` may be taken; 0 when it may now, undefined when nobody can say. */
  wait(amount: number, at: Moment): number | undefined;
  take(amount: number, at: Moment): Hold;
  /** All instances together have used so much, what was taken here included. */
  learn(used: number, at: Moment): void;
}

/** What is fixed about a limit, whichever way it counts. */
export interface LimitIdentity {
  readonly id: string;
  readonly kind: LimitKind;
  readonly whose: string;
  readonly label: string;
  /** The address or part of the network it counts, where it counts by address. */
  readonly network?: string | undefined;
}
