/** Tells what a verdict rests on: the numbers, the rule and one sentence for people. */
import { rank, sources, type Remembered } from './evidence.ts';
import type { Fault, Source } from './observation.ts';
import type { TrackerPolicy } from './policy.ts';
import type { Basis, Rule, Target, TargetHealth } from './target.ts';

/** Everything in it is a code, a number or a sentence made of them: no text of others, no secret. */
export interface Why {
  readonly health: TargetHealth;
  readonly rule: Rule;
  readonly words: string;
  /** What the rule saw when it decided. */
  readonly basis: Basis;
  /** Strongest source first; sources that never spoke are left out. */
  readonly evidence: readonly SourceEvidence[];
  /** Real requests of the sliding window, now. */
  readonly window: { readonly ms: number; readonly sample: number; readonly failureRatio: number };
  /** Moving average over real requests, in milliseconds. */
  readonly latencyMs?: number;
  /** The latest failures, newest first. */
  readonly failures: readonly SeenFailure[];
  readonly policy: TrackerPolicy;
}

export interface SourceEvidence {
  readonly source: Source;
  readonly successes: number;
  readonly failures: number;
  /** Failures in a row that count. */
  readonly streak: number;
  /** Milliseconds ago. */
  readonly lastSuccessAgoMs?: number;
  readonly lastHarmAgoMs?: number;
}

export interface SeenFailure {
  /** Wall-clock milliseconds. */
  readonly at: number;
  readonly source: Source;
  readonly fault?: Fault;
  readonly reason: string;
  /** Whether it counts against the target. */
  readonly counted: boolean;
}

export function explain(target: Target, now: number, wall: number): Why {
  const { evidence, health, rule, basis, policy } = target;
  const failureRatio = evidence.ratio(now);
  return {
    health,
    rule,
    words: [sentence[rule](basis, policy), outlook(target, now), doubt(target, now)].join(''),
    basis,
    evidence: sources.flatMap((source) => bySource(target, source, now)),
    window: { ms: policy.windowMs, sample: evidence.sample, failureRatio },
    ...(evidence.latencyMs !== undefined && { latencyMs: evidence.latencyMs }),
    failures: evidence.remembered.map((one) => seen(one, wall - now)).reverse(),
    policy,
  };
}

const sentence: Readonly<Record<Rule, (basis: Basis, policy: TrackerPolicy) => string>> = {
  new: () => 'Serving since it was registered.',
  streak: ({ streak }, { fall }) =>
    `Rested after ${streak} failures in a row (${fall} are enough).`,
  lasting: ({ streak }, { fallLastingMs }) =>
    `Rested after ${streak} failed requests over more than ${seconds(fallLastingMs)} with no success between.`,
  ratio: ({ ratio, sample }, { failRatio }) =>
    `Rested because ${percent(ratio)} of ${sample} requests failed (${percent(failRatio)} are enough).`,
  rest_over: () => 'Its rest is over; one request at a time may try it.',
  probe_succeeded: () => 'A probe that could see the trouble succeeded.',
  trial_succeeded: () => 'A real request succeeded after the rest.',
  trial_failed: () => 'The trial after its rest failed, so it rests again, longer.',
  ramp_over: () => 'Back from a rest, step by step.',
  operator_rest: () => 'Rested by an operator.',
  operator_serve: () => 'Serving by an operator’s word.',
  operator_drain: () => 'Drained by an operator until told otherwise.',
  operator_reset: () => 'Its history was cleared by an operator.',
  told: () => 'Another instance has seen it so.',
};

function outlook({ health, standing }: Target, now: number): string {
  switch (standing.state) {
    case 'resting':
      return ` Rest ${standing.rests} ends in ${seconds(Math.max(0, standing.until - now))}.`;
    case 'probing':
      return standing.trialUntil === undefined
        ? ' The next request is the trial.'
        : ' A trial is in flight.';
    case 'ramping':
      return ` It is given ${percent(health.share)} of its traffic.`;
    case 'serving':
    case 'drained':
      return '';
  }
}

function doubt({ evidence, health }: Target, now: number): string {
  const last = evidence.remembered.findLast((one) => one.counted);
  const failure = last === undefined ? '' : ` Last failure: ${last.reason}, ${ago(now - last.at)}.`;
  if (health.status !== 'unknown') return health.status === 'pass' ? '' : failure;
  return `${failure} Nothing has been seen of it lately, so its status is unknown.`;
}

function bySource({ evidence }: Target, source: Source, now: number): SourceEvidence[] {
  const from = rank[source];
  const successes = evidence.successes[from] ?? 0;
  const failures = evidence.failures[from] ?? 0;
  if (successes + failures === 0) return [];
  const good = evidence.succeededAt[from] ?? -Infinity;
  const harm = evidence.harmedAt[from] ?? -Infinity;
  return [
    {
      source,
      successes,
      failures,
      streak: evidence.streaks[from] ?? 0,
      ...(good > -Infinity && { lastSuccessAgoMs: now - good }),
      ...(harm > -Infinity && { lastHarmAgoMs: now - harm }),
    },
  ];
}

function seen({ at, source, fault, reason, counted }: Remembered, toWall: number): SeenFailure {
  return {
    at: Math.round(at + toWall),
    source,
    ...(fault !== undefined && { fault }),
    reason,
    counted,
  };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const ago = (ms: number): string => `${seconds(Math.max(0, ms))} ago`;
const percent = (share: number): string => `${Math.round(share * 100)} %`;
