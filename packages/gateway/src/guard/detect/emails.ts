import type { Detector } from '../detector.ts';
import { AT } from '../sieve.ts';

const LONGEST_LOCAL = 64;
const LOCAL = /[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]/;
/** RFC 5321 and 1035, as far as anybody uses them: labels of letters, digits and hyphens. */
const DOMAIN =
  /(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])/y;

/** E-mail addresses, read outwards from each @ so that no text makes it slow. */
export const emails: Detector = {
  name: 'email',
  hold: 'word',
  needs: AT,
  find(text, from, report) {
    let least = from;
    for (let at = text.indexOf('@', from); at !== -1; at = text.indexOf('@', at + 1)) {
      let start = at;
      while (start > least && at - start < LONGEST_LOCAL && LOCAL.test(text[start - 1] as string)) {
        start -= 1;
      }
      // Dots and quotes around an address are not part of it.
      while (start < at && /[.'`/=?{|}*&]/.test(text[start] as string)) start += 1;
      DOMAIN.lastIndex = at + 1;
      if (start === at || text[at - 1] === '.' || !DOMAIN.test(text)) continue;
      report('email', start, DOMAIN.lastIndex);
      least = DOMAIN.lastIndex;
    }
  },
};
