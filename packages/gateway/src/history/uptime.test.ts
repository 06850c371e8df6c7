import { expect, it } from 'vitest';
import { DAY_MS, sharesByDay, summary } from './uptime.ts';

const day = (n: number) => Date.UTC(2026, 4, n);

it('weighs by time, day by day, and calls unknown what nobody saw', () => {
  const marks = [
    { at: day(9) + DAY_MS / 2, status: 'pass' as const },
    { at: day(10) + DAY_MS / 4, status: 'fail' as const },
    { at: day(10) + DAY_MS / 2, status: 'warn' as const },
    { at: day(11) + DAY_MS / 8, status: 'unknown' as const },
  ];
  const now = day(11) + DAY_MS / 2;
  const shares = sharesByDay(marks, { days: 3, now, until: now });
  expect(shares).toEqual([
    { day: '2026-05-09', up: 0.5, degraded: 0, down: 0, unknown: 0.5 },
    { day: '2026-05-10', up: 0.25, degraded: 0.5, down: 0.25, unknown: 0 },
    { day: '2026-05-11', up: 0, degraded: 0.25, down: 0, unknown: 0.75 },
  ]);
  // Known are 0.5 + 1 + 0.125 days; a quarter of one was down.
  const { uptime, unknown } = summary(shares, now);
  expect(uptime).toBeCloseTo(1.375 / 1.625);
  expect(unknown).toBeCloseTo(0.875 / 2.5);
});

it('knows what a mark before the window says, and nothing after its writer was gone', () => {
  const now = day(3) + DAY_MS / 2;
  const marks = [{ at: day(1), status: 'pass' as const }];
  const until = day(3) + DAY_MS / 4;
  expect(sharesByDay(marks, { days: 1, now, until })).toMatchObject([{ up: 0.5, unknown: 0.5 }]);
  expect(summary(sharesByDay([], { days: 2, now, until: now }), now)).toEqual({
    uptime: null,
    unknown: 1,
  });
});
