/**
 * The five states of a target and every way from one to another, as pure functions of what is,
 * what happened and when.
 *
 *   serving ──fell──▶ resting ──time──▶ probing ──good trials──▶ ramping ──time──▶ serving
 *                        ▲  └─good probe─▶ │                         │
 *                        └──failed trial───┘◀────────fell────────────┘
 *
 * `drained` is entered and left by the operator alone.
 */
import type { TrackerPolicy } from './policy.ts';

export type TargetState = 'serving' | 'resting' | 'probing' | 'ramping' | 'drained';

export interface Serving {
  readonly state: 'serving';
  /** Rests not yet forgiven. */
  readonly rests: number;
  /** When they are forgiven. */
  readonly until: number | undefined;
}

export interface Resting {
  readonly state: 'resting';
  readonly rests: number;
  readonly until: number;
  /** The provider asked to be left alone until then; no probe ends the rest before. */
  readonly asked: number;
  /** Whether a probe has shown that it can see this trouble, so that its success means something. */
  readonly probeSees: boolean;
}

export interface Probing {
  readonly state: 'probing';
  readonly rests: number;
  readonly probeSees: boolean;
  /** Good trials in a row. */
  readonly risen: number;
  /** Until when the trial in flight is waited for. */
  readonly trialUntil: number | undefined;
}

export interface Ramping {
  readonly state: 'ramping';
  readonly rests: number;
  readonly step: number;
  readonly until: number;
}

export interface Drained {
  readonly state: 'drained';
  readonly rests: number;
}

export type Standing = Serving | Resting | Probing | Ramping | Drained;

/** What a failure means for the next rest. */
export interface Failure {
  /** A real request, or a canary, which is one; else something cheaper looked. */
  readonly isRequest: boolean;
  /** Nothing was reached: where a request gets no further, a probe does not either. */
  readonly isUnreachable: boolean;
  readonly retryAfterMs: number | undefined;
  /** Whether the evidence breaks a rule now. */
  readonly fell: boolean;
}

export interface Circumstances {
  readonly now: number;
  readonly policy: TrackerPolicy;
  readonly random: () => number;
}

export const fresh: Serving = { state: 'serving', rests: 0, until: undefined };

export function afterSuccess(standing: Standing, isRequest: boolean, at: Circumstances): Standing {
  switch (standing.state) {
    case 'resting': {
      const mayEnd = !isRequest && standing.probeSees && at.now >= standing.asked;
      return mayEnd ? probing(standing.rests, true) : standing;
    }
    case 'probing': {
      // With no trial in flight a real answer belongs to a request older than the rest.
      const isTrial = isRequest
        ? standing.trialUntil !== undefined
        : standing.trialUntil === undefined && standing.probeSees;
      if (!isTrial) return standing;
      const risen = standing.risen + 1;
      if (risen >= at.policy.rise) return ramping(standing.rests, 0, at);
      return { ...standing, risen, trialUntil: undefined };
    }
    case 'serving':
    case 'ramping':
    case 'drained':
      return standing;
  }
}

export function afterFailure(standing: Standing, failure: Failure, at: Circumstances): Standing {
  switch (standing.state) {
    case 'serving':
      return failure.fell
        ? resting(standing.rests + 1, failure, failure.isUnreachable || !failure.isRequest, at)
        : standing;
    case 'ramping':
      return failure.fell ? resting(standing.rests + 1, failure, !failure.isRequest, at) : standing;
    case 'probing': {
      const isTrial = failure.isRequest === (standing.trialUntil !== undefined);
      return isTrial ? resting(standing.rests + 1, failure, !failure.isRequest, at) : standing;
    }
    case 'resting': {
      const asked = Math.max(standing.asked, askedUntil(failure, at));
      const probeSees = standing.probeSees || !failure.isRequest;
      if (asked === standing.asked && probeSees === standing.probeSees) return standing;
      return { ...standing, asked, probeSees, until: Math.max(standing.until, asked) };
    }
    case 'drained':
      return standing;
  }
}

/** An answer that says nothing of the target, such as a refused key, ends the trial undecided. */
export function afterNothing(standing: Standing): Standing {
  if (standing.state !== 'probing' || standing.trialUntil === undefined) return standing;
  return { ...standing, trialUntil: undefined };
}

export function afterTime(standing: Standing, at: Circumstances): Standing {
  const due = deadline(standing);
  if (due === undefined || at.now < due) return standing;
  switch (standing.state) {
    case 'serving':
      return fresh;
    case 'resting':
      return probing(standing.rests, standing.probeSees);
    case 'probing':
      return afterNothing(standing);
    case 'ramping':
      return ramping(standing.rests, standing.step + 1, at);
    case 'drained':
      return standing;
  }
}

/** When time alone will change something. */
export function deadline(standing: Standing): number | undefined {
  switch (standing.state) {
    case 'serving':
    case 'resting':
    case 'ramping':
      return standing.until;
    case 'probing':
      return standing.trialUntil;
    case 'drained':
      return undefined;
  }
}

/** Probing with the one trial taken; the same value when there is none to take. */
export function claimed(standing: Standing, at: Circumstances): Standing {
  if (standing.state !== 'probing' || standing.trialUntil !== undefined) return standing;
  return { ...standing, trialUntil: at.now + at.policy.trialMs };
}

/** Share of its normal traffic. A trial is one request, not a share. */
export function shareOf(standing: Standing, policy: TrackerPolicy): number {
  if (standing.state === 'serving') return 1;
  return standing.state === 'ramping' ? (policy.ramp[standing.step] ?? 1) : 0;
}

/** Rests for a stated time, by an operator's hand. */
export function restedFor(ms: number, rests: number, now: number): Resting {
  return { state: 'resting', rests, until: now + ms, asked: now + ms, probeSees: false };
}

/** How long the n-th rest in a row lasts, in milliseconds. */
export function restMs(rests: number, { policy, random }: Omit<Circumstances, 'now'>): number {
  const doubled = policy.restMs * 2 ** Math.max(0, rests - 1);
  return Math.min(doubled, policy.restMaxMs) * (1 - policy.jitter * random());
}

function resting(rests: number, failure: Failure, probeSees: boolean, at: Circumstances): Resting {
  const asked = askedUntil(failure, at);
  return {
    state: 'resting',
    rests,
    until: Math.max(at.now + restMs(rests, at), asked),
    asked,
    probeSees,
  };
}

/** Before every clock's beginning when nothing was asked. */
function askedUntil({ retryAfterMs = 0 }: Failure, { now, policy }: Circumstances): number {
  return retryAfterMs > 0 ? now + Math.min(retryAfterMs, policy.retryAfterMaxMs) : -Infinity;
}

function probing(rests: number, probeSees: boolean): Probing {
  return { state: 'probing', rests, probeSees, risen: 0, trialUntil: undefined };
}

function ramping(rests: number, step: number, { now, policy }: Circumstances): Ramping | Serving {
  if (step < policy.ramp.length) {
    return { state: 'ramping', rests, step, until: now + policy.rampStepMs };
  }
  return { state: 'serving', rests, until: now + policy.forgiveMs };
}
