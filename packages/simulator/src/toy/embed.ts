import { hash } from './random.ts';

/**
 * A vector of length 1 for a bag of words: each word adds to two places that its hash chooses
 * (feature hashing; Weinberger et al., 2009), so texts that share words come out near each other.
 */
export function embed(words: readonly string[], size: number): Float32Array {
  const vector = new Float32Array(size);
  for (const word of words) {
    for (const salt of ['a', 'b']) {
      const sum = hash(`${salt} ${word}`);
      const place = (sum >>> 1) % size;
      vector[place] = (vector[place] ?? 0) + (sum % 2 === 0 ? 1 : -1);
    }
  }
  // Words may cancel each other out: then any direction is as good.
  if (vector.every((value) => value === 0)) vector[0] = 1;
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

export const wordsOf = (text: string): readonly string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
