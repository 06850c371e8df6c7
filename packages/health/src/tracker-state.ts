/** What of a tracker outlives its process: plain data, dated by the wall clock. */
import type { TrackerPolicy } from './policy.ts';
import { fresh, type Standing, type TargetState } from './target-state.ts';
import type { Rule, Target } from './target.ts';

export interface TrackerState {
  readonly version: 1;
  readonly targets: readonly SavedTarget[];
}

export interface SavedTarget {
  readonly id: string;
  readonly criteria: string;
  readonly state: TargetState;
  readonly rule: Rule;
  readonly reason?: string;
  /** Wall-clock milliseconds. */
  readonly since: number;
  /** Wall-clock milliseconds; only while resting. */
  readonly restUntil?: number;
  /** Whether a good probe may end the rest; only while resting. */
  readonly probeSees?: boolean;
  readonly rests: number;
}

export function saved(target: Target, now: number, wall: number): SavedTarget {
  const { id, criteria, standing, rule, health } = target;
  return {
    id,
    criteria,
    state: standing.state,
    rule,
    ...(health.reason !== undefined && { reason: health.reason }),
    since: health.since,
    ...(standing.state === 'resting' && {
      restUntil: wall + standing.until - now,
      probeSees: standing.probeSees,
    }),
    rests: standing.rests,
  };
}

/**
 * What one tracker makes of another's word on the same target. A rest and its end count, and what an
 * operator did; whether the target serves again, each sees for itself.
 */
export function adopted(
  own: Standing,
  word: SavedTarget,
  policy: TrackerPolicy,
  now: number,
  wall: number,
): Standing {
  if (own.state === 'drained') {
    const isFreed = word.rule === 'operator_serve' || word.rule === 'operator_reset';
    return isFreed ? fresh : own;
  }
  switch (word.state) {
    case 'drained':
      return { state: 'drained', rests: own.rests };
    case 'resting':
      return own.state === 'resting' ? own : revived(word, policy, now, wall);
    case 'serving':
    case 'ramping':
      if (word.rule === 'operator_serve' || word.rule === 'operator_reset') return fresh;
      return own.state === 'resting'
        ? revived({ ...word, state: 'probing' }, policy, now, wall)
        : own;
    case 'probing':
      return own;
  }
}

/**
 * Evidence is not taken up: what served before is unknown until it is seen to serve again, and
 * what was being tried is tried anew.
 */
export function revived(
  before: SavedTarget,
  policy: TrackerPolicy,
  now: number,
  wall: number,
): Standing {
  const { state, rests } = before;
  switch (state) {
    case 'serving':
      return rests === 0 ? fresh : { state, rests, until: now + policy.forgiveMs };
    case 'drained':
      return { state, rests };
    case 'resting': {
      // A wall clock that was set back must not prolong a rest beyond what any rest may last.
      const left = Math.min((before.restUntil ?? wall) - wall, policy.retryAfterMaxMs);
      const { probeSees = true } = before;
      return { state, rests, until: now + Math.max(left, 0), asked: -Infinity, probeSees };
    }
    case 'probing':
    case 'ramping':
      return { state: 'probing', rests, probeSees: true, risen: 0, trialUntil: undefined };
  }
}
