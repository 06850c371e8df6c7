import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matching } from './pattern.ts';
import { Random } from './random.ts';

const atom = fc.constantFrom(
  'a',
  '7',
  '\\.',
  '\\d',
  '\\w',
  '\\s',
  '.',
  '[a-f0-9_]',
  '[^abc]',
  '[.\\-\\d]',
);
const repeated = fc
  .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{3}', '{2,5}', '{1,}', '+?'))
  .map((parts) => parts.join(''));
const sequence = fc.array(repeated, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
const grouped = fc
  .tuple(
    sequence,
    fc.constantFrom('(', '(?:', '(?<name>'),
    sequence,
    sequence,
    fc.constantFrom('', '?', '{2}'),
  )
  .map(([before, open, one, other, times]) => `^${before}${open}${one}|${other})${times}$`);

describe('matching', () => {
  it('makes texts that match', () => {
    fc.assert(
      fc.property(fc.oneof(sequence, grouped), fc.nat(), (pattern, seed) => {
        expect(matching(pattern, new Random(seed))).toMatch(new RegExp(pattern, 'u'));
      }),
    );
  });

  it('draws each repetition anew', () => {
    const digits = matching('^\\d{12}$', new Random(1)) ?? '';
    expect(new Set(digits).size).toBeGreaterThan(1);
  });

  it.each([
    '\\bword\\b',
    '(?=a)b',
    '(?!a)b',
    '(?<!a)b',
    '(a)\\1',
    '\\p{L}+',
    '\\x41',
    'a^b',
    'a$b',
    '(a',
    'a)',
    '[a',
    '[]',
    '(((x{999}){999}){999}){999}',
    'a'.repeat(1001),
  ])('does not pretend to understand %s', (pattern) => {
    expect(matching(pattern, new Random(1))).toBeUndefined();
  });
});
