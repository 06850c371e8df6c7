/**
 * When readings become a verdict. A reading alone changes nothing: it takes `fall` worse ones in a
 * row to go down and `rise` better ones to come up again, and not before the verdict has stood
 * for a while. A check that keeps falling is damped: it stays down until it has been calm, the way
 * routers damp a flapping route (RFC 2439).
 */
import type { Status } from '../status.ts';

export interface JudgePolicy {
  /** Readings in a row that are better than the verdict, before it improves. */
  readonly rise: number;
  /** Readings in a row that are worse than the verdict, before it worsens. */
  readonly fall: number;
  /** How long a worse verdict stands at least, in milliseconds. */
  readonly holdMs: number;
  /** Falls in quick succession from which on the check is damped. */
  readonly dampAfter: number;
  /** How fast falls are forgotten: after this many milliseconds each counts half. */
  readonly halfLifeMs: number;
}

export const defaultJudgePolicy: JudgePolicy = {
  rise: 2,
  fall: 3,
  holdMs: 15_000,
  dampAfter: 3,
  halfLifeMs: 60_000,
};

/** What one reading said. */
export type Level = Exclude<Status, 'unknown'>;

/** Why the verdict is what it is. */
export type VerdictRule = 'unseen' | 'first_success' | 'fall' | 'rise';

export interface Verdict {
  readonly status: Status;
  /** Monotonic milliseconds of the last change of `status`. */
  readonly since: number;
  readonly rule: VerdictRule;
  /** The latest readings, newest last: as many as a rule can need. */
  readonly recent: readonly Level[];
  /** Whether it has ever been well. Until then there is nothing to protect from a first success. */
  readonly proven: boolean;
  /** Falls, each halved for every half-life that has passed since; valid at `since`. */
  readonly falls: number;
  /** Held down because of many falls. */
  readonly damped: boolean;
}

/** Damping ends when the falls have decayed to one. */
const CALM = 1;

const badness: Readonly<Record<Level, number>> = { pass: 0, warn: 1, fail: 2 };
const isWorse = (one: Level, other: Level): boolean => badness[one] > badness[other];

export function unseen(at: number): Verdict {
  return {
    status: 'unknown',
    since: at,
    rule: 'unseen',
    recent: [],
    proven: false,
    falls: 0,
    damped: false,
  };
}

/** The verdict after one more reading. */
export function judge(verdict: Verdict, reading: Level, at: number, policy: JudgePolicy): Verdict {
  const recent = [...verdict.recent, reading].slice(-Math.max(policy.rise, policy.fall));
  const damped = verdict.damped && fallsAt(verdict, at, policy) > CALM;
  const now = { ...verdict, recent, damped };
  if (!verdict.proven && reading !== 'fail')
    return changed(now, reading, 'first_success', at, policy);
  const worse = mildest(recent, policy.fall);
  const current = verdict.status === 'unknown' ? 'pass' : verdict.status;
  if (worse !== undefined && isWorse(worse, current))
    return changed(now, worse, 'fall', at, policy);
  const better = gravest(recent, policy.rise);
  const mayRise = !damped && at - verdict.since >= policy.holdMs && verdict.status !== 'unknown';
  if (mayRise && better !== undefined && isWorse(current, better)) {
    return changed(now, better, 'rise', at, policy);
  }
  return now;
}

/** When a held verdict may improve at the earliest, in monotonic milliseconds. */
export function heldUntil(verdict: Verdict, policy: JudgePolicy): number {
  const calm = verdict.damped ? policy.halfLifeMs * Math.log2(verdict.falls / CALM) : 0;
  return verdict.since + Math.max(policy.holdMs, calm);
}

function changed(
  verdict: Verdict,
  status: Level,
  rule: VerdictRule,
  at: number,
  policy: JudgePolicy,
): Verdict {
  const fell = status === 'fail' && verdict.proven;
  const falls = fallsAt(verdict, at, policy) + Number(fell);
  return {
    ...verdict,
    status,
    since: at,
    rule,
    falls,
    damped: verdict.damped || falls >= policy.dampAfter,
    proven: verdict.proven || status !== 'fail',
  };
}

function fallsAt({ falls, since }: Verdict, at: number, { halfLifeMs }: JudgePolicy): number {
  return falls * 0.5 ** ((at - since) / halfLifeMs);
}

/** The best of the last `count` readings; undefined while there are fewer. */
function mildest(recent: readonly Level[], count: number): Level | undefined {
  if (recent.length < count) return undefined;
  return recent.slice(-count).reduce((one, other) => (isWorse(one, other) ? other : one));
}

function gravest(recent: readonly Level[], count: number): Level | undefined {
  if (recent.length < count) return undefined;
  return recent.slice(-count).reduce((one, other) => (isWorse(other, one) ? other : one));
}
