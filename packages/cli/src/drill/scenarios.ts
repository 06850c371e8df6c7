import type { Fault } from '@vitalgate/simulator';

/** Where a broken provider is reached, if not at its simulator. */
export type Place = 'gone' | 'no-tls';

/** One way in which a provider fails, and what a caller may see of it. */
export interface Scenario {
  readonly name: string;
  /** Set on the first provider of the model, or on all of them. */
  readonly faults: readonly Fault[];
  readonly place?: Place;
  readonly isEverywhere?: boolean;
  /**
   * `unseen`: nothing has been promised, so another target can serve; `told`: it breaks after the
   * first content, so the caller is told, or served if the break came early enough.
   */
  readonly expected: 'unseen' | 'told';
}

const unseen = (name: string, ...faults: Fault[]): Scenario => ({
  name,
  faults,
  expected: 'unseen',
});
const told = (name: string, ...faults: Fault[]): Scenario => ({ name, faults, expected: 'told' });

/** Chunks after which a stream has surely shown content. */
const UNDER_WAY = 6;

/** Slow enough that the caller has seen content when the break comes. */
const PACE: Fault = { tokensPerSecond: 100 };

export const scenarios: readonly Scenario[] = [
  unseen('nothing is broken'),
  unseen('connection refused', { refuse: true }),
  unseen('connection reset', { reset: true }),
  unseen('black hole', { blackhole: true }),
  { name: 'DNS name gone', faults: [], place: 'gone', expected: 'unseen' },
  { name: 'TLS broken', faults: [], place: 'no-tls', expected: 'unseen' },
  unseen('401 key refused', { status: 401 }),
  unseen('403 not allowed', { status: 403 }),
  unseen('404 no such model', { status: 404 }),
  unseen('429 with Retry-After', { status: 429, retryAfter: 2 }),
  unseen('429 without Retry-After', { status: 429 }),
  unseen('429 quota drained', { status: 429, code: 'insufficient_quota' }),
  unseen('one credential revoked', { status: 401, times: 1 }),
  unseen('500', { status: 500 }),
  unseen('503', { status: 503 }),
  unseen('529 overloaded', { status: 529 }),
  unseen('slow first token', { timeToFirstToken: 60_000 }),
  unseen('empty 200', { emptyBody: true }),
  unseen('wrong content type', { wrongContentType: true }),
  unseen('cut before the first content', { cutAfterChunks: 1 }),
  unseen('error inside a 200, at once', { errorAfterChunks: 1 }),
  unseen('flapping', { status: 500, probability: 0.5 }),
  unseen('slow recovery', { status: 500, times: 2 }, { latency: 300 }),
  unseen('huge answer', { hugeAnswer: 2_000_000 }),
  told('cut in the middle', PACE, { cutAfterChunks: UNDER_WAY }),
  told('stall in the middle', PACE, { stallAfterChunks: UNDER_WAY }),
  told('malformed chunk', PACE, { malformedAfterChunks: UNDER_WAY }),
  told('error inside a 200, late', PACE, { errorAfterChunks: UNDER_WAY }),
  { name: 'all providers down', faults: [{ status: 500 }], isEverywhere: true, expected: 'told' },
];
