import { expect, test } from 'vitest';
import { VirtualClock, type Clock } from './clock.ts';
import { watchLoop } from './doubt.ts';

/** A clock on a loop that can be blocked: time passes and no timer runs. */
function blockable() {
  const virtual = new VirtualClock();
  let blockedMs = 0;
  const clock: Clock = {
    now: () => virtual.now() + blockedMs,
    wall: () => virtual.wall() + blockedMs,
    after: (ms, fn) => virtual.after(ms, fn),
    every: (ms, fn) => virtual.every(ms, fn),
  };
  return {
    clock,
    advance: (ms: number) => virtual.advance(ms),
    block: (ms: number) => (blockedMs += ms),
  };
}

test('a loop that keeps time is not doubted', () => {
  const { clock, advance } = blockable();
  const doubt = watchLoop(clock);
  advance(10_000);
  expect(doubt).toMatchObject({ score: 0, patience: 1, lapse: undefined });
  expect(doubt.wasLate(0)).toBe(false);
});

test('each late beat makes it more patient, each good one less', () => {
  const { clock, advance, block } = blockable();
  const doubt = watchLoop(clock);
  for (let n = 0; n < 3; n += 1) {
    block(1_000);
    advance(500);
  }
  expect(doubt).toMatchObject({ score: 3, patience: 4, lapse: { lateMs: 1_000 } });
  advance(1_000);
  expect(doubt.score).toBe(1);
  for (let n = 0; n < 20; n += 1) {
    block(1_000);
    advance(500);
  }
  expect(doubt.score).toBe(8);
});

test('a lapse is seen before the beat that would tell of it has run', () => {
  const { clock, advance, block } = blockable();
  const doubt = watchLoop(clock);
  advance(600);
  const since = clock.now();
  block(3_000);
  expect(doubt.wasLate(since)).toBe(true);
  advance(500);
  advance(500);
  expect(doubt.wasLate(clock.now() - 100)).toBe(false);
  expect(doubt.wasLate(since)).toBe(true);
});

test('nothing is watched any more once it was stopped', () => {
  const { clock, advance, block } = blockable();
  const doubt = watchLoop(clock);
  doubt.stop();
  block(5_000);
  advance(5_000);
  expect(doubt.score).toBe(0);
});
