import type { Fault } from '../observation.ts';

/** What one look at something brought. Looks do not throw: whatever happens is an outcome. */
export interface Outcome {
  readonly status: 'pass' | 'warn' | 'fail';
  /** A short public code; absent when `pass`. */
  readonly reason?: string;
  /** Whose failure it was: `network` when no answer came, `provider` when the answer was not well. */
  readonly fault?: Extract<Fault, 'network' | 'provider' | 'gateway'>;
  /** Milliseconds from asking to knowing. */
  readonly latencyMs: number;
}

/** Looks once, and stops looking when the signal says so. */
export type Look<Found extends Outcome = Outcome> = (signal?: AbortSignal) => Promise<Found>;
