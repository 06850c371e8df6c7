import { expect, test } from 'vitest';
import { defaultSchedulePolicy as policy, interval, jittered, splay } from './schedule.ts';

test.each([
  [{ verdict: 'pass', reading: 'pass', failures: 0 }, 10_000],
  [{ verdict: 'unknown', reading: undefined, failures: 0 }, 2_000],
  [{ verdict: 'unknown', reading: 'fail', failures: 1 }, 2_000],
  [{ verdict: 'pass', reading: 'fail', failures: 1 }, 2_000],
  [{ verdict: 'fail', reading: 'pass', failures: 0 }, 2_000],
  [{ verdict: 'warn', reading: 'warn', failures: 0 }, 10_000],
  [{ verdict: 'fail', reading: 'fail', failures: 1 }, 10_000],
  [{ verdict: 'fail', reading: 'fail', failures: 2 }, 20_000],
  [{ verdict: 'fail', reading: 'fail', failures: 3 }, 30_000],
  [{ verdict: 'fail', reading: 'fail', failures: 9_999 }, 30_000],
] as const)('after %o in %i ms', (occasion, ms) => {
  expect(interval(occasion, policy)).toBe(ms);
});

test('an interval shorter than the edge or longer than the backoff is kept', () => {
  expect(
    interval(
      { verdict: 'unknown', reading: undefined, failures: 0 },
      { ...policy, intervalMs: 500 },
    ),
  ).toBe(500);
  expect(
    interval({ verdict: 'fail', reading: 'fail', failures: 5 }, { ...policy, intervalMs: 60_000 }),
  ).toBe(60_000);
});

test('jitter stays within its bounds', () => {
  expect(jittered(10_000, 0.2, 0)).toBe(8_000);
  expect(jittered(10_000, 0.2, 0.5)).toBe(10_000);
  expect(jittered(10_000, 0.2, 1)).toBe(12_000);
});

test('a fleet’s first readings are spread evenly', () => {
  const slots = Array.from({ length: 20 }, () => 0);
  for (let instance = 0; instance < 10_000; instance += 1) {
    const slot = Math.floor(splay(`pod-${instance}`, 'database') * 20);
    slots[slot] = (slots[slot] ?? 0) + 1;
  }
  // 500 expected in each; five standard deviations are 109.
  for (const count of slots) expect(Math.abs(count - 500)).toBeLessThan(109);
  expect(splay('a', 'b')).toBe(splay('a', 'b'));
  expect(splay('a', 'b')).not.toBe(splay('a', 'c'));
});
