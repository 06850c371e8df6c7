import { describe, expect, it } from 'vitest';
import { embed } from './embed.ts';

const near = (one: Float32Array, other: Float32Array): number =>
  one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);

describe('embed', () => {
  it('has length 1 and puts texts that share words near each other', () => {
    const [sea, ocean, desk] = ['the blue sea', 'the blue ocean', 'my desk'].map((text) =>
      embed(text.split(' '), 256),
    );
    if (!sea || !ocean || !desk) throw new TypeError('three texts give three vectors');
    expect(near(sea, sea)).toBeCloseTo(1, 5);
    expect(near(sea, ocean)).toBeGreaterThan(0.5);
    expect(near(sea, desk)).toBeLessThan(0.4);
  });

  it.each([1, 2, 3072])('is never without a direction, of size %i', (size) => {
    for (const words of [['a'], ['a', 'b'], ['the', 'sea'], []]) {
      expect(near(embed(words, size), embed(words, size))).toBeCloseTo(1, 5);
    }
  });
});
