import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DIGITS } from '../sieve.ts';
import { digitsIn } from './digits.ts';
import { nationalIds } from './national-ids.ts';
import { phones } from './phones.ts';

const characters = fc.array(fc.constantFrom(...'0129 .-+/()_aBé\n'.split('')), { maxLength: 60 });

it('rows of digits begin where a pattern finds them', () => {
  fc.assert(
    fc.property(characters, fc.nat(60), (chars, nat) => {
      const text = chars.join('');
      const from = Math.min(nat, text.length);
      const expected = [...text.matchAll(/(?<!\d)\d/g)].map(({ index }) => index);
      expect(digitsIn(text, from)).toEqual(expected.filter((at) => at >= from));
    }),
  );
});

const finds = (text: string): string[] => {
  const found: string[] = [];
  for (const detector of [phones(['US']), nationalIds])
    detector.find(
      text,
      0,
      (kind, start, end) => found.push(`${kind} ${text.slice(start, end)}`),
      DIGITS,
    );
  return found;
};

it.each([
  ['call (415) 555-2671 now', 'phone (415) 555-2671'],
  ['call ((415) 555-2671', 'phone ((415) 555-2671'],
  ['call + +49 30 901820', 'phone +49 30 901820'],
  ['call +(49) 30 901820', 'phone +(49) 30 901820'],
  ['3+49 30 901820', undefined],
  ['call (4155552671', undefined],
  ['nino AB 12 34 56 C.', 'uk-nino AB 12 34 56 C'],
  ['nino xAB123456C.', undefined],
  ['dni X-1234567-L', 'es-dni X-1234567-L'],
  ['dni 12345678Z', 'es-dni 12345678Z'],
  ['rut 8.765.432-K', 'cl-rut 8.765.432-K'],
  ['rut 8.765.432-1', undefined],
  ['rut 12.345.678-5', 'cl-rut 12.345.678-5'],
  ['my card says ABCPE1234F.', 'in-pan ABCPE1234F'],
  ['part XABCPE1234F.', undefined],
  ['a person: RSSMRA85T10A562S', 'it-codice-fiscale RSSMRA85T10A562S'],
  ['ssn 123 45 6789', 'us-ssn 123 45 6789'],
  ['version 123 45 6789', undefined],
  ['ssn 123  45  6789', undefined],
])('in %j is what it says', (text, expected) => {
  expect(finds(text)).toEqual(expected === undefined ? [] : [expected]);
});
