import { isAlphanumeric, isDigit, type Detector } from '../detector.ts';
import { DIGITS } from '../sieve.ts';
import { digitsIn } from './digits.ts';
import { isPhone } from './numbering-plans.ts';

/** ITU-T E.164: at most fifteen digits, country included; written, with separators, about twice that. */
const MOST_DIGITS = 15;
const LEAST_DIGITS = 7;
const LONGEST = 32;
/** Places where one number may end. */
const MOST_TRIED = 3;

/**
 * Phone numbers that exist in the numbering plan of their country: international ones (`+49 …`,
 * `0049 …`) anywhere, national ones of the configured countries when they are written with
 * separators, since a plain row of digits may be anything.
 */
export function phones(countries: readonly string[]): Detector {
  return {
    name: 'phone',
    hold: 'groups',
    needs: DIGITS,
    find(text, from, report) {
      let next = from;
      for (const digit of digitsIn(text, from)) {
        for (let at = beginning(text, digit, next); at <= digit; at += 1) {
          const end = mayBegin(text, at) ? endOfPhone(text, at, countries) : undefined;
          if (end === undefined) continue;
          report('phone', at, end);
          next = end;
          break;
        }
      }
    },
  };
}

/** The first place from which nothing but separators leads to a digit. */
function beginning(text: string, digit: number, from: number): number {
  const least = Math.max(from, digit - LONGEST);
  let at = Math.max(digit, from);
  while (at > least && isBetween(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

/** One of ` ()./-` or a plus sign. */
const isBetween = (code: number): boolean =>
  code === 0x20 ||
  code === 0x28 ||
  code === 0x29 ||
  (code >= 0x2b && code <= 0x2f && code !== 0x2c);

function mayBegin(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  const isInternational = code === 0x2b;
  if (!isInternational && code !== 0x28 && !isDigit(code)) return false;
  // A bracket by itself: a stream has let it go before the number comes.
  if (code === 0x28 && text.charCodeAt(at + 1) === 0x20) return false;
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  // A part of a longer number, of a fraction, of an id or of an address is no phone number.
  return !isAlphanumeric(before) && !parts.has(before) && !isTail(text, at);
}

const parts: ReadonlySet<number> = new Set(Buffer.from('.-+_/@#$'));

/** The groups before belong to the same row of digits. */
const isTail = (text: string, at: number): boolean =>
  text.charCodeAt(at) !== 0x2b && text[at - 1] === ' ' && isDigit(text.charCodeAt(at - 2));

function endOfPhone(text: string, start: number, countries: readonly string[]): number | undefined {
  const isPlus = text.charCodeAt(start) === 0x2b;
  const isInternational = isPlus || text.startsWith('00', start);
  let digits = 0;
  let separators = 0;
  let ends: number[] | undefined;
  for (let at = start; at < text.length && at - start < LONGEST; at += 1) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) {
      digits += 1;
      if (digits > MOST_DIGITS + 2) break;
      if (digits < LEAST_DIGITS || isAlphanumeric(text.charCodeAt(at + 1))) continue;
      ends ??= [];
      ends.push(at + 1);
      if (ends.length > MOST_TRIED) ends.shift();
    } else if (at === start) continue;
    else if (!isBetween(code) || code === 0x2b) break;
    else separators += 1;
  }
  if (!isInternational && separators === 0) return undefined;
  for (let i = (ends?.length ?? 0) - 1; i >= 0; i -= 1) {
    const end = ends?.[i] ?? 0;
    // A fraction or a date goes on behind a point or slash.
    if (isDigit(text.charCodeAt(end + 1)) && /[./-]/.test(text[end] ?? '')) continue;
    const written = text.slice(start, end);
    if (!isInternational && (!/[ ()-]/.test(written) || isOther(written))) continue;
    const all = digitsOf(written);
    if (isInternational) {
      if (
        isPhone(isPlus ? written : `+${written.slice(2)}`, isPlus ? all : all.slice(2), undefined)
      )
        return end;
    } else if (countries.some((country) => isPhone(written, all, country))) return end;
  }
  return undefined;
}

function digitsOf(written: string): string {
  let digits = '';
  for (let at = 0; at < written.length; at += 1) {
    if (isDigit(written.charCodeAt(at))) digits += written[at];
  }
  return digits;
}

/** A date, or an address of the Internet. */
const isOther = (written: string): boolean =>
  /^\(?\d{1,3}(?:\.\d{1,3}){3}/.test(written) ||
  /^\(?\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}/.test(written);
