/**
 * What was seen once. A probe and a real request give the same value, so that one rule judges both.
 */

/** Where an observation came from, strongest first (see `evidenceWeight` in evidence.ts). */
export type Source = 'traffic' | 'signal' | 'probe' | 'canary' | 'status-page';

/**
 * Whose failure it was. Only `provider` and `network` harm shared health: a bad key rests that key
 * alone, a bad request harms nobody.
 */
export type Fault =
  | 'client'
  | 'credential'
  | 'quota'
  | 'model'
  | 'provider'
  | 'network'
  | 'gateway';

export interface Observation {
  /** When it was seen, on the clock's monotonic milliseconds. */
  readonly at: number;
  readonly source: Source;
  readonly ok: boolean;
  /** Absent when `ok`. */
  readonly fault?: Fault;
  /** A short machine-readable code such as `http_500` or `connect_refused`; safe to show anybody. */
  readonly reason?: string;
  /** Milliseconds from asking to the first byte of an answer. */
  readonly latencyMs?: number;
  /** Milliseconds the other side asked to be left alone for (Retry-After and its like). */
  readonly retryAfterMs?: number;
}
