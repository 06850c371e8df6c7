import { isValidIBAN } from 'ibantools';
import { isAlphanumeric, type Detector } from '../detector.ts';
import { DIGITS } from '../sieve.ts';

/** Shortest is Norway's, longest Malta's and Saint Lucia's (ISO 13616-1, SWIFT registry). */
const SHORTEST = 15;
const LONGEST = 34;
const BEGINS = /[A-Za-z]{2}\d{2}[A-Za-z0-9 ]/g;

/** Bank accounts: country, length, structure and both checksums as the SWIFT registry has them. */
export const ibans: Detector = {
  name: 'iban',
  hold: 'groups',
  needs: DIGITS,
  find(text, from, report) {
    BEGINS.lastIndex = from;
    for (let begin = BEGINS.exec(text); begin !== null; begin = BEGINS.exec(text)) {
      const start = begin.index;
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
  let written = '';
  let valid: number | undefined;
  for (let at = start; written.length < LONGEST && at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isAlphanumeric(code)) {
      written += text[at];
      const isWhole = !isAlphanumeric(text.charCodeAt(at + 1));
      if (isWhole && written.length >= SHORTEST && isValidIBAN(written.toUpperCase()))
        valid = at + 1;
    } else if (
      (code !== 0x20 && code !== 0x2d) ||
      // With spaces, in capitals: small letters and spaces are a sentence.
      /[a-z]/.test(written) ||
      !isAlphanumeric(text.charCodeAt(at + 1)) ||
      written.length % 4 !== 0
    ) {
      break;
    }
  }
  return valid;
}
