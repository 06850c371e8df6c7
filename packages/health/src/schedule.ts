/** When a check runs next. Pure: the same circumstances give the same delay. */
import type { Status } from './status.ts';

export interface SchedulePolicy {
  /** Between readings while nothing happens, in milliseconds. */
  readonly intervalMs: number;
  /** While a verdict is in question: readings contradict it. */
  readonly edgeMs: number;
  /** The longest interval while something stays down. */
  readonly backoffMs: number;
  /** How much of a delay is left to chance, so that many instances do not fall into step. */
  readonly jitter: number;
}

export const defaultSchedulePolicy: SchedulePolicy = {
  intervalMs: 10_000,
  edgeMs: 2_000,
  backoffMs: 30_000,
  jitter: 0.2,
};

export interface Occasion {
  readonly verdict: Status;
  /** The newest reading; undefined when it gave none. */
  readonly reading: Status | undefined;
  /** Failed readings in a row, counted from the one that made the verdict. */
  readonly failures: number;
}

/** Milliseconds before jitter. */
export function interval(occasion: Occasion, policy: SchedulePolicy): number {
  const { verdict, reading, failures } = occasion;
  const isEdge = reading !== undefined && reading !== verdict;
  if (isEdge || verdict === 'unknown') return Math.min(policy.edgeMs, policy.intervalMs);
  if (verdict !== 'fail') return policy.intervalMs;
  const doubled = policy.intervalMs * 2 ** Math.min(Math.max(0, failures - 1), 16);
  return Math.max(policy.intervalMs, Math.min(doubled, policy.backoffMs));
}

/** The interval, a little shorter or longer; `chance` is from 0 up to 1. */
export function jittered(ms: number, jitter: number, chance: number): number {
  return ms * (1 + jitter * (2 * chance - 1));
}

/**
 * Where in its first interval a check of one instance begins, from 0 up to 1: always the same for
 * the two names, spread evenly over many (FNV-1a, 32 bit).
 */
export function splay(instance: string, check: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${instance}\n${check}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  // FNV leaves the high bits of short inputs alike; one more mix spreads them.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
