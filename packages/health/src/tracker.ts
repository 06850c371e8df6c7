/**
 * Keeps the health of routing targets: counts what is observed (evidence.ts), moves targets
 * between states (target-state.ts) and hands out an immutable snapshot. This file decides
 * nothing itself; it holds, times and tells.
 */
import type { Cancel, Clock } from './clock.ts';
import { HealthError } from './errors.ts';
import { Evidence, isUnreachable } from './evidence.ts';
import type { Observation } from './observation.ts';
import { trackerPolicy, type TrackerPolicy } from './policy.ts';
import { healthOf, newTarget, type Rule, type Target, type TargetHealth } from './target.ts';
import {
  afterFailure,
  afterNothing,
  afterSuccess,
  afterTime,
  claimed,
  deadline,
  fresh,
  restedFor,
  shareOf,
  type Circumstances,
  type Standing,
  type TargetState,
} from './target-state.ts';
import { adopted, revived, saved, type SavedTarget, type TrackerState } from './tracker-state.ts';
import { explain, type Why } from './why.ts';

export interface TargetChange {
  readonly id: string;
  readonly from: TargetState;
  readonly to: TargetState;
  /** The observed code when trouble brought the change, otherwise the rule that did. */
  readonly reason: string;
  /** Wall-clock milliseconds. */
  readonly at: number;
}

export interface TrackerOptions {
  readonly clock: Clock;
  readonly policy?: Partial<TrackerPolicy>;
  /** From 0 up to 1, for jitter. */
  readonly random?: () => number;
}

/** While another's trial is in flight, its answer is worth asking after again this soon. */
const TRIAL_TAKES_MS = 1_000;
/** The longest a Node timer can wait; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Tracker {
  readonly policy: TrackerPolicy;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #targets = new Map<string, Target>();
  readonly #saved = new Map<string, SavedTarget>();
  readonly #listeners = new Set<(change: TargetChange) => void>();
  #snapshot: ReadonlyMap<string, TargetHealth> | undefined;

  /** Throws `invalid_policy`. */
  constructor(options: TrackerOptions) {
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.policy = trackerPolicy(options.policy);
  }

  /**
   * Makes a target known. A verdict belongs to a target and the criteria it was judged by:
   * with the same `criteria` nothing changes, with others it starts anew as unknown. Only an
   * operator's drain outlives a change of criteria. What `policy` names is judged by it instead of
   * by the tracker's own; a change of policy alone is taken up with the next change of criteria.
   * Throws `invalid_policy`.
   */
  register(id: string, criteria: string, policy: Partial<TrackerPolicy> = {}): void {
    const known = this.#targets.get(id);
    if (known?.criteria === criteria) return;
    const own = trackerPolicy({ ...this.policy, ...policy });
    known?.timer?.stop();
    const standing: Standing =
      known?.standing.state === 'drained' ? { state: 'drained', rests: 0 } : fresh;
    const target = newTarget(id, criteria, standing, own, this.#clock.wall());
    this.#targets.set(id, target);
    this.#snapshot = undefined;
    const before = this.#saved.get(id);
    this.#saved.delete(id);
    if (before?.criteria === criteria) this.#revive(target, before);
  }

  /** Forgets every target that is not in `ids`. */
  retain(ids: ReadonlySet<string>): void {
    for (const [id, target] of this.#targets) {
      if (ids.has(id)) continue;
      target.timer?.stop();
      this.#targets.delete(id);
      this.#snapshot = undefined;
    }
    for (const id of this.#saved.keys()) if (!ids.has(id)) this.#saved.delete(id);
  }

  /**
   * Takes in what was seen. Of a target that is not registered (any more) nothing is kept, and nothing
   * of one that was seen by other `criteria` than it has by now: what fails at an old address late says
   * nothing of the new one.
   */
  record(id: string, observation: Observation, criteria?: string): void {
    const target = this.#targets.get(id);
    if (target === undefined || (criteria ?? target.criteria) !== target.criteria) return;
    if (observation.ok) this.#succeeded(target, observation);
    else this.#failed(target, observation);
  }

  /** The same object until something changed. */
  snapshot(): ReadonlyMap<string, TargetHealth> {
    if (this.#snapshot === undefined) {
      const snapshot = new Map<string, TargetHealth>();
      for (const [id, target] of this.#targets) snapshot.set(id, target.health);
      this.#snapshot = snapshot;
    }
    return this.#snapshot;
  }

  /**
   * Takes the one trial of a probing target. Whoever is told `true` sends its request there and
   * must record what came of it, or release the trial.
   */
  claimTrial(id: string): boolean {
    const target = this.#targets.get(id);
    // Serving targets, the many, are told without a look at the clock.
    if (target === undefined || shareOf(target.standing, target.policy) > 0) return false;
    const at = this.#at(target, this.#clock.now());
    this.#lapse(target, at);
    const next = claimed(target.standing, at);
    if (next === target.standing) return false;
    this.#move(target, next, target.rule, at.now);
    return true;
  }

  /** Ends a trial that brought no evidence, for instance because the caller left. */
  releaseTrial(id: string): void {
    const target = this.#targets.get(id);
    if (target === undefined) return;
    this.#move(target, afterNothing(target.standing), target.rule, this.#clock.now());
  }

  /** Milliseconds until the first of `ids` may be tried again; undefined when none will by itself. */
  earliestRecovery(ids: Iterable<string>): number | undefined {
    const now = this.#clock.now();
    let earliest: number | undefined;
    for (const id of ids) {
      const target = this.#targets.get(id);
      const wait = target === undefined ? undefined : waitOf(target.standing, now);
      if (wait !== undefined && (earliest === undefined || wait < earliest)) earliest = wait;
    }
    return earliest;
  }

  /** The evidence and the rule behind the verdict. */
  why(id: string): Why | undefined {
    const target = this.#targets.get(id);
    return target === undefined
      ? undefined
      : explain(target, this.#clock.now(), this.#clock.wall());
  }

  /** Calls `listener` after each change of state. */
  onTransition(listener: (change: TargetChange) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Rests a target by hand for `ms`, or for as long as a first rest lasts. No probe ends it. */
  rest(id: string, ms?: number): void {
    this.#byHand(id, 'operator_rest', ({ policy, standing }, now) =>
      restedFor(ms ?? policy.restMs, standing.rests, now),
    );
  }

  /** Serves again at once, with a clean count. */
  serve(id: string): void {
    this.#byHand(id, 'operator_serve', (target) => {
      target.evidence.absolve();
      return fresh;
    });
  }

  /** Takes a target out until `serve` or `reset`, whatever is observed. */
  drain(id: string): void {
    this.#byHand(id, 'operator_drain', ({ standing }) => ({
      state: 'drained',
      rests: standing.rests,
    }));
  }

  /** Forgets what was seen of a target: it serves, and is unknown. */
  reset(id: string): void {
    this.#byHand(id, 'operator_reset', (target) => {
      target.evidence = new Evidence(target.policy);
      return fresh;
    });
  }

  /** What should survive a restart, as plain data. */
  dump(): TrackerState {
    const now = this.#clock.now();
    const wall = this.#clock.wall();
    const targets = [...this.#targets.values()].map((target) => saved(target, now, wall));
    return { version: 1, targets: [...targets, ...this.#saved.values()] };
  }

  /**
   * Takes up a dumped state, for the targets known now and for those registered later with the
   * same criteria. Throws `invalid_state`.
   */
  restore(state: TrackerState): void {
    if (state.version !== 1)
      throw new HealthError('invalid_state', `version: ${String(state.version)}`);
    for (const before of state.targets) {
      const target = this.#targets.get(before.id);
      if (target === undefined) this.#saved.set(before.id, before);
      else if (target.criteria === before.criteria) this.#revive(target, before);
    }
  }

  /**
   * Takes up what another process made of a target both look at: a rest, its end, an operator's
   * word. Of targets that are unknown here, or judged by other criteria, nothing is taken up.
   */
  adopt(word: SavedTarget): void {
    const target = this.#targets.get(word.id);
    if (target === undefined || target.criteria !== word.criteria) return;
    const now = this.#clock.now();
    const next = adopted(target.standing, word, target.policy, now, this.#clock.wall());
    if (next !== target.standing) this.#move(target, next, 'told', now, word.reason);
  }

  #succeeded(target: Target, { at, source, latencyMs }: Observation): void {
    target.evidence.succeeded(at, source, latencyMs);
    // A success cannot change a target that is well: the path of nearly every request ends here.
    if (target.standing.state === 'serving' && target.health.status === 'pass') return;
    const circumstances = this.#at(target, at);
    this.#lapse(target, circumstances);
    const isRequest = source === 'traffic' || source === 'canary';
    const next =
      source === 'status-page'
        ? target.standing
        : afterSuccess(target.standing, isRequest, circumstances);
    this.#move(target, next, isRequest ? 'trial_succeeded' : 'probe_succeeded', at);
  }

  #failed(target: Target, observation: Observation): void {
    const { at, source, retryAfterMs } = observation;
    const circumstances = this.#at(target, at);
    this.#lapse(target, circumstances);
    const isRequest = source === 'traffic' || source === 'canary';
    if (!target.evidence.failed(at, observation)) {
      const next = isRequest ? afterNothing(target.standing) : target.standing;
      return this.#move(target, next, target.rule, at);
    }
    const broken = target.evidence.broken(at);
    const failure = {
      isRequest,
      isUnreachable: isUnreachable(observation),
      retryAfterMs,
      fell: broken !== undefined,
    };
    const next = afterFailure(target.standing, failure, circumstances);
    const rule = target.standing.state === 'probing' ? 'trial_failed' : (broken ?? target.rule);
    this.#move(target, next, rule, at, observation.reason ?? 'failed');
  }

  #byHand(id: string, rule: Rule, next: (target: Target, now: number) => Standing): void {
    const target = this.#targets.get(id);
    if (target === undefined) return;
    const now = this.#clock.now();
    const standing = next(target, now);
    target.rule = rule;
    this.#move(target, standing, rule, now);
  }

  #lapse(target: Target, at: Circumstances): void {
    const next = afterTime(target.standing, at);
    const rule = next.state === 'probing' ? 'rest_over' : 'ramp_over';
    if (next !== target.standing) this.#move(target, next, rule, at.now);
  }

  /** The only place where a target changes. */
  #move(target: Target, next: Standing, rule: Rule, now: number, trouble?: string): void {
    const { evidence, standing } = target;
    const from = standing.state;
    const changed = next.state !== from;
    if (next !== standing) target.rule = rule;
    target.standing = next;
    if (changed) {
      target.basis = {
        streak: evidence.streak,
        sample: evidence.sample,
        ratio: evidence.ratio(now),
      };
      // Requests sent before a rest go on failing during it; they are no evidence against what
      // comes after.
      if (next.state === 'resting' || next.state === 'ramping') evidence.absolve();
    }
    const since = changed ? this.#clock.wall() : target.health.since;
    const health = healthOf(target, now, since, changed ? trouble : undefined);
    if (health !== target.health) this.#snapshot = undefined;
    target.health = health;
    this.#schedule(target, now);
    if (!changed) return;
    const change = { id: target.id, from, to: next.state, reason: trouble ?? rule, at: since };
    for (const listener of this.#listeners) listener(change);
  }

  /** One timer for each target, for whatever time will change next. It may wake too early, never late. */
  #schedule(target: Target, now: number): void {
    const silent = target.evidence.spokenAt + target.policy.freshMs;
    const due = Math.min(deadline(target.standing) ?? Infinity, silent > now ? silent : Infinity);
    if (target.timer !== undefined && target.timer.due <= due) return;
    target.timer?.stop();
    target.timer = undefined;
    if (due === Infinity) return;
    const wait = Math.min(Math.max(Math.ceil(due - now), 0), LONGEST_TIMER_MS);
    target.timer = { due, stop: this.#clock.after(wait, () => this.#wake(target)) };
  }

  #wake(target: Target): void {
    target.timer = undefined;
    const at = this.#at(target, this.#clock.now());
    this.#lapse(target, at);
    this.#move(target, target.standing, target.rule, at.now);
  }

  #revive(target: Target, before: SavedTarget): void {
    const now = this.#clock.now();
    target.rule = before.rule;
    target.health = Object.freeze({ ...target.health, since: before.since, reason: before.reason });
    const standing = revived(before, target.policy, now, this.#clock.wall());
    target.standing = standing;
    this.#move(target, standing, before.rule, now);
    this.#snapshot = undefined;
  }

  #at({ policy }: Target, now: number): Circumstances {
    return { now, policy, random: this.#random };
  }
}

function waitOf(standing: Standing, now: number): number | undefined {
  switch (standing.state) {
    case 'serving':
    case 'ramping':
      return 0;
    case 'resting':
      return Math.max(0, standing.until - now);
    case 'probing':
      return standing.trialUntil === undefined
        ? 0
        : Math.min(TRIAL_TAKES_MS, standing.trialUntil - now);
    case 'drained':
      return undefined;
  }
}
