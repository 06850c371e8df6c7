import type { Detector } from '../detector.ts';
import { FOREIGN } from '../sieve.ts';
import { isInvisible } from '../normal.ts';

const EMOJI = /\p{Extended_Pictographic}|\p{Emoji_Component}/u;
const CURSIVE =
  /\p{Script=Arabic}|\p{Script=Devanagari}|\p{Script=Bengali}|\p{Script=Gurmukhi}|\p{Script=Gujarati}|\p{Script=Oriya}|\p{Script=Tamil}|\p{Script=Telugu}|\p{Script=Kannada}|\p{Script=Malayalam}|\p{Script=Sinhala}|\p{Script=Khmer}|\p{Script=Mongolian}|\p{Script=Syriac}/u;

const kindOf = (point: number): string => {
  if (point >= 0xe0000 && point <= 0xe0fff) return 'tag-character';
  const isDirection = (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
  return isDirection ? 'bidi-control' : 'invisible-character';
};

/**
 * Characters that a reader does not see and a model reads: tags (which spell whole sentences),
 * changes of direction (UAX 9; the "Trojan Source" paper), zero widths and fillers. Joiners and
 * selectors inside emoji, flags of regions and scripts that are written with them are left alone.
 */
export const invisible: Detector = {
  name: 'invisible',
  hold: 2,
  needs: FOREIGN,
  isLiteral: true,
  find(text, from, report) {
    for (let at = from; at < text.length;) {
      const point = text.codePointAt(at) as number;
      const width = point > 0xffff ? 2 : 1;
      if (!isInvisible(point) || isMeant(text, at, point, width)) {
        at += width;
        continue;
      }
      const kind = kindOf(point);
      let end = at + width;
      for (let next = text.codePointAt(end); next !== undefined && isInvisible(next);) {
        if (kindOf(next) !== kind || isMeant(text, end, next, next > 0xffff ? 2 : 1)) break;
        end += next > 0xffff ? 2 : 1;
        next = text.codePointAt(end);
      }
      report(kind, at, end);
      at = end;
    }
  },
};

function isMeant(text: string, at: number, point: number, width: number): boolean {
  const before = at === 0 ? '' : String.fromCodePoint(pointBefore(text, at));
  const after = text.codePointAt(at + width);
  const next = after === undefined ? '' : String.fromCodePoint(after);
  // A byte order mark may open a text; elsewhere it is a zero width.
  if (point === 0xfeff) return at === 0;
  if (point === 0xad) return /\p{L}/u.test(before) && /\p{L}/u.test(next);
  if (point >= 0xfe00 && point <= 0xfe0f)
    return EMOJI.test(before) || /[\p{So}\p{Sm}\p{Script=Han}]/u.test(before);
  if (point === 0x200d)
    return (
      EMOJI.test(before) || (CURSIVE.test(before) && (next === '' || !/[\x00-\x7f]/.test(next)))
    );
  if (point === 0x200c) return CURSIVE.test(before);
  if (point >= 0x180b && point <= 0x180e) return CURSIVE.test(before);
  if (point === 0x61c || point === 0x200e || point === 0x200f)
    return /[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(text.slice(Math.max(0, at - 16), at + 16));
  // Flags of regions: a black flag, tags, and the tag that ends them (UTS 51, annex C).
  if (point >= 0xe0020 && point <= 0xe007f) return isRegionFlag(text, at);
  return false;
}

function pointBefore(text: string, at: number): number {
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low < 0xe000 && at > 1 ? (text.codePointAt(at - 2) as number) : low;
}

/** 🏴 is two units, and a region has at most six tags before the one that ends them. */
function isRegionFlag(text: string, at: number): boolean {
  const flag = text.lastIndexOf('\u{1f3f4}', at);
  if (flag === -1 || at - flag > 14) return false;
  return /^\u{1f3f4}[\u{e0061}-\u{e007a}\u{e0030}-\u{e0039}]{4,6}\u{e007f}/u.test(
    text.slice(flag, flag + 18),
  );
}
