import type { Detector } from '../detector.ts';
import { AT } from '../sieve.ts';

const LONGEST_LOCAL = 64;
/** What a local part may hold, and what of that is no part of an address at its beginning. */
const LOCAL = 1;
const AROUND = 2;
const classes = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) {
  const char = String.fromCharCode(code);
  if (/[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]/.test(char)) classes[code] = LOCAL;
  if (/[.'`/=?{|}*&]/.test(char)) classes[code] = LOCAL | AROUND;
}
const classAt = (text: string, at: number): number => classes[text.charCodeAt(at)] ?? 0;
/** RFC 5321 and 1035, as far as anybody uses them: labels of letters, digits and hyphens. */
const DOMAIN =
  /(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])/y;

/** As it is, and as the query of a URL has it. */
const AT_SIGN = /@|%40/g;

/** E-mail addresses, read outwards from each @ so that no text makes it slow. */
export const emails: Detector = {
  name: 'email',
  hold: 'word',
  needs: AT,
  find(text, from, report) {
    let least = from;
    AT_SIGN.lastIndex = from;
    for (let sign = AT_SIGN.exec(text); sign !== null; sign = AT_SIGN.exec(text)) {
      const at = sign.index;
      let start = at;
      while (start > least && at - start < LONGEST_LOCAL && classAt(text, start - 1) !== 0) {
        start -= 1;
      }
      // Dots and quotes around an address are not part of it.
      while (start < at && classAt(text, start) > LOCAL) start += 1;
      DOMAIN.lastIndex = AT_SIGN.lastIndex;
      if (start === at || text[at - 1] === '.' || !DOMAIN.test(text)) continue;
      report('email', start, DOMAIN.lastIndex);
      least = DOMAIN.lastIndex;
    }
  },
};
