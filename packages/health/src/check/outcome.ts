import type { Level } from '../judge/verdict.ts';
import type { Fault } from '../observation.ts';
import type { Private } from '../private.ts';

/** Something measured, such as the filling of a disk. */
export interface Measurement {
  /** Says what, in a word: `utilization`, `responseTime`, `connections`, `uptime`, or one's own. */
  readonly name: string;
  readonly value: number | string | boolean;
  /** `percent`, `bytes`, `s`, `ms`, `d`, …; absent for plain counts and words. */
  readonly unit?: string;
}

/** What one look at something brought. Looks do not throw: whatever happens is an outcome. */
export interface Outcome {
  readonly status: Level;
  /** A short public code; absent when `pass`. */
  readonly reason?: string;
  /** Whose failure it was. A fault of ours (`gateway`) is no reading of the other side. */
  readonly fault?: Extract<Fault, 'network' | 'provider' | 'gateway'>;
  /** Milliseconds from asking to knowing. */
  readonly latencyMs?: number;
  readonly measured?: readonly Measurement[];
  /** What only the trusted may read, such as the other side's own words. */
  readonly detail?: Private<string>;
}

/** Looks once, and stops looking when the signal says so. */
export type Look<Found extends Outcome = Outcome> = (signal?: AbortSignal) => Promise<Found>;
