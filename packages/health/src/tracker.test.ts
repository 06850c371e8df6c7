import { describe, expect, test } from 'vitest';
import { VirtualClock } from './clock.ts';
import type { Fault, Source } from './observation.ts';
import type { TrackerPolicy } from './policy.ts';
import { Tracker, type TargetChange } from './tracker.ts';

function setup(policy: Partial<TrackerPolicy> = {}) {
  const clock = new VirtualClock();
  const tracker = new Tracker({ clock, policy, random: () => 0 });
  const changes: TargetChange[] = [];
  tracker.onTransition((change) => changes.push(change));
  tracker.register('a', 'v1');
  const good = (source: Source = 'traffic', id = 'a') =>
    tracker.record(id, { at: clock.now(), source, ok: true, latencyMs: 100 });
  const bad = (fault: Fault = 'provider', source: Source = 'traffic', more = {}) =>
    tracker.record('a', {
      at: clock.now(),
      source,
      ok: false,
      fault,
      reason: fault === 'network' ? 'connect_refused' : 'http_500',
      ...more,
    });
  const health = () => {
    const found = tracker.snapshot().get('a');
    if (found === undefined) expect.unreachable();
    return found;
  };
  const rest = (fault: Fault = 'provider') => {
    for (let n = 0; n < 3; n += 1) bad(fault);
  };
  const trial = (ends: () => void) => {
    expect(tracker.claimTrial('a')).toBe(true);
    ends();
  };
  return { clock, tracker, changes, good, bad, health, rest, trial };
}

describe('a new target', () => {
  test('serves and is unknown until something was seen', () => {
    const { health, good } = setup();
    expect(health()).toMatchObject({ state: 'serving', status: 'unknown', share: 1, rests: 0 });
    good();
    expect(health()).toMatchObject({ state: 'serving', status: 'pass' });
  });

  test('decays to unknown in silence, never to pass', () => {
    const { clock, good, bad, health } = setup();
    good();
    clock.advance(30_000);
    good();
    clock.advance(59_999);
    expect(health().status).toBe('pass');
    clock.advance(1);
    expect(health().status).toBe('unknown');
    bad();
    expect(health()).toMatchObject({ status: 'warn', reason: 'http_500' });
    clock.advance(60_000);
    expect(health().status).toBe('unknown');
  });
});

describe('falling', () => {
  test('takes three failures in a row, and a success in between begins anew', () => {
    const { good, bad, health } = setup();
    bad();
    bad();
    good();
    bad();
    bad();
    expect(health()).toMatchObject({ state: 'serving', status: 'pass' });
    bad();
    expect(health()).toMatchObject({
      state: 'resting',
      status: 'fail',
      reason: 'http_500',
      rests: 1,
      share: 0,
      restUntil: 7_000,
    });
  });

  test.each<Fault>(['client', 'credential', 'quota', 'model', 'gateway'])(
    'is not brought about by a %s fault, which why() shows',
    (fault) => {
      const { bad, good, health, tracker } = setup();
      good();
      for (let n = 0; n < 50; n += 1) bad(fault);
      expect(health()).toMatchObject({ state: 'serving', status: 'pass' });
      expect(tracker.why('a')?.failures[0]).toMatchObject({ fault, counted: false });
    },
  );

  test('is not brought about by two failures close together and another’s later', () => {
    const { clock, bad, health } = setup();
    bad();
    clock.advance(2_999);
    bad();
    expect(health().state).toBe('serving');
    clock.advance(1);
    bad('client');
    expect(health().state).toBe('serving');
  });

  test('takes only two failures when they lie apart, so that sparse calls need not all fail', () => {
    const { clock, bad, health, tracker } = setup();
    bad();
    clock.advance(3_000);
    bad();
    expect(health().state).toBe('resting');
    expect(tracker.why('a')).toMatchObject({ rule: 'lasting', basis: { streak: 2 } });
  });

  test('by ratio only with enough requests to judge by', () => {
    const { clock, good, bad, health, tracker } = setup();
    for (let n = 0; n < 9; n += 1) {
      good();
      bad();
      clock.advance(100);
    }
    good();
    expect(health().state).toBe('serving');
    bad();
    expect(health().state).toBe('resting');
    expect(tracker.why('a')).toMatchObject({ rule: 'ratio', basis: { sample: 20, ratio: 0.5 } });
  });

  test('forgets what left the window', () => {
    const { clock, good, bad, tracker } = setup();
    for (let n = 0; n < 9; n += 1) {
      bad();
      good();
    }
    clock.advance(34_000);
    for (let n = 0; n < 30; n += 1) good();
    bad();
    expect(tracker.why('a')?.window).toMatchObject({ sample: 31 });
    clock.advance(3_000);
    good();
    expect(tracker.why('a')?.window.failureRatio).toBeCloseTo(1 / 32);
  });

  test('warns before it falls', () => {
    const { good, bad, health } = setup();
    for (let n = 0; n < 18; n += 1) good();
    bad();
    bad();
    expect(health()).toMatchObject({ state: 'serving', status: 'warn', reason: 'http_500' });
    for (let n = 0; n < 10; n += 1) good();
    expect(health()).toMatchObject({ status: 'pass', reason: undefined });
  });
});

describe('probes', () => {
  test('rest a target alone when nothing real contradicts them', () => {
    const { bad, health } = setup();
    for (let n = 0; n < 3; n += 1) bad('network', 'signal');
    expect(health()).toMatchObject({ state: 'resting', reason: 'connect_refused' });
  });

  test('are vetoed by a fresh real success', () => {
    const { clock, good, bad, health, tracker } = setup();
    good();
    for (let n = 0; n < 10; n += 1) {
      clock.advance(5_000);
      bad('network', 'probe');
    }
    expect(health()).toMatchObject({ state: 'serving', status: 'pass' });
    expect(tracker.why('a')?.failures[0]?.counted).toBe(false);
    clock.advance(10_000);
    for (let n = 0; n < 3; n += 1) bad('network', 'probe');
    expect(health().state).toBe('resting');
  });

  test('do not excuse failed requests: a host that accepts connections can be sick', () => {
    const { good, bad, health } = setup();
    for (let n = 0; n < 3; n += 1) {
      good('signal');
      bad();
    }
    expect(health().state).toBe('resting');
  });

  test('end a rest that began because nothing was reached', () => {
    const { clock, good, health, rest, changes } = setup();
    rest('network');
    clock.advance(1_000);
    good('signal');
    expect(health().state).toBe('probing');
    expect(changes.at(-1)).toMatchObject({ reason: 'probe_succeeded' });
  });

  test('do not end one that a reset or a cut began: they do not go that far', () => {
    const { good, bad, health } = setup();
    for (let n = 0; n < 3; n += 1) bad('network', 'traffic', { reason: 'connection_reset' });
    good('signal');
    expect(health().state).toBe('resting');
  });

  test('that never saw the trouble cannot say that it is over', () => {
    const { clock, good, bad, health, rest } = setup();
    rest('provider');
    good('signal');
    expect(health().state).toBe('resting');
    bad('provider', 'signal');
    clock.advance(1_000);
    good('signal');
    expect(health().state).toBe('probing');
  });

  test('lose that trust when the request after them fails', () => {
    const { good, bad, health, rest, trial } = setup();
    rest('network');
    good('signal');
    trial(() => bad('network'));
    good('signal');
    expect(health()).toMatchObject({ state: 'resting', rests: 2 });
  });

  test('do not end a rest the provider asked for', () => {
    const { clock, good, bad, health } = setup();
    for (let n = 0; n < 3; n += 1) bad('network', 'traffic', { retryAfterMs: 20_000 });
    clock.advance(19_999);
    good('signal');
    expect(health().state).toBe('resting');
  });

  test('serve an idle target again when they saw the trouble', () => {
    const { clock, good, health, rest } = setup();
    rest('network');
    good('signal');
    good('signal');
    expect(health().state).toBe('ramping');
    clock.advance(2_000);
    expect(health()).toMatchObject({ state: 'serving', status: 'pass' });
  });

  test('of a status page are kept for people and heard by no rule', () => {
    const { good, bad, health, rest, clock } = setup();
    for (let n = 0; n < 10; n += 1) bad('provider', 'status-page');
    expect(health()).toMatchObject({ state: 'serving', status: 'unknown' });
    good('status-page');
    expect(health().status).toBe('unknown');
    rest('network');
    clock.advance(10);
    good('status-page');
    expect(health().state).toBe('resting');
  });
});

describe('a rest', () => {
  test('ends by time, and one request at a time is the trial', () => {
    const { clock, tracker, health, rest, good } = setup();
    rest();
    clock.advance(6_999);
    expect(tracker.claimTrial('a')).toBe(false);
    clock.advance(1);
    expect(health()).toMatchObject({ state: 'probing', status: 'fail', reason: 'http_500' });
    expect(tracker.claimTrial('a')).toBe(true);
    expect(tracker.claimTrial('a')).toBe(false);
    good();
    expect(health()).toMatchObject({ state: 'ramping', status: 'warn', share: 0.05 });
    clock.advance(1_000);
    expect(health().share).toBe(0.25);
    clock.advance(1_000);
    expect(health()).toMatchObject({
      state: 'serving',
      status: 'pass',
      share: 1,
      reason: undefined,
    });
  });

  test('doubles with every failed trial, up to the longest', () => {
    const { clock, bad, health, rest, trial } = setup();
    rest();
    const lengths: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      lengths.push((health().restUntil ?? 0) - clock.now());
      clock.advance(14_000);
      trial(() => bad());
    }
    expect(lengths).toEqual([7_000, 14_000, 14_000, 14_000]);
    expect(health()).toMatchObject({ state: 'resting', rests: 5 });
  });

  test('keeps its jitter within bounds', () => {
    const clock = new VirtualClock();
    const tracker = new Tracker({ clock, random: () => 0.999_999 });
    tracker.register('a', '');
    for (let n = 0; n < 3; n += 1) {
      tracker.record('a', { at: 0, source: 'traffic', ok: false, fault: 'provider' });
    }
    expect(tracker.snapshot().get('a')?.restUntil).toBeCloseTo(6_300, 0);
  });

  test('is never shorter than the provider asked, nor endless', () => {
    const { bad, health } = setup();
    for (let n = 0; n < 3; n += 1) bad('provider', 'traffic', { retryAfterMs: 40_000 });
    expect(health().restUntil).toBe(40_000);
    bad('provider', 'traffic', { retryAfterMs: 50_000 });
    expect(health().restUntil).toBe(50_000);
    bad('provider', 'traffic', { retryAfterMs: 1e12 });
    expect(health().restUntil).toBe(3_600_000);
  });

  test('is not moved by requests that were sent before it', () => {
    const { clock, good, bad, health, rest } = setup();
    rest();
    for (let n = 0; n < 30; n += 1) {
      bad();
      good();
    }
    expect(health()).toMatchObject({ state: 'resting', rests: 1, restUntil: 7_000 });
    clock.advance(7_000);
    bad();
    good();
    expect(health()).toMatchObject({ state: 'probing', rests: 1 });
  });

  test('is judged afresh afterwards: failures during the rest are no evidence', () => {
    const { clock, good, bad, health, rest, trial } = setup();
    rest();
    for (let n = 0; n < 100; n += 1) bad();
    clock.advance(7_000);
    trial(good);
    bad();
    expect(health().state).toBe('ramping');
  });

  test('is begun anew, longer, when a target falls soon after its return', () => {
    const { clock, good, health, rest, trial } = setup();
    rest();
    clock.advance(7_000);
    trial(good);
    clock.advance(2_000);
    expect(health()).toMatchObject({ state: 'serving', rests: 1 });
    rest();
    expect(health()).toMatchObject({ state: 'resting', rests: 2 });
    clock.advance(14_000);
    trial(good);
    clock.advance(2_000);
    clock.advance(60_000);
    expect(health().rests).toBe(0);
  });

  test('rises by as many trials as the policy asks', () => {
    const { clock, good, health, rest, trial } = setup({ rise: 2, ramp: [] });
    rest();
    clock.advance(7_000);
    trial(good);
    expect(health().state).toBe('probing');
    trial(good);
    expect(health().state).toBe('serving');
  });
});

describe('a trial', () => {
  test('that says nothing of the target lets another begin', () => {
    const { clock, tracker, bad, rest, trial, health } = setup();
    rest();
    clock.advance(7_000);
    trial(() => tracker.releaseTrial('a'));
    trial(() => bad('credential'));
    expect(health().state).toBe('probing');
    expect(tracker.claimTrial('a')).toBe(true);
  });

  test('that is lost does not block the target for ever', () => {
    const { clock, tracker, rest } = setup();
    rest();
    clock.advance(7_000);
    expect(tracker.claimTrial('a')).toBe(true);
    clock.advance(60_000);
    expect(tracker.claimTrial('a')).toBe(true);
  });

  test('is not overruled by a probe', () => {
    const { clock, tracker, good, bad, health, rest } = setup();
    rest('network');
    clock.advance(7_000);
    tracker.claimTrial('a');
    bad('network', 'signal');
    good('signal');
    bad('client', 'signal');
    expect(health().state).toBe('probing');
    expect(tracker.claimTrial('a')).toBe(false);
  });

  test('begins in time even when timers are late, as on a busy loop', () => {
    const clock = new VirtualClock();
    const late = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: () => () => {},
      every: () => () => {},
    };
    const tracker = new Tracker({ clock: late, random: () => 0 });
    tracker.register('a', '');
    for (let n = 0; n < 3; n += 1) {
      tracker.record('a', { at: 0, source: 'traffic', ok: false, fault: 'provider' });
    }
    clock.advance(7_000);
    expect(tracker.earliestRecovery(['a'])).toBe(0);
    expect(tracker.claimTrial('a')).toBe(true);
  });

  test('is not handed out for a target that serves, or that is not known', () => {
    const { tracker } = setup();
    expect(tracker.claimTrial('a')).toBe(false);
    expect(tracker.claimTrial('nobody')).toBe(false);
  });
});

describe('the snapshot', () => {
  test('is the same object until something changed', () => {
    const { tracker, good, bad } = setup();
    good();
    const before = tracker.snapshot();
    for (let n = 0; n < 100; n += 1) good();
    bad();
    expect(tracker.snapshot()).toBe(before);
    bad();
    bad();
    expect(tracker.snapshot()).not.toBe(before);
    expect(before.get('a')?.state).toBe('serving');
  });

  test('cannot be changed through its values', () => {
    const { health, good } = setup();
    expect(Object.isFrozen(health())).toBe(true);
    good();
    expect(Object.isFrozen(health())).toBe(true);
  });
});

describe('configuration reload', () => {
  test('keeps a verdict while the criteria are the same, and begins anew when they change', () => {
    const { tracker, health, rest } = setup();
    rest();
    tracker.register('a', 'v1');
    expect(health().state).toBe('resting');
    tracker.register('a', 'v2');
    expect(health()).toMatchObject({ state: 'serving', status: 'unknown', rests: 0 });
  });

  test('takes nothing of what was seen by other criteria', () => {
    const { tracker, health, clock } = setup();
    tracker.register('a', 'v2');
    const before = health();
    tracker.record('a', { at: clock.now(), source: 'traffic', ok: true }, 'v1');
    expect(health()).toBe(before);
    tracker.record('a', { at: clock.now(), source: 'traffic', ok: true }, 'v2');
    expect(health()).toMatchObject({ status: 'pass' });
  });

  test('leaves a drained target drained', () => {
    const { tracker, health } = setup();
    tracker.drain('a');
    tracker.register('a', 'v2');
    expect(health()).toMatchObject({ state: 'drained', reason: 'operator_drain', share: 0 });
  });

  test('forgets what is not retained, and what is still observed of it', () => {
    const { tracker, good, clock, rest, changes } = setup();
    tracker.register('b', '');
    rest();
    tracker.retain(new Set(['b']));
    good();
    clock.advance(100_000);
    expect([...tracker.snapshot().keys()]).toEqual(['b']);
    expect(changes.map(({ to }) => to)).toEqual(['resting']);
  });

  test('says nothing more of a target that was replaced', () => {
    const { tracker, clock, rest, changes } = setup();
    rest();
    tracker.register('a', 'v2');
    clock.advance(100_000);
    expect(changes.map(({ to }) => to)).toEqual(['resting']);
  });
});

describe('the operator', () => {
  test('rests for a stated time, which no probe shortens and which is no illness', () => {
    const { clock, tracker, good, bad, health } = setup();
    good();
    tracker.rest('a', 120_000);
    expect(health()).toMatchObject({ state: 'resting', status: 'pass', reason: 'operator_rest' });
    bad('network', 'signal');
    good('signal');
    clock.advance(119_999);
    expect(health().state).toBe('resting');
    clock.advance(1);
    expect(health()).toMatchObject({
      state: 'probing',
      reason: 'operator_rest',
      status: 'unknown',
    });
  });

  test('rests far beyond what one timer can wait for', () => {
    const { clock, tracker, health } = setup();
    tracker.rest('a', 2 ** 32);
    clock.advance(2 ** 31);
    expect(health().state).toBe('resting');
    clock.advance(2 ** 31);
    expect(health().state).toBe('probing');
  });

  test('serves at once, with a clean count', () => {
    const { tracker, bad, health, rest } = setup();
    rest();
    tracker.serve('a');
    bad();
    bad();
    expect(health()).toMatchObject({ state: 'serving', rests: 0 });
  });

  test('drains until told otherwise, whatever is seen', () => {
    const { clock, tracker, good, bad, health, rest } = setup();
    tracker.drain('a');
    good();
    rest();
    bad('network', 'signal');
    clock.advance(3_600_000);
    expect(health()).toMatchObject({ state: 'drained', reason: 'operator_drain' });
    tracker.serve('a');
    expect(health().state).toBe('serving');
  });

  test('resets to a target never seen', () => {
    const { tracker, health, rest } = setup();
    rest();
    tracker.reset('a');
    expect(health()).toMatchObject({ state: 'serving', status: 'unknown', rests: 0 });
    expect(tracker.why('a')).toMatchObject({ rule: 'operator_reset', evidence: [], failures: [] });
  });
});

test('earliestRecovery names the soonest of several', () => {
  const { tracker, rest, clock } = setup();
  tracker.register('b', '');
  tracker.register('c', '');
  rest();
  tracker.drain('b');
  expect(tracker.earliestRecovery(['a', 'b'])).toBe(7_000);
  expect(tracker.earliestRecovery(['b', 'nobody'])).toBeUndefined();
  expect(tracker.earliestRecovery(['a', 'b', 'c'])).toBe(0);
  clock.advance(7_000);
  expect(tracker.earliestRecovery(['a'])).toBe(0);
  tracker.claimTrial('a');
  expect(tracker.earliestRecovery(['a'])).toBe(1_000);
});

test('transitions are told once each, in order, with reason and wall time', () => {
  const { changes, clock, rest, trial, good } = setup();
  rest();
  clock.advance(7_000);
  trial(good);
  clock.advance(2_000);
  const start = Date.UTC(2026, 0, 1);
  expect(changes).toEqual([
    { id: 'a', from: 'serving', to: 'resting', reason: 'http_500', at: start },
    { id: 'a', from: 'resting', to: 'probing', reason: 'rest_over', at: start + 7_000 },
    { id: 'a', from: 'probing', to: 'ramping', reason: 'trial_succeeded', at: start + 7_000 },
    { id: 'a', from: 'ramping', to: 'serving', reason: 'ramp_over', at: start + 9_000 },
  ]);
});

describe('why', () => {
  test('names the evidence a person would', () => {
    const { tracker, rest, clock } = setup();
    rest();
    clock.advance(2_000);
    expect(tracker.why('a')?.words).toBe(
      'Rested after 3 failures in a row (3 are enough). Rest 1 ends in 5.0 s. Last failure: http_500, 2.0 s ago.',
    );
    expect(tracker.why('a')?.evidence).toEqual([
      { source: 'traffic', successes: 0, failures: 3, streak: 0, lastHarmAgoMs: 2_000 },
    ]);
    expect(tracker.why('nobody')).toBeUndefined();
  });

  test('keeps the latest sixteen failures', () => {
    const { tracker, bad } = setup();
    for (let n = 0; n < 40; n += 1) bad('client', 'traffic', { reason: `http_4${n}` });
    const failures = tracker.why('a')?.failures ?? [];
    expect(failures).toHaveLength(16);
    expect(failures[0]?.reason).toBe('http_439');
  });
});

describe('a restart', () => {
  const restart = (state: unknown, downMs: number, wall: number) => {
    const clock = new VirtualClock(wall + downMs);
    const tracker = new Tracker({ clock, random: () => 0 });
    tracker.restore(JSON.parse(JSON.stringify(state)));
    tracker.register('a', 'v1');
    return { clock, tracker, health: () => tracker.snapshot().get('a') };
  };

  test('keeps what is left of a rest', () => {
    const { tracker, clock, rest } = setup();
    rest();
    const after = restart(tracker.dump(), 3_000, clock.wall());
    expect(after.health()).toMatchObject({
      state: 'resting',
      status: 'fail',
      reason: 'http_500',
      rests: 1,
      restUntil: 4_000,
      since: Date.UTC(2026, 0, 1),
    });
    after.clock.advance(4_000);
    expect(after.health()?.state).toBe('probing');
  });

  test('keeps a drain, and takes nothing for well that it has not seen', () => {
    const { tracker, clock, good } = setup();
    good();
    expect(restart(tracker.dump(), 0, clock.wall()).health()).toMatchObject({
      state: 'serving',
      status: 'unknown',
    });
    tracker.drain('a');
    expect(restart(tracker.dump(), 0, clock.wall()).health()?.state).toBe('drained');
  });

  test('drops what was judged by other criteria', () => {
    const { tracker, clock, rest } = setup();
    tracker.register('a', 'v2');
    rest();
    expect(restart(tracker.dump(), 0, clock.wall()).health()).toMatchObject({ state: 'serving' });
  });

  test('does not trust a clock that was set back', () => {
    const { tracker, clock, rest } = setup();
    rest();
    const after = restart(tracker.dump(), -365 * 86_400_000, clock.wall());
    expect(after.health()?.restUntil).toBe(3_600_000);
  });

  test('refuses what it cannot read', () => {
    const { tracker } = setup();
    const state = { version: 2, targets: [] } as unknown as ReturnType<typeof tracker.dump>;
    expect(() => tracker.restore(state)).toThrow(
      expect.objectContaining({ code: 'invalid_state' }),
    );
  });
});

test.each([
  { fall: 0 },
  { rise: 1.5 },
  { restMs: 0 },
  { jitter: 2 },
  { ramp: [0.5, 1.5] },
  { freshMs: Number.NaN },
])('a policy that cannot be kept is refused: %o', (policy) => {
  expect(() => new Tracker({ clock: new VirtualClock(), policy })).toThrow(
    expect.objectContaining({ code: 'invalid_policy' }),
  );
});

describe('a policy of its own', () => {
  test('judges one target and no other', () => {
    const { tracker, clock, bad, health } = setup();
    tracker.register('a', 'v2', { fall: 1, rise: 2 });
    tracker.register('b', 'v1');
    bad();
    expect(health()).toMatchObject({ state: 'resting', rests: 1 });
    const failed = { at: clock.now(), source: 'traffic', ok: false, fault: 'provider' } as const;
    tracker.record('b', failed);
    expect(tracker.snapshot().get('b')?.state).toBe('serving');
    expect(tracker.why('a')?.words).toContain('(1 are enough)');
    expect(tracker.why('b')?.policy.fall).toBe(3);

    clock.advance(7_000);
    const trial = () => {
      expect(tracker.claimTrial('a')).toBe(true);
      tracker.record('a', { at: clock.now(), source: 'traffic', ok: true });
    };
    trial();
    expect(health().state).toBe('probing');
    trial();
    expect(health().state).toBe('ramping');
  });

  test('is refused when it cannot be kept', () => {
    const { tracker } = setup();
    expect(() => tracker.register('b', 'v1', { fall: 0 })).toThrow(
      expect.objectContaining({ code: 'invalid_policy' }),
    );
  });
});

describe('the word of another tracker', () => {
  const both = () => {
    const [one, other] = [setup(), setup()];
    const tell = (): void => {
      for (const word of one.tracker.dump().targets) other.tracker.adopt(word);
    };
    return { one, other, tell };
  };

  test('rests a target here as it rests there, and says why', () => {
    const { one, other, tell } = both();
    one.rest();
    tell();
    expect(other.health()).toMatchObject({ state: 'resting', reason: 'http_500', share: 0 });
    expect(other.tracker.why('a')).toMatchObject({ rule: 'told' });
    tell();
    expect(other.changes).toHaveLength(1);
  });

  test('ends a rest with a trial of our own', () => {
    const { one, other, tell } = both();
    one.rest();
    other.rest();
    one.clock.advance(60_000);
    one.trial(one.good);
    tell();
    expect(other.health().state).toBe('probing');
  });

  test('is an operator’s wherever he spoke', () => {
    const { one, other, tell } = both();
    one.tracker.drain('a');
    tell();
    expect(other.health().state).toBe('drained');
    one.tracker.serve('a');
    tell();
    expect(other.health().state).toBe('serving');
  });

  test('is not taken for targets judged by other criteria, or unknown here', () => {
    const { one, other } = both();
    one.rest();
    other.tracker.register('a', 'v2');
    for (const word of one.tracker.dump().targets) {
      other.tracker.adopt(word);
      other.tracker.adopt({ ...word, id: 'nobody' });
    }
    expect(other.health().state).toBe('serving');
  });
});
