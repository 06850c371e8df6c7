import { describe, expect, it } from 'vitest';
import { prose } from './prose.ts';
import { Random } from './random.ts';
import { phrase, sentences } from './trigram.ts';

describe('sentences', () => {
  it('are as many as wanted, whole, and in the words of the prose', () => {
    const known = new Set(prose.split(/\s+/).map((word) => word.replaceAll(/[^\p{L}]/gu, '')));
    for (let seed = 0; seed < 50; seed++) {
      const text = sentences(new Random(seed), 3);
      expect(text).toMatch(/^\S.*\.$|^\S.*[?!]$/s);
      const words = text.split(/\s+/).map((word) => word.replaceAll(/[^\p{L}]/gu, ''));
      expect(words.filter((word) => !known.has(word))).toEqual([]);
    }
  });

  it('are not copied from the prose as a rule', () => {
    const whole = prose.replaceAll(/\s+/g, ' ');
    const fresh = Array.from({ length: 100 }, (_, seed) => sentences(new Random(seed), 1)).filter(
      (sentence) => !whole.includes(sentence),
    );
    expect(fresh.length).toBeGreaterThan(50);
  });
});

describe('phrase', () => {
  it('is a few plain words', () => {
    expect(phrase(new Random(1), 3)).toMatch(/^\p{Ll}+( \p{Ll}+){0,2}$/u);
  });
});
