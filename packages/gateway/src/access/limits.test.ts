import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTokens, KeyLimits } from './limits.ts';

const enters = (limits: KeyLimits, now: number): boolean => {
  try {
    limits.enter(now);
    return true;
  } catch {
    return false;
  }
};

describe('requests per window', () => {
  it('lets a whole window in at once, and then one each interval', () => {
    const limits = new KeyLimits([{ requests: 6, per: 60_000 }]);
    expect(Array.from({ length: 8 }, () => enters(limits, 0)).filter(Boolean)).toHaveLength(6);
    expect(enters(limits, 9_999)).toBe(false);
    expect(enters(limits, 10_000)).toBe(true);
    expect(enters(limits, 10_001)).toBe(false);
    expect(enters(limits, 1_000_000)).toBe(true);
  });

  it('never lets more than two windows of requests into any window, and its quota over time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 }),
        (quota, gaps) => {
          const limits = new KeyLimits([{ requests: quota, per: 1000 }]);
          let now = 0;
          const entered: number[] = [];
          for (const gap of gaps) {
            now += gap;
            if (enters(limits, now)) entered.push(now);
          }
          for (const from of entered) {
            const within = entered.filter((at) => at >= from && at < from + 1000).length;
            expect(within).toBeLessThanOrEqual(2 * quota);
          }
          expect(entered.length).toBeLessThanOrEqual(quota * (1 + now / 1000) + 1e-6);
        },
      ),
    );
  });

  it('refuses without taking: a refusal makes nobody wait longer', () => {
    const limits = new KeyLimits([
      { requests: 1, per: 1000 },
      { requests: 100, per: 1000 },
    ]);
    expect(enters(limits, 0)).toBe(true);
    for (let i = 0; i < 500; i += 1) expect(enters(limits, 500)).toBe(false);
    expect(enters(limits, 1000)).toBe(true);
    expect(limits.headers(1000)[3]).toBe('"requests";r=0;t=1, "requests";r=99');
  });
});

describe('tokens per window', () => {
  it('are reserved before they are spent and settled after', () => {
    const limits = new KeyLimits([{ tokens: 1000, per: 60_000 }]);
    const first = limits.enter(0);
    limits.reserveTokens(800, first, 0);
    const second = limits.enter(0);
    expect(() => limits.reserveTokens(300, second, 0)).toThrow(/1000 tokens per 60 s/);
    first.settle(100, 0);
    limits.reserveTokens(300, second, 0);
    second.settle(undefined, 0);
    expect(limits.headers(0)).toEqual([
      'ratelimit-policy',
      '"tokens";q=1000;w=60',
      'ratelimit',
      '"tokens";r=600',
    ]);
  });

  it('used beyond the estimate are a debt that is waited for', () => {
    const limits = new KeyLimits([{ tokens: 1000, per: 60_000 }]);
    const holds = limits.enter(0);
    limits.reserveTokens(10, holds, 0);
    holds.settle(2000, 0);
    expect(enters(limits, 59_000)).toBe(false);
    expect(enters(limits, 60_060)).toBe(true);
  });

  it('more than the quota is let in when nothing is used, and holds no more than the quota', () => {
    const limits = new KeyLimits([{ tokens: 1000, per: 60_000 }]);
    const holds = limits.enter(0);
    limits.reserveTokens(Number.MAX_VALUE, holds, 0);
    expect(enters(limits, 0)).toBe(false);
    holds.settle(0, 0);
    expect(limits.headers(0)[3]).toBe('"tokens";r=1000');
  });
});

describe('concurrency', () => {
  it('counts those that are in, and lets go of each once', () => {
    const limits = new KeyLimits([{ concurrency: 2 }]);
    const [first, second] = [limits.enter(0), limits.enter(0)];
    expect(enters(limits, 0)).toBe(false);
    first.settle(undefined, 0);
    first.settle(undefined, 0);
    expect(enters(limits, 0)).toBe(true);
    expect(enters(limits, 0)).toBe(false);
    second.settle(undefined, 0);
    expect(limits.headers(0)).toEqual([
      'ratelimit-policy',
      '"concurrency";q=2',
      'ratelimit',
      '"concurrency";r=1',
    ]);
  });
});

describe('estimates', () => {
  it('are the text and what the answer may be', () => {
    expect(estimateTokens(400, 50)).toBe(150);
    expect(estimateTokens(400, undefined)).toBe(1100);
  });
});
