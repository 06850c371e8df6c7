import { HealthError } from './errors.ts';

/**
 * When evidence about a target becomes a verdict. Durations in milliseconds, ratios and shares
 * from 0 to 1.
 */
export interface TrackerPolicy {
  /** Consecutive harmful failures that rest a target. */
  readonly fall: number;
  /**
   * Two failures of real requests at least this far apart, with no success between them, rest a
   * target as well, so that sparse traffic need not fail `fall` times. Infinity turns it off.
   */
  readonly fallLastingMs: number;
  /** Consecutive successful trials that end a rest. */
  readonly rise: number;
  /** The first rest; each further one doubles it, up to `restMaxMs`. */
  readonly restMs: number;
  readonly restMaxMs: number;
  /** How much of a rest is left to chance, so that many gateways do not return in step. */
  readonly jitter: number;
  /** The longest rest a provider's own Retry-After can ask for. */
  readonly retryAfterMaxMs: number;
  /** The sliding window over which ratios of real requests are taken. */
  readonly windowMs: number;
  /** Fewer real requests than this in the window prove nothing about a ratio. */
  readonly minSample: number;
  /** A failure ratio that rests a target. */
  readonly failRatio: number;
  /** A failure ratio that makes it `warn`. */
  readonly warnRatio: number;
  /** How long evidence speaks. After that silence makes the status unknown. */
  readonly freshMs: number;
  /** A trial that has said nothing for this long is taken for lost, and another may begin. */
  readonly trialMs: number;
  /** Shares of its normal traffic a target is given after a rest, one after another. */
  readonly ramp: readonly number[];
  /** How long each share of the ramp lasts. */
  readonly rampStepMs: number;
  /** A target that has served for this long begins again with a short rest. */
  readonly forgiveMs: number;
}

/**
 * With one call every four seconds a dead target sees two failures and at most three trials in a
 * minute; a provider that comes back is tried at most 14 s later, with no probe to help.
 */
export const defaultTrackerPolicy: TrackerPolicy = {
  fall: 3,
  fallLastingMs: 3_000,
  rise: 1,
  restMs: 7_000,
  restMaxMs: 14_000,
  jitter: 0.1,
  retryAfterMaxMs: 3_600_000,
  windowMs: 30_000,
  minSample: 20,
  failRatio: 0.5,
  warnRatio: 0.1,
  freshMs: 60_000,
  trialMs: 60_000,
  ramp: [0.05, 0.25],
  rampStepMs: 1_000,
  forgiveMs: 60_000,
};

export function trackerPolicy(given: Partial<TrackerPolicy> = {}): TrackerPolicy {
  const policy = { ...defaultTrackerPolicy, ...given };
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;
  const isShare = (value: number): boolean => value >= 0 && value <= 1;
  const need = (fine: boolean, name: keyof TrackerPolicy): void => {
    if (!fine) throw new HealthError('invalid_policy', `${name}: ${String(policy[name])}`);
  };
  for (const name of ['fall', 'rise', 'minSample'] as const) need(isCount(policy[name]), name);
  for (const name of ['jitter', 'failRatio', 'warnRatio'] as const)
    need(isShare(policy[name]), name);
  for (const name of durations) need(policy[name] > 0, name);
  need(policy.ramp.every(isShare), 'ramp');
  return policy;
}

const durations = [
  'fallLastingMs',
  'restMs',
  'restMaxMs',
  'retryAfterMaxMs',
  'windowMs',
  'freshMs',
  'trialMs',
  'rampStepMs',
  'forgiveMs',
] as const;
