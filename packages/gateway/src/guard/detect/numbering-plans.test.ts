import {
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';
import examples from 'libphonenumber-js/mobile/examples';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPhone } from './numbering-plans.ts';

const countries = getCountries();
const digit = fc.integer({ min: 0, max: 9 }).map(String);
const separator = fc.constantFrom('', '', '', ' ', '-', '.', '/', ') ');

/** A number like one of a country, with some digits changed, and what is dialled before it. */
const likely = fc
  .record({
    country: fc.constantFrom(...countries),
    dialled: fc.constantFrom('', '', '', '0', '1', '8', '00', '011'),
    changes: fc.array(fc.tuple(fc.nat(14), digit), { maxLength: 3 }),
    more: fc.constantFrom('', '', '', '7', '42'),
  })
  .map(({ country, dialled, changes, more }) => {
    const digits = (examples[country] ?? '2015550123').split('');
    for (const [at, to] of changes) if (at < digits.length) digits[at] = to;
    return { country, national: dialled + digits.join('') + more };
  });

const spread = (digits: string, separators: readonly string[]): string =>
  digits
    .split('')
    .map((one, at) => one + (separators[at] ?? ''))
    .join('');

const numbers = fc
  .tuple(likely, fc.array(separator, { minLength: 20, maxLength: 20 }))
  .chain(([{ country, national }, separators]) =>
    fc.constantFrom(
      [`+${spread(getCountryCallingCode(country) + national, separators)}`, undefined] as const,
      [spread(national, separators), country] as const,
      [spread(national, separators), 'US'] as const,
      [spread(getCountryCallingCode(country) + national, separators), country] as const,
    ),
  );

it('a number is one where libphonenumber says so', () => {
  let valid = 0;
  fc.assert(
    fc.property(numbers, ([text, country]) => {
      const written = text.replace(/\D+$/, '');
      const expected = parsePhoneNumberFromString(written, country)?.isValid() === true;
      if (expected) valid += 1;
      expect(isPhone(written, written.replaceAll(/\D/g, ''), country)).toBe(expected);
    }),
    { numRuns: 4000 },
  );
  expect(valid).toBeGreaterThan(400);
});

it('a country that is none has no numbers', () => {
  expect(isPhone('201 555 0123', '2015550123', 'XX')).toBe(false);
});
