import { VirtualClock } from '@vitalgate/health';
import { expect, it } from 'vitest';
import { DailySpend } from './daily-spend.ts';

const HOUR_MS = 3_600_000;

it('keeps within the budget of a day, over restarts, and begins anew with the next', async () => {
  const clock = new VirtualClock();
  let saved: unknown;
  const start = () =>
    new DailySpend(clock, saved, async (spent) => void (saved = structuredClone(spent)));
  const spend = start();
  expect(await Promise.all([1, 2, 3].map(() => spend.take('a', 0.4, 1)))).toEqual([
    true,
    true,
    false,
  ]);
  expect(await spend.take('b', 0.4, 1)).toBe(true);
  const again = start();
  expect(again.today('a')).toBe(0.8);
  expect(await again.take('a', 0.4, 1)).toBe(false);
  clock.advance(24 * HOUR_MS);
  expect(await again.take('a', 0.4, 1)).toBe(true);
  expect(again.today('a')).toBe(0.4);
});

it('spends nothing that could not be written down', async () => {
  const spend = new DailySpend(new VirtualClock(), 'nonsense', () =>
    Promise.reject(new Error('full')),
  );
  expect(await spend.take('a', 0.4, 1)).toBe(false);
});
