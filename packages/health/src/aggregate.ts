/**
 * From verdicts about checks to answers to probes. Pure: the same states at the same moment give
 * the same answer. Not known yet is not well, except for liveness, where the cure would be a
 * restart (MicroProfile Health 4.0, section on the status before the first run).
 */
import type { Level } from './judge/verdict.ts';
import type { CheckState } from './runner.ts';
import type { Status } from './status.ts';

export const probes = ['liveness', 'readiness', 'startup'] as const;

export type Probe = (typeof probes)[number];

/** Where this process is in its life. */
export type Phase = 'starting' | 'ready' | 'maintenance' | 'draining';

/** How a check stands now, its age taken into account. */
export interface Standing {
  readonly state: CheckState;
  readonly status: Status;
  /** A public code; undefined when `pass`. */
  readonly reason: string | undefined;
  /** The probes it was added to. */
  readonly probes: readonly Probe[];
  /** Root causes, when others explain its trouble. */
  readonly impairedBy: readonly string[];
}

/** All that is known at one moment. A value; another takes its place when something changed. */
export interface Snapshot {
  /** Counts the snapshots of this process. */
  readonly edition: number;
  /** Wall-clock milliseconds of the latest change. */
  readonly at: number;
  readonly phase: Phase;
  readonly probes: Readonly<Record<Probe, Answer>>;
  /** In the order of being added. */
  readonly checks: readonly Standing[];
}

/** The answer to one probe. `unknown` never leaves this file but for a check. */
export interface Answer {
  readonly status: Level;
  /** Public codes of what keeps it from passing; `<check>:<reason>` where a check does. */
  readonly reasons: readonly string[];
}

/** Older than this many intervals is a warning; then, a failure for readiness. */
export const STALE = 3;
export const DEAD = 6;

const worst: Readonly<Record<Status, number>> = { pass: 0, warn: 1, unknown: 2, fail: 3 };

/** A verdict and what its age and its newest reading make of it. */
export function stand(
  state: CheckState,
  now: number,
): Pick<Standing, 'state' | 'status' | 'reason'> {
  const { verdict, reading } = state;
  if (reading === undefined) return { state, status: 'unknown', reason: 'not_run_yet' };
  const intervals = (now - reading.at) / state.intervalMs;
  if (intervals >= DEAD) return { state, status: 'fail', reason: 'stale' };
  if (intervals >= STALE && verdict.status !== 'fail')
    return { state, status: 'warn', reason: 'stale' };
  const isBroken = reading.level === undefined && reading.reason === 'checker_broke';
  if (isBroken && verdict.status !== 'fail')
    return { state, status: 'warn', reason: 'checker_broke' };
  const { status } = verdict;
  return { state, status, reason: status === 'pass' ? undefined : reasonOf(state) };
}

function reasonOf({ verdict, reading, trouble }: CheckState): string {
  if (reading?.level === verdict.status && reading.reason !== undefined) return reading.reason;
  return trouble ?? (verdict.status === 'unknown' ? 'undecided' : 'failed');
}

/** Liveness hears only what a restart could mend, and waits until the start is over. */
export function liveness(checks: readonly Standing[], hasGrace: boolean): Answer {
  if (hasGrace) return { status: 'pass', reasons: [] };
  // How old a reading is says nothing of life: the loop that would renew it is checked by itself.
  return sum(checks, ({ state }) => {
    const { status } = state.verdict;
    return status === 'unknown' ? 'pass' : status;
  });
}

export function readiness(checks: readonly Standing[], phase: Phase): Answer {
  const answer = sum(checks, burden);
  switch (phase) {
    case 'starting':
    case 'draining':
    case 'maintenance':
      return { status: 'fail', reasons: [phase, ...answer.reasons] };
    case 'ready':
      return answer;
  }
}

export function startup(
  checks: readonly Standing[],
  phase: Phase,
  tasks: readonly string[],
): Answer {
  // What has started stays started: later trouble is the business of the other probes.
  if (phase !== 'starting') return { status: 'pass', reasons: [] };
  const waiting = tasks.map((task) => `${task}:unfinished`);
  const open = sum(checks, (one) =>
    one.status === 'pass' || one.status === 'warn' ? 'pass' : 'fail',
  );
  return { status: 'fail', reasons: ['starting', ...waiting, ...open.reasons] };
}

/** What a check's standing does to readiness. */
function burden({ state, status }: Standing): Level {
  const { onFail } = state.check;
  if (onFail === 'ignore') return 'pass';
  if (status === 'pass' || status === 'warn') return status;
  // Before its first reading nothing is known; afterwards an undecided check weighs as a failed one.
  return status === 'unknown' && state.reading === undefined ? 'fail' : onFail;
}

/** The gravest of several: all of them together are no better than that. */
export function sum(checks: readonly Standing[], weigh: (one: Standing) => Level): Answer {
  let status: Level = 'pass';
  const reasons: string[] = [];
  for (const one of checks) {
    const level = weigh(one);
    if (level === 'pass') continue;
    reasons.push(`${one.state.check.name}:${one.reason ?? 'failed'}`);
    if (worst[level] > worst[status]) status = level;
  }
  return { status, reasons };
}

/** The gravest of several answers, with every reason that is given. */
export function gravest(answers: readonly Answer[]): Answer {
  const [first, ...others] = answers.toSorted(
    (one, other) => worst[other.status] - worst[one.status],
  );
  if (first === undefined) return { status: 'pass', reasons: [] };
  return {
    status: first.status,
    reasons: [...new Set([first, ...others].flatMap(({ reasons }) => reasons))],
  };
}

/** When age alone will change how a check stands, in monotonic milliseconds. */
export function agesAt(state: CheckState, now: number): number {
  const { reading, intervalMs } = state;
  if (reading === undefined) return Infinity;
  const steps = [STALE, DEAD].map((intervals) => reading.at + intervals * intervalMs);
  return steps.find((step) => step > now) ?? Infinity;
}
