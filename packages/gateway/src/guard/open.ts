import {
  isAlphanumeric,
  LONGEST_BLOCK,
  LONGEST_GROUPS,
  LONGEST_WORD,
  type Hold,
} from './detector.ts';
import { LONGEST_OPEN, OPEN_SECRET } from './detect/secrets.ts';

/**
 * Where, at the earliest, a find may have begun that is not decided while the text goes on. Reads
 * the normal form, backwards from its end.
 */
export function openFrom(text: string, hold: Hold): number {
  switch (hold) {
    case 'word':
      return wordFrom(text);
    case 'groups':
      return groupsFrom(text);
    case 'block':
      return Math.min(secretFrom(text), blockFrom(text));
    default:
      return Math.max(0, text.length - hold);
  }
}

/** No word that is looked for holds one of these. */
const isBoundary = (code: number): boolean =>
  code <= 0x20 || code >= 0x7f || code === 0x22 || code === 0x3c || code === 0x3e || code === 0x60;

function wordFrom(text: string): number {
  const least = Math.max(0, text.length - LONGEST_WORD);
  let at = text.length;
  while (at > least && !isBoundary(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

/** Passwords go on behind characters that end any other word. */
function secretFrom(text: string): number {
  const word = wordFrom(text);
  const before = text.charCodeAt(word - 1);
  if (word === 0 || before <= 0x20 || before === 0x22) return word;
  const tail = Math.max(0, text.length - LONGEST_OPEN);
  const open = OPEN_SECRET.exec(text.slice(tail));
  return open === null ? word : Math.min(word, tail + open.index);
}

/** Groups of digits and capitals with spaces between them: cards, accounts, phone numbers. */
function groupsFrom(text: string): number {
  const word = wordFrom(text);
  const least = Math.max(0, text.length - LONGEST_GROUPS);
  let run = text.length;
  let hasDigit = false;
  while (run > least) {
    const code = text.charCodeAt(run - 1);
    if (code >= 0x30 && code <= 0x39) hasDigit = true;
    else if (code === 0x2b) hasDigit = true;
    else if (!isGroup(code)) break;
    run -= 1;
  }
  // The letters in which the run breaks off belong to no group.
  if (run > least && isAlphanumeric(text.charCodeAt(run - 1))) {
    while (run < text.length && isAlphanumeric(text.charCodeAt(run))) run += 1;
  }
  return hasDigit ? Math.min(word, run) : word;
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d;

/** What stands in groups and between them: all that the patterns of cards and accounts have there. */
const isGroup = (code: number): boolean =>
  isBlank(code) ||
  (code >= 0x28 && code <= 0x2a) ||
  (code >= 0x2d && code <= 0x2f) ||
  (code >= 0x41 && code <= 0x5a) ||
  code === 0x5c ||
  code === 0x5f ||
  code === 0x7e;

const BEGIN = '-----BEGIN ';
const END = '-----END ';

/** A private key that has begun and not ended; longer ones are decided at what is there. */
function blockFrom(text: string): number {
  const begin = text.lastIndexOf(BEGIN);
  if (begin === -1 || text.length - begin > LONGEST_BLOCK) return text.length;
  const end = text.indexOf(END, begin);
  return end !== -1 && text.indexOf('-----', end + END.length) !== -1 ? text.length : begin;
}
