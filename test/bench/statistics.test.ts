import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, Samples } from '../../bench/statistics.ts';

function samplesOf(values: Iterable<number>): Samples {
  const samples = new Samples();
  for (const value of values) samples.add(value);
  return samples;
}

describe('percentile', () => {
  it('is the nearest rank', () => {
    const hundred = samplesOf(Array.from({ length: 100 }, (_, index) => 100 - index));
    expect(hundred.percentile(0.5)).toBe(50);
    expect(hundred.percentile(0.99)).toBe(99);
    expect(hundred.percentile(1)).toBe(100);
    expect(samplesOf([3]).percentile(0.01)).toBe(3);
  });

  it('is unknown without samples, also after they were cleared', () => {
    const samples = samplesOf([1, 2]);
    samples.clear();
    expect(samples.count).toBe(0);
    expect(samples.percentile(0.5)).toBeNaN();
  });

  it('is a value that was seen, with at least that share at or below it', () => {
    const someValues = fc.array(fc.double({ noNaN: true }), { minLength: 1 });
    const someShare = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(someValues, someShare, (values, share) => {
        const found = samplesOf(values).percentile(share);
        expect(values).toContain(found);
        const below = values.filter((value) => value <= found).length;
        expect(below).toBeGreaterThanOrEqual(share * values.length);
      }),
    );
  });

  it('keeps every one of more samples than it first had room for', () => {
    const many = samplesOf(Array.from({ length: 10_000 }, (_, index) => index + 1));
    expect(many.count).toBe(10_000);
    expect(many.percentile(0.99)).toBe(9900);
  });
});

describe('median', () => {
  it.each([
    [[5], 5],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('of nothing is unknown', () => {
    expect(median([])).toBeNaN();
  });
});
