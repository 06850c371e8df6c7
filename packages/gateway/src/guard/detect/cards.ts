import { countrySpecs } from 'ibantools';
import { isAlphanumeric, isDigit, type Detector } from '../detector.ts';
import { DIGITS } from '../sieve.ts';

/**
 * Payment cards: a number of a known issuer, of a length that issuer uses, whose last digit fits
 * (ISO/IEC 7812-1, annex B). In one piece or in groups that one space or hyphen separates.
 */
export const cards: Detector = {
  name: 'card',
  hold: 'groups',
  needs: DIGITS,
  find(text, from, report) {
    for (let at = from; at < text.length; at += 1) {
      if (!isDigit(text.charCodeAt(at)) || !mayBegin(text, at)) continue;
      if (isInAccount(text, at)) continue;
      const end = endOfCard(text, at);
      if (end === undefined) continue;
      report('card', at, end);
      at = end - 1;
    }
  },
};

/** The groups of an account number that is mistyped are no card either. */
function isInAccount(text: string, at: number): boolean {
  const [, country] = ACCOUNT.exec(text.slice(Math.max(0, at - 40), at)) ?? [];
  return country !== undefined && country in countrySpecs;
}

const ACCOUNT = /(?:^|[^A-Za-z0-9])([A-Z]{2})\d{2}(?: [A-Z0-9]{4})* $/;

const LONGEST = 19;

function endOfCard(text: string, start: number): number | undefined {
  let digits = '';
  let end: number | undefined;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) {
      digits += text[at];
      if (digits.length > LONGEST) break;
      const isWhole = !isAlphanumeric(text.charCodeAt(at + 1));
      if (isWhole && isIssued(digits) && luhn(digits)) end = at + 1;
    } else if ((code !== 0x20 && code !== 0x2d) || !isDigit(text.charCodeAt(at + 1))) break;
  }
  return end;
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

function isIssued(digits: string): boolean {
  const { length } = digits;
  const two = Number(digits.slice(0, 2));
  const four = Number(digits.slice(0, 4));
  if (digits.startsWith('4')) return length === 16 || length === 19;
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16;
  if (two === 34 || two === 37) return length === 15;
  if (two === 36) return length === 14 || length === 16;
  if (two === 38 || two === 39 || (four >= 3000 && four <= 3059) || four === 3095) {
    return length === 14 || length === 16;
  }
  if (four === 6011 || two === 65 || (four >= 6440 && four <= 6499))
    return length === 16 || length === 19;
  if (four >= 3528 && four <= 3589) return length === 16;
  if (two === 62 || two === 81) return length >= 16;
  return (two === 50 || (two >= 56 && two <= 58) || two === 63 || two === 67) && length === 16;
}

/** Sum of digits, every second from the right doubled, modulo 10. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 0x30;
    const doubled = i % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0 && /[1-9]/.test(digits);
}
