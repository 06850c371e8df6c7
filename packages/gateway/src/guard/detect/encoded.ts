import type { Detector } from '../detector.ts';
import { encodedIn } from './encodings.ts';

/**
 * What decoded text must look like before its mere presence is reported: words, not an id. Of a word
 * its last two letters: looked for from each of its letters on, a long one took a second.
 */
const WORDS = /[A-Za-z]{2}(?:[ ,.'-]+[A-Za-z]{2}| [A-Za-z])/;

/** Letters moved by thirteen, or mirrored: the commonest words of English give them away. */
const ROT13 = /\b(?:gur|naq|lbh|vtaber|cerivbhf|vafgehpgvbaf|flfgrz|cebzcg|cnffjbeq)\b/gi;
const ATBASH = /\b(?:gsv|zmw|blf|rtmliv|kiverlfh|rmhgifxgrlmh|hbhgvn|kilnkg|kzhhdliw)\b/gi;
const MORSE = /(?:^|\s)(?:[.-]{1,6}(?:[ /]{1,3}|$)){8,40}/g;
const QUOTED_PRINTABLE = /(?:=[0-9A-F]{2}){4,40}/g;
const UU = /^begin [0-7]{3} \S{1,60}\n/gm;
const ASCII85 = /<~[!-uz\s]{10,400}~>/g;

/**
 * Text that is written so that a reader does not see what it says. Word encodings are decoded, so
 * that only what decodes to words is reported; the others by how they look.
 */
export const encoded: Detector = {
  name: 'encoded',
  hold: 200,
  needs: 0,
  find(text, from, report) {
    for (const { encoding, start, end, decoded } of encodedIn(text, from)) {
      if (WORDS.test(decoded)) report(`encoded-${encoding}`, start, end);
    }
    for (const [encoding, form] of shapes) {
      form.lastIndex = from;
      for (let hit = form.exec(text); hit !== null; hit = form.exec(text)) {
        report(`encoded-${encoding}`, hit.index, form.lastIndex);
      }
    }
  },
};

const shapes: readonly (readonly [string, RegExp])[] = [
  ['morse', MORSE],
  ['quoted-printable', QUOTED_PRINTABLE],
  ['uuencode', UU],
  ['ascii85', ASCII85],
];

const cipher = (encoding: string, form: RegExp): Detector => ({
  name: 'encoded',
  hold: 16,
  needs: 0,
  // One such word may be a name.
  threshold: 3,
  find(text, from, report) {
    form.lastIndex = from;
    for (let hit = form.exec(text); hit !== null; hit = form.exec(text)) {
      report(`encoded-${encoding}-${hit[0].toLowerCase()}`, hit.index, form.lastIndex, 1);
    }
  },
});

export const ciphers: readonly Detector[] = [cipher('rot13', ROT13), cipher('atbash', ATBASH)];
