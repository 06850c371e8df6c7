import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countTokens, firstTokens, piecesOf } from './tokens.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 200 });

describe('tokens', () => {
  it('are pieces that join to the text again', () => {
    fc.assert(
      fc.property(text, (text) => {
        expect([...piecesOf(text)].join('')).toBe(text);
      }),
    );
  });

  it('are counted as they are cut', () => {
    fc.assert(
      fc.property(text, fc.nat(50), (text, most) => {
        const cut = firstTokens(text, most);
        expect(text.startsWith(cut)).toBe(true);
        expect(countTokens(cut)).toBe(Math.min(most, countTokens(text)));
      }),
    );
  });

  it('are long slices where a text is very long', () => {
    const long = 'sea '.repeat(50_000);
    const pieces = [...piecesOf(long)];
    expect(pieces.join('')).toBe(long);
    expect(pieces.length).toBeLessThan(100);
    expect(countTokens(long)).toBe(50_000);
  });
});
