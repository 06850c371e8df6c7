import { VirtualClock } from '@vitalgate/health';
import { describe, expect, it } from 'vitest';
import { SteadyWall } from './steady-wall.ts';

const HOUR = 60 * 60_000;

describe('dates', () => {
  it('are believed while both clocks go alike, and again an hour after they did not', () => {
    const clock = new VirtualClock();
    let shift = 0;
    const wall = new SteadyWall({
      now: () => clock.now(),
      wall: () => clock.wall() + shift,
      after: (ms, fn) => clock.after(ms, fn),
      every: (ms, fn) => clock.every(ms, fn),
    });
    const seen = (jump: number, pass: number): boolean => {
      shift += jump;
      clock.advance(pass);
      return wall.isSteady;
    };
    expect(seen(0, 30 * 24 * HOUR)).toBe(true);
    // Set right in passing.
    expect(seen(900, HOUR)).toBe(true);
    expect(seen(365 * 24 * HOUR, 1000)).toBe(false);
    expect(seen(0, HOUR - 1001)).toBe(false);
    expect(seen(-365 * 24 * HOUR, 1000)).toBe(false);
    expect(seen(0, HOUR - 1)).toBe(false);
    expect(seen(0, 1)).toBe(true);
  });
});
