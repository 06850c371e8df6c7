import { countrySpecs } from 'ibantools';
import { isAlphanumeric, isDigit, type Detector } from '../detector.ts';
import { DIGITS } from '../sieve.ts';
import { digitsIn } from './digits.ts';

/**
 * Payment cards: a number of a known issuer, of a length that issuer uses, whose last digit fits
 * (ISO/IEC 7812-1, annex B). In one piece, in groups that one space or hyphen separates, or in the
 * groups that are printed on it, whatever of dots, dashes and lines is between them.
 */
export const cards: Detector = {
  name: 'card',
  hold: 'groups',
  needs: DIGITS,
  find(text, from, report) {
    let next = from;
    for (const at of digitsIn(text, from)) {
      if (at < next || !mayBegin(text, at)) continue;
      const end = endOfCard(text, at) ?? endOfPrinted(text, at);
      if (end === undefined || isInAccount(text, at)) continue;
      report('card', at, end);
      next = end;
    }
  },
};

/** The groups of an account number that is mistyped are no card either. */
function isInAccount(text: string, at: number): boolean {
  if (text.charCodeAt(at - 1) !== 0x20) return false;
  const [, country] = ACCOUNT.exec(text.slice(Math.max(0, at - 40), at)) ?? [];
  return country !== undefined && country in countrySpecs;
}

const ACCOUNT = /(?:^|[^A-Za-z0-9])([A-Z]{2})\d{2}(?: [A-Z0-9]{4})* $/;

const LONGEST = 19;
/** The digits that are being read: one row at a time, and no new one for each. */
const row = new Uint8Array(LONGEST);

function endOfCard(text: string, start: number): number | undefined {
  let length = 0;
  let lengths = 0;
  let end: number | undefined;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) {
      if (length === LONGEST) break;
      row[length] = code - 0x30;
      length += 1;
      if (length === 4) lengths = issued[numberOf(row)] as number;
      if (length >= 4 && lengths >> length === 0) break;
      const isWhole = !isAlphanumeric(text.charCodeAt(at + 1));
      if (isWhole && (lengths & (1 << length)) !== 0 && fits(row, length)) end = at + 1;
    } else if ((code !== 0x20 && code !== 0x2d) || !isDigit(text.charCodeAt(at + 1))) break;
  }
  return end;
}

const numberOf = ([a = 0, b = 0, c = 0, d = 0]: Uint8Array): number =>
  a * 1000 + b * 100 + c * 10 + d;

/**
 * Groups as they are printed, all separated alike, and no further group beside them: a column of
 * numbers is no card.
 */
const PRINTED =
  /(?<!\d[-._/\\*~ \r\n]{1,3})(\d{4})([-._/\\*~ \r\n]{1,3})(?:\d{4}\2\d{4}\2\d{4}(?:\2\d{3})?|\d{6}\2\d{4,5})(?![A-Za-z0-9]|\2\d)/y;

function endOfPrinted(text: string, start: number): number | undefined {
  // Four digits and something between them and the next: looking is cheaper than a pattern.
  if (!isDigit(text.charCodeAt(start + 3)) || isAlphanumeric(text.charCodeAt(start + 4)))
    return undefined;
  PRINTED.lastIndex = start;
  const [whole, , separator = ''] = PRINTED.exec(text) ?? [];
  const digits = whole?.replaceAll(separator, '') ?? '';
  return digits !== '' && endOfCard(digits, 0) === digits.length ? PRINTED.lastIndex : undefined;
}

/** A digit inside a word, a decimal fraction or an id of hexadecimal digits begins no number. */
export function mayBegin(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  if (isAlphanumeric(before) || before === 0x5f) return false;
  const further = text.charCodeAt(at - 2);
  // 0.4111… is a fraction, and a-4111… the end of a UUID.
  if (before === 0x2e) return !isDigit(further);
  return before !== 0x2d || at < 2 || !isAlphanumeric(further) || isDigit(further);
}

const bits = (...lengths: readonly number[]): number =>
  lengths.reduce((all, length) => all | (1 << length), 0);

function lengthsOf(four: number): number {
  const two = Math.trunc(four / 100);
  if (two >= 40 && two < 50) return bits(16, 19);
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return bits(16);
  if (two === 34 || two === 37) return bits(15);
  if (two === 36) return bits(14, 16);
  if (two === 38 || two === 39 || (four >= 3000 && four <= 3059) || four === 3095) {
    return bits(14, 16);
  }
  if (four === 6011 || two === 65 || (four >= 6440 && four <= 6499)) return bits(16, 19);
  if (four >= 3528 && four <= 3589) return bits(16);
  if (two === 62 || two === 81) return bits(16, 17, 18, 19);
  return two === 50 || (two >= 56 && two <= 58) || two === 63 || two === 67 ? bits(16) : 0;
}

/** The lengths that an issuer uses, a bit for each, by the first four digits. */
const issued = new Uint32Array(10_000).map((_, four) => lengthsOf(four));

export const luhn = (digits: string): boolean =>
  fits(Uint8Array.from(digits, Number), digits.length);

/** Sum of digits, every second from the right doubled, modulo 10. */
function fits(digits: Uint8Array, length: number): boolean {
  let sum = 0;
  for (let i = 0; i < length; i += 1) {
    const digit = digits[length - 1 - i] as number;
    const doubled = i % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum > 0 && sum % 10 === 0;
}
