import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/min';
import { isAlphanumeric, isDigit, type Detector } from '../detector.ts';
import { DIGITS } from '../sieve.ts';

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
      for (let at = from; at < text.length;) {
        const end = mayBegin(text, at) ? endOfPhone(text, at, countries) : undefined;
        if (end !== undefined) report('phone', at, end);
        at = end ?? at + 1;
      }
    },
  };
}

function mayBegin(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  const isInternational = code === 0x2b;
  if (!isInternational && code !== 0x28 && !isDigit(code)) return false;
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  // A part of a longer number, of a fraction, of an id or of an address is no phone number.
  return (
    !isAlphanumeric(before) && !'.-+_/@#$'.includes(text[at - 1] as string) && !isTail(text, at)
  );
}

/** The groups before belong to the same row of digits. */
const isTail = (text: string, at: number): boolean =>
  text.charCodeAt(at) !== 0x2b && text[at - 1] === ' ' && isDigit(text.charCodeAt(at - 2));

function endOfPhone(text: string, start: number, countries: readonly string[]): number | undefined {
  const isInternational = text[start] === '+' || text.startsWith('00', start);
  let digits = 0;
  let separators = 0;
  const ends: number[] = [];
  for (let at = start; at < text.length && at - start < LONGEST; at += 1) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) {
      digits += 1;
      if (digits > MOST_DIGITS + 2) break;
      const after = text.charCodeAt(at + 1);
      if (digits >= LEAST_DIGITS && !isAlphanumeric(after)) ends.push(at + 1);
    } else if (at === start && (code === 0x2b || code === 0x28)) continue;
    else if (!' ()./-'.includes(text[at] as string)) break;
    else separators += 1;
  }
  for (const end of ends.toReversed().slice(0, MOST_TRIED)) {
    // A fraction or a date goes on behind a point or slash.
    if (/[./-]/.test(text[end] ?? '') && isDigit(text.charCodeAt(end + 1))) continue;
    const written = text.slice(start, end);
    if (isInternational) {
      if (isPhone(written.replace(/^00/, '+'), undefined)) return end;
      continue;
    }
    const hasForm = separators > 0 && /[ ()-]/.test(written) && !isOther(written);
    if (hasForm && countries.some((country) => isPhone(written, country as CountryCode)))
      return end;
  }
  return undefined;
}

const isPhone = (written: string, country: CountryCode | undefined): boolean =>
  parsePhoneNumberFromString(written, country)?.isValid() === true;

/** A date, or an address of the Internet. */
const isOther = (written: string): boolean =>
  /^\(?\d{1,3}(?:\.\d{1,3}){3}/.test(written) ||
  /^\(?\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}/.test(written);
