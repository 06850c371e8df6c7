/**
 * The tracker against a model that keeps the whole history and reads every rule from it afresh:
 * slow, and written without the counters, buckets and timers it checks.
 */
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { VirtualClock } from './clock.ts';
import { isHarmful, rank } from './evidence.ts';
import type { Fault, Source } from './observation.ts';
import { defaultTrackerPolicy, type TrackerPolicy } from './policy.ts';
import { Tracker, type TargetChange } from './tracker.ts';

/** One where streaks decide, and one where they seldom do, so that ratios get their turn. */
const policies: TrackerPolicy[] = [
  { ...defaultTrackerPolicy, jitter: 0, rise: 2 },
  { ...defaultTrackerPolicy, jitter: 0, fall: 9, fallLastingMs: 60_000, minSample: 5 },
];

interface Seen {
  at: number;
  from: number;
  ok: boolean;
  counted: boolean;
}

interface Failed {
  readonly fault: Fault;
  readonly reason: string;
}

class Model {
  readonly policy: TrackerPolicy;
  now = 0;
  state = 'serving';
  rests = 0;
  /** When time moves on. */
  due = Infinity;
  asked = -Infinity;
  sees = false;
  risen = 0;
  step = 0;
  history: Seen[] = [];
  /** What was seen before this index no longer counts. */
  judgedFrom = 0;

  constructor(policy: TrackerPolicy) {
    this.policy = policy;
  }

  to(state: string, due = Infinity): void {
    if (state !== this.state && ['resting', 'ramping'].includes(state)) this.absolve();
    this.state = state;
    this.due = due;
  }

  absolve(): void {
    this.judgedFrom = this.history.length;
  }

  advance(ms: number): void {
    const until = this.now + ms;
    while (this.due <= until) {
      this.now = this.due;
      if (this.state === 'resting') this.probe();
      else if (this.state === 'probing') this.due = Infinity;
      else if (this.state === 'ramping') this.ramp(this.step + 1);
      else {
        this.rests = 0;
        this.to('serving');
      }
    }
    this.now = until;
  }

  probe(): void {
    this.risen = 0;
    this.to('probing');
  }

  ramp(step: number): void {
    this.step = step;
    if (step < this.policy.ramp.length) this.to('ramping', this.now + this.policy.rampStepMs);
    else this.to('serving', this.now + this.policy.forgiveMs);
  }

  rest(sees: boolean, retryAfterMs: number): void {
    this.rests += 1;
    const length = Math.min(this.policy.restMs * 2 ** (this.rests - 1), this.policy.restMaxMs);
    this.asked = retryAfterMs > 0 ? this.now + retryAfterMs : -Infinity;
    this.sees = sees;
    this.to('resting', this.now + Math.max(length, retryAfterMs));
  }

  claim(): boolean {
    if (this.state !== 'probing' || this.due < Infinity) return false;
    this.due = this.now + this.policy.trialMs;
    return true;
  }

  release(): void {
    if (this.state === 'probing') this.due = Infinity;
  }

  serve(): void {
    this.absolve();
    this.rests = 0;
    this.to('serving');
  }

  share(): number | undefined {
    return this.state === 'ramping'
      ? this.policy.ramp[this.step]
      : Number(this.state === 'serving');
  }

  success(source: Source): void {
    const from = rank[source];
    this.history.push({ at: this.now, from, ok: true, counted: true });
    if (source === 'status-page') return;
    const isRequest = source === 'traffic' || source === 'canary';
    if (this.state === 'resting' && !isRequest && this.sees && this.now >= this.asked) this.probe();
    else if (this.state === 'probing') {
      const inTrial = this.due < Infinity;
      if (isRequest ? !inTrial : inTrial || !this.sees) return;
      this.risen += 1;
      this.due = Infinity;
      if (this.risen === this.policy.rise) this.ramp(0);
    }
  }

  failure(source: Source, { fault, reason }: Failed, retryAfterMs: number): void {
    const from = rank[source];
    const isRequest = source === 'traffic' || source === 'canary';
    const counted = isHarmful(fault) && source !== 'status-page' && !this.vetoed(from);
    this.history.push({ at: this.now, from, ok: false, counted });
    const inTrial = this.state === 'probing' && this.due < Infinity;
    if (!counted) {
      if (inTrial && isRequest) this.due = Infinity;
      return;
    }
    if (this.state === 'probing') {
      if (isRequest === inTrial) this.rest(!isRequest, retryAfterMs);
    } else if (this.state === 'resting') {
      this.sees ||= !isRequest;
      if (retryAfterMs > 0) this.asked = Math.max(this.asked, this.now + retryAfterMs);
      this.due = Math.max(this.due, this.asked);
    } else if (this.state !== 'drained' && this.fell()) {
      const isUnreached = reason === 'connect_refused' && this.state === 'serving';
      this.rest(isUnreached || !isRequest, retryAfterMs);
    }
  }

  last(from: number, ok: boolean): number {
    const match = (one: Seen): boolean => one.from === from && one.ok === ok && one.counted;
    return this.history.findLast(match)?.at ?? -Infinity;
  }

  vetoed(from: number): boolean {
    return [0, 1, 2, 3].some((stronger) => {
      const good = this.last(stronger, true);
      return (
        stronger < from &&
        good > this.last(stronger, false) &&
        this.now - good < this.policy.freshMs
      );
    });
  }

  streak(from: number): Seen[] {
    const judged = this.history.slice(this.judgedFrom);
    const good = judged.findLastIndex((one) => one.ok && one.from <= from);
    return judged.slice(good + 1).filter((one) => one.from === from && !one.ok && one.counted);
  }

  fell(): boolean {
    const streaks = [0, 1, 2, 3, 4].map((from) => this.streak(from));
    if (streaks.flat().length >= this.policy.fall) return true;
    const [first, second] = streaks[0] ?? [];
    if (first && second && this.now - first.at >= this.policy.fallLastingMs) return true;
    const bucketMs = this.policy.windowMs / 10;
    const oldest = Math.floor(this.now / bucketMs) - 9;
    const sample = this.history
      .slice(this.judgedFrom)
      .filter((one) => one.from === 0 && one.counted && Math.floor(one.at / bucketMs) >= oldest);
    if (sample.length < this.policy.minSample) return false;
    return sample.filter((one) => !one.ok).length / sample.length >= this.policy.failRatio;
  }

  /** Whether anything has spoken for or against it lately. */
  isSilent(): boolean {
    const spoke = this.history.findLast((one) => one.counted && one.from < rank['status-page']);
    return spoke === undefined || this.now - spoke.at >= this.policy.freshMs;
  }
}

class Real {
  readonly clock = new VirtualClock();
  readonly tracker: Tracker;
  readonly changes: TargetChange[] = [];

  constructor(policy: TrackerPolicy) {
    this.tracker = new Tracker({ clock: this.clock, policy });
    this.tracker.register('a', '');
    this.tracker.onTransition((change) => this.changes.push(change));
  }

  see(source: Source, failed: Failed | undefined, retryAfterMs: number): void {
    this.tracker.record('a', {
      at: this.clock.now(),
      source,
      ok: failed === undefined,
      ...failed,
      ...(retryAfterMs > 0 && { retryAfterMs }),
    });
  }
}

const ways = [
  'serving>resting',
  'resting>probing',
  'probing>ramping',
  'probing>resting',
  'ramping>serving',
  'ramping>resting',
  ...['serving', 'resting', 'probing', 'ramping'].map((state) => `${state}>drained`),
  ...['drained', 'resting', 'probing', 'ramping'].map((state) => `${state}>serving`),
];

/** One thing that happens, done to the model and to the tracker; what both answer must agree. */
interface Step {
  readonly name: string;
  readonly model: (model: Model) => unknown;
  readonly real: (real: Real) => unknown;
}

const source = fc.constantFrom<Source>(
  'traffic',
  'traffic',
  'signal',
  'probe',
  'canary',
  'status-page',
);
const failed = fc.constantFrom<Failed[]>(
  { fault: 'provider', reason: 'http_500' },
  { fault: 'provider', reason: 'http_500' },
  { fault: 'network', reason: 'connect_refused' },
  { fault: 'network', reason: 'connection_reset' },
  { fault: 'client', reason: 'http_400' },
  { fault: 'credential', reason: 'http_401' },
  { fault: 'quota', reason: 'http_429' },
);
const retryAfterMs = fc.constantFrom(0, 0, 0, 500, 20_000);
const duration = fc.oneof(fc.nat(4_000), fc.constantFrom(7_000, 14_000), fc.nat(70_000));

const step: fc.Arbitrary<Step> = fc.oneof(
  duration.map((ms): Step => ({
    name: `advance ${ms}`,
    model: (model) => model.advance(ms),
    real: (real) => real.clock.advance(ms),
  })),
  source.map((from): Step => ({
    name: `success by ${from}`,
    model: (model) => model.success(from),
    real: (real) => real.see(from, undefined, 0),
  })),
  fc.tuple(source, failed, retryAfterMs).map(([from, whose, ms]): Step => ({
    name: `${whose.reason} by ${from}, retry after ${ms}`,
    model: (model) => model.failure(from, whose, ms),
    real: (real) => real.see(from, whose, ms),
  })),
  fc.constantFrom<Step[]>(
    {
      name: 'claim',
      model: (model) => model.claim(),
      real: ({ tracker }) => tracker.claimTrial('a'),
    },
    {
      name: 'claim',
      model: (model) => model.claim(),
      real: ({ tracker }) => tracker.claimTrial('a'),
    },
    {
      name: 'release',
      model: (model) => model.release(),
      real: ({ tracker }) => tracker.releaseTrial('a'),
    },
    { name: 'reload', model: () => undefined, real: ({ tracker }) => tracker.register('a', '') },
  ),
  fc.constantFrom<Step[]>(
    {
      name: 'drain',
      model: (model) => model.to('drained'),
      real: ({ tracker }) => tracker.drain('a'),
    },
    { name: 'serve', model: (model) => model.serve(), real: ({ tracker }) => tracker.serve('a') },
  ),
);

test('every sequence of events ends where the model says', () => {
  const steps = fc.array(step, { maxLength: 80, size: 'max' });
  fc.assert(
    fc.property(fc.constantFrom(...policies), steps, (policy, steps) => {
      const model = new Model(policy);
      const real = new Real(policy);
      for (const { name, ...step } of steps) {
        const before = real.tracker.snapshot().get('a');
        expect([name, step.real(real)]).toEqual([name, step.model(model)]);
        const health = real.tracker.snapshot().get('a');
        expect({ name, ...health }).toMatchObject({
          name,
          state: model.state,
          rests: model.rests,
          share: model.share(),
          restUntil: model.state === 'resting' ? model.due : undefined,
        });
        expect([name, health === before]).toEqual([name, isDeepStrictEqual(health, before)]);
        // Silence is unknown; a rest alone stays a failure until it is over.
        const silent = model.isSilent() && model.state !== 'resting';
        expect([name, health?.status === 'unknown']).toEqual([name, silent]);
      }
      for (const { from, to } of real.changes) expect(ways).toContain(`${from}>${to}`);
    }),
    { numRuns: 500 },
  );
});
