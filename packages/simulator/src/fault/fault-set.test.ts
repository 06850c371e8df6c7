import { describe, expect, it } from 'vitest';
import { Random } from '../toy/random.ts';
import type { Fault } from './fault.ts';
import { FaultSet } from './fault-set.ts';

function setOf(...faults: readonly Fault[]): FaultSet {
  const set = new FaultSet(new Random(1));
  for (const fault of faults) set.set(fault);
  return set;
}

const struckBy = (set: FaultSet, model = 'm', own: readonly Fault[] = []): string | undefined =>
  set.strike(model, own).breakage?.effect;

describe('FaultSet', () => {
  it('harms nobody when nothing is set', () => {
    expect(setOf().strike('m', [])).toEqual({
      latency: 0,
      timeToFirstToken: 0,
      tokensPerSecond: Infinity,
      breakage: undefined,
    });
  });

  it('joins what slows down with what breaks', () => {
    const set = setOf(
      { latency: 5 },
      { timeToFirstToken: 7 },
      { tokensPerSecond: 9 },
      { status: 503, retryAfter: 2 },
    );
    expect(set.strike(undefined, [])).toEqual({
      latency: 5,
      timeToFirstToken: 7,
      tokensPerSecond: 9,
      breakage: { effect: 'status', value: 503, retryAfter: 2 },
    });
  });

  it('strikes the models it is meant for', () => {
    const set = setOf({ reset: true, model: 'm' });
    expect([struckBy(set, 'm'), struckBy(set, 'n'), set.strike(undefined, []).breakage]).toEqual([
      'reset',
      undefined,
      undefined,
    ]);
    expect(struckBy(setOf({ reset: true, model: '*' }), 'n')).toBe('reset');
  });

  it('heals after so many times, the latest first', () => {
    const set = setOf({ status: 529, times: 2 }, { blackhole: true, times: 1 });
    expect(Array.from({ length: 4 }, () => struckBy(set))).toEqual([
      'blackhole',
      'status',
      'status',
      undefined,
    ]);
    expect(set.list()).toEqual([]);
  });

  it('replaces a fault of the same effect on the same model', () => {
    const set = setOf({ status: 500 }, { status: 503, model: 'm' }, { status: 529 });
    expect(set.list()).toEqual([
      { status: 529, struck: 0 },
      { status: 503, model: 'm', struck: 0 },
    ]);
  });

  it('lets the faults of a request go first, and spends no other for them', () => {
    const set = setOf({ status: 500, times: 1 });
    expect(struckBy(set, 'm', [{ reset: true }])).toBe('reset');
    expect(set.list()).toEqual([{ status: 500, times: 1, struck: 0 }]);
  });

  it('strikes with its probability, the same way for the same seed', () => {
    const draw = (): readonly boolean[] => {
      const set = setOf({ reset: true, probability: 0.25 });
      return Array.from({ length: 400 }, () => struckBy(set) === 'reset');
    };
    expect(draw()).toEqual(draw());
    const share = draw().filter(Boolean).length / 400;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.35);
  });

  it('never strikes a request with what is the listener’s', () => {
    const set = setOf({ refuse: true });
    expect(struckBy(set)).toBeUndefined();
  });

  it.each([
    [undefined, 0],
    [{ model: 'm' }, 2],
    [{ model: '*' }, 1],
    [{ effect: 'reset' as const }, 1],
    [{ effect: 'reset' as const, model: '*' }, 2],
    [{ effect: 'latency' as const }, 3],
  ])('clears %j', (filter, left) => {
    const set = setOf({ status: 500 }, { reset: true }, { reset: true, model: 'm' });
    set.clear(filter);
    expect(set.list()).toHaveLength(left);
  });
});
