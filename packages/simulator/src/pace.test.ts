import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

const pace = (timeToFirstToken: number, tokensPerSecond: number): Pace =>
  new Pace({ latency: 0, timeToFirstToken, tokensPerSecond, breakage: undefined });

describe('Pace', () => {
  it('lets everything go when unpaced', () => {
    expect(pace(0, Infinity).isPaced).toBe(false);
    expect(pace(1, Infinity).isPaced).toBe(true);
    expect(pace(0, 100).isPaced).toBe(true);
  });

  it('spaces tokens out from the first on', () => {
    const ten = pace(500, 10);
    expect([ten.wait(0, 0), ten.wait(0, 1), ten.wait(500, 1), ten.wait(600, 1)]).toEqual([
      0, 500, 100, 100,
    ]);
  });

  it('lets what frames the tokens pass', () => {
    const ten = pace(0, 10);
    expect([ten.wait(0, 1), ten.wait(0, 0), ten.wait(0, 1), ten.wait(0, 0)]).toEqual([
      0, 0, 100, 0,
    ]);
  });

  it('catches up after a late timer', () => {
    const ten = pace(0, 10);
    ten.wait(0, 1);
    expect([ten.wait(250, 1), ten.wait(250, 1), ten.wait(250, 1)]).toEqual([0, 0, 50]);
  });

  it('makes a whole answer wait for all of its tokens', () => {
    expect(pace(500, 10).whole(20)).toBe(2500);
    expect(pace(500, Infinity).whole(20)).toBe(500);
    expect(pace(500, 10).whole(0)).toBe(0);
  });
});
