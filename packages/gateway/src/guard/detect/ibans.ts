import { countrySpecs, isValidIBAN } from 'ibantools';
import { isAlphanumeric, type Detector } from '../detector.ts';
import { DIGITS } from '../sieve.ts';

const BEGINS = /[A-Za-z]{2}\d{2}/g;
/** Country and check digits. */
const HEAD = 4;
/** Between groups of four. */
const SEPARATOR = /[-._/\\*~ \r\n]{1,3}(?=[A-Za-z0-9])/y;

/** Bank accounts: country, length, structure and both checksums as the SWIFT registry has them. */
export const ibans: Detector = {
  name: 'iban',
  hold: 'groups',
  needs: DIGITS,
  find(text, from, report) {
    BEGINS.lastIndex = from;
    while (BEGINS.test(text)) {
      const start = BEGINS.lastIndex - HEAD;
      const end = isAlphanumeric(text.charCodeAt(start - 1)) ? undefined : endOfIban(text, start);
      if (end === undefined) BEGINS.lastIndex = start + 1;
      else {
        report('iban', start, end);
        BEGINS.lastIndex = end;
      }
    }
  },
};

function endOfIban(text: string, start: number): number | undefined {
  const { chars } = countrySpecs[text.slice(start, start + 2).toUpperCase()] ?? {};
  if (typeof chars !== 'number') return undefined;
  let length = 0;
  let hasSmall = false;
  for (let at = start; length < chars && at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isAlphanumeric(code)) {
      length += 1;
      hasSmall ||= code >= 0x61;
    } else {
      // With separators, in capitals: small letters and spaces are a sentence.
      if (hasSmall || length % 4 !== 0) return undefined;
      SEPARATOR.lastIndex = at;
      if (!SEPARATOR.test(text)) return undefined;
      at = SEPARATOR.lastIndex - 1;
    }
    if (length === chars && isAlphanumeric(code)) {
      if (isAlphanumeric(text.charCodeAt(at + 1))) return undefined;
      const written = text.slice(start, at + 1).replaceAll(/[^A-Za-z0-9]/g, '');
      return isValidIBAN(written.toUpperCase()) ? at + 1 : undefined;
    }
  }
  return undefined;
}
