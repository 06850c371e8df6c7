/** What Envoy's outlier detection and active checks promise, as far as the tracker promises it. */
import { Tracker, VirtualClock, type Observation, type TrackerPolicy } from '@vitalgate/health';
import { expect, it } from 'vitest';

function setup(policy: Partial<TrackerPolicy> = {}, ids = ['a']) {
  const clock = new VirtualClock();
  const tracker = new Tracker({ clock, policy, random: () => 0 });
  for (const id of ids) tracker.register(id, '');
  const see = (id: string, seen: Partial<Observation>): void =>
    tracker.record(id, { at: clock.now(), source: 'traffic', ok: false, ...seen });
  const fail = (id = 'a', times = 1, seen: Partial<Observation> = {}): void => {
    for (let n = 0; n < times; n += 1) see(id, { fault: 'provider', reason: 'http_500', ...seen });
  };
  const of = (id = 'a') => tracker.snapshot().get(id) ?? expect.unreachable(id);
  return { clock, tracker, see, fail, of };
}

it('E1: each further ejection lasts longer, up to a longest', () => {
  const { clock, tracker, fail, of } = setup({ restMs: 1_000, restMaxMs: 5_000, jitter: 0 });
  const lasted: number[] = [];
  fail('a', 3);
  for (let n = 0; n < 5; n += 1) {
    const rest = (of().restUntil ?? 0) - clock.now();
    lasted.push(rest);
    clock.advance(rest);
    expect(tracker.claimTrial('a')).toBe(true);
    fail();
  }
  expect(lasted).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
});

it('E4: a ratio says nothing below the least number of requests, however bad it is', () => {
  const { see, fail, of } = setup({ fall: 100, fallLastingMs: Infinity, minSample: 20 });
  const pair = (): void => {
    fail();
    see('a', { ok: true });
  };
  for (let n = 0; n < 9; n += 1) pair();
  fail();
  expect(of().state).toBe('serving');
  fail();
  expect(of().state).toBe('resting');
});

it('E9: what failed on this side is not counted against the other', () => {
  const { fail, of } = setup();
  for (const fault of ['gateway', 'client'] as const) fail('a', 50, { fault });
  expect(of()).toMatchObject({ state: 'serving' });
  fail('a', 3, { fault: 'network' });
  expect(of()).toMatchObject({ state: 'resting' });
});
