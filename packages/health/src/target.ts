import type { Cancel } from './clock.ts';
import { Evidence } from './evidence.ts';
import type { TrackerPolicy } from './policy.ts';
import type { Status } from './status.ts';
import { shareOf, type Standing, type TargetState } from './target-state.ts';

/** What is known of one target. A value: it never changes, another takes its place. */
export interface TargetHealth {
  readonly id: string;
  readonly state: TargetState;
  readonly status: Status;
  /** Wall-clock milliseconds of the last change of `state`. */
  readonly since: number;
  /** The trouble's public code, such as `http_500`; undefined while there is none. */
  readonly reason: string | undefined;
  /** On the clock's monotonic milliseconds; only while resting. */
  readonly restUntil: number | undefined;
  /** Rests in a row; each lasts longer than the one before. */
  readonly rests: number;
  /** From 0 to 1: how much of its normal traffic it should be given. */
  readonly share: number;
}

/** What brought a target where it is. */
export type Rule =
  | 'new'
  | 'streak'
  | 'lasting'
  | 'ratio'
  | 'rest_over'
  | 'probe_succeeded'
  | 'trial_succeeded'
  | 'trial_failed'
  | 'ramp_over'
  | 'operator_rest'
  | 'operator_serve'
  | 'operator_drain'
  | 'operator_reset'
  | 'told';

/** The numbers a rule saw when it decided. */
export interface Basis {
  readonly streak: number;
  /** Real requests in the window. */
  readonly sample: number;
  readonly ratio: number;
}

/** What the tracker remembers of one target; `health` is what others see of it. */
export interface Target {
  readonly id: string;
  readonly criteria: string;
  readonly policy: TrackerPolicy;
  evidence: Evidence;
  standing: Standing;
  rule: Rule;
  basis: Basis;
  health: TargetHealth;
  timer: { readonly due: number; readonly stop: Cancel } | undefined;
}

export function newTarget(
  id: string,
  criteria: string,
  standing: Standing,
  policy: TrackerPolicy,
  wall: number,
): Target {
  const rule = standing.state === 'drained' ? 'operator_drain' : 'new';
  const target: Omit<Target, 'health'> = {
    id,
    criteria,
    policy,
    evidence: new Evidence(policy),
    standing,
    rule,
    basis: { streak: 0, sample: 0, ratio: 0 },
    timer: undefined,
  };
  const blank: TargetHealth = {
    id,
    state: standing.state,
    status: 'unknown',
    since: wall,
    reason: standing.state === 'drained' ? rule : undefined,
    restUntil: undefined,
    rests: 0,
    share: shareOf(standing, policy),
  };
  return { ...target, health: Object.freeze(blank) };
}

/** What others should see now; the same value when nothing of it changed. */
export function healthOf(
  target: Target,
  now: number,
  since: number,
  trouble: string | undefined,
): TargetHealth {
  const { id, policy, standing, health } = target;
  const cause = causeOf(target, trouble);
  const status = statusOf(target, cause, now);
  const next: TargetHealth = {
    id,
    state: standing.state,
    status,
    since,
    reason: cause ?? (status === 'warn' ? lastCounted(target) : undefined),
    restUntil: standing.state === 'resting' ? standing.until : undefined,
    rests: standing.rests,
    share: shareOf(standing, policy),
  };
  return isSame(health, next) ? health : Object.freeze(next);
}

/** Why it is not serving; undefined while it is. */
function causeOf(
  { standing, rule, health }: Target,
  trouble: string | undefined,
): string | undefined {
  if (standing.state === 'serving') return undefined;
  if (rule === 'operator_drain' || rule === 'operator_rest') return rule;
  return trouble ?? health.reason;
}

function statusOf(
  { policy, standing, evidence }: Target,
  cause: string | undefined,
  now: number,
): Status {
  // An operator's hand says nothing about how well a target is.
  const isIll = cause !== 'operator_rest';
  if (standing.state === 'resting' && isIll) return 'fail';
  if (evidence.isSilent(now)) return 'unknown';
  if (standing.state === 'probing' && isIll) return 'fail';
  if (standing.state === 'ramping') return 'warn';
  if (evidence.streak > 0 && !evidence.isGood(now)) return 'warn';
  return evidence.ratio(now) >= policy.warnRatio ? 'warn' : 'pass';
}

function lastCounted({ evidence }: Target): string | undefined {
  return evidence.remembered.findLast((one) => one.counted)?.reason;
}

function isSame(one: TargetHealth, other: TargetHealth): boolean {
  return (
    one.state === other.state &&
    one.status === other.status &&
    one.since === other.since &&
    one.reason === other.reason &&
    one.restUntil === other.restUntil &&
    one.rests === other.rests &&
    one.share === other.share
  );
}
