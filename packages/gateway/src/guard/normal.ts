import type { TextKind } from '@vitalgate/dialects';

/**
 * The one form that detectors read: compatibility forms folded (UAX 15, NFKC), letters of other
 * scripts that look like Latin ones replaced (UTS 39), decimal digits of any script as 0 to 9, and
 * what is invisible left out. The offsets lead back to the text as it was written.
 */
export interface Normal {
  readonly text: string;
  /** Where each unit came from, and one more for the end; undefined when nothing was changed. */
  readonly offsets: Uint32Array | undefined;
}

/**
 * Tag characters are ASCII that nobody sees and models read (Unicode, section 23.9). So many in a row
 * are a text; fewer are part of a flag, or stand between the letters of another word.
 */
const LEAST_TAGS = 8;
const TAGS = 0xe0000;
const isTag = (point: number): boolean => point >= 0xe0020 && point <= 0xe007e;

/** Where a run of tags that says something ends; `start` where it says nothing. */
function endOfTags(text: string, start: number): number {
  let end = start;
  while (end < text.length && isTag(text.codePointAt(end) as number)) end += 2;
  return end - start < 2 * LEAST_TAGS ? start : end;
}

/** What a tag says; the text of a run stands by itself. */
function untagged(text: string, at: number, point: number, end: number): string {
  const isFirst = at < 2 || !isTag(text.codePointAt(at - 2) as number);
  const isLast = at + 2 === end && end < text.length;
  return `${isFirst ? ' ' : ''}${String.fromCharCode(point - TAGS)}${isLast ? ' ' : ''}`;
}

/** Looking is much cheaper than building a second text. Other characters of control show nothing. */
const PLAIN = /^[\t\n\r\x20-\x7e]*$/;

const isPlain = (code: number): boolean =>
  (code >= 0x20 && code < 0x7f) || code === 0x0a || code === 0x09 || code === 0x0d;

export function normalise(text: string, kind: TextKind): Normal {
  const hasEscapes = kind === 'arguments' && text.includes('\\');
  if (!hasEscapes && PLAIN.test(text)) return { text, offsets: undefined };
  const offsets = new Uint32Array(text.length * (LONGEST_FOLD + 1) + 1);
  /** No character of a text without escapes is one. */
  const escape = hasEscapes ? 0x5c : -1;
  let normal = '';
  /** Where the last run of tag characters that says something ends. */
  let tagsEnd = -1;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (isPlain(code) && code !== escape) {
      const start = at;
      const begin = normal.length - start;
      for (let next = code; isPlain(next) && next !== escape;) {
        offsets[begin + at] = at;
        at += 1;
        next = text.charCodeAt(at);
      }
      normal += text.slice(start, at);
      continue;
    }
    let width: number;
    let point: number;
    if (code === escape) ({ code: point, width } = unescape(text, at));
    else {
      point = text.codePointAt(at) as number;
      width = point > 0xffff ? 2 : 1;
    }
    if (at >= tagsEnd && isTag(point)) tagsEnd = endOfTags(text, at);
    const folded = at < tagsEnd ? untagged(text, at, point, tagsEnd) : fold(point);
    offsets.fill(at, normal.length, normal.length + folded.length);
    normal += folded;
    at += width;
    // The space behind the last tag stands behind it.
    if (at === tagsEnd) offsets[normal.length - 1] = folded.endsWith(' ') ? at : at - width;
  }
  offsets[normal.length] = text.length;
  return { text: normal, offsets: offsets.subarray(0, normal.length + 1) };
}

/** Where a place of the normal form stands in the text as it was written. */
export const originalAt = ({ offsets }: Normal, at: number): number => offsets?.[at] ?? at;

/** The first place of the normal form that came from `at` or behind it. */
export function normalAt({ offsets }: Normal, at: number): number {
  if (offsets === undefined) return at;
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How much of a text that goes on can be read: half a character or escape waits for the rest. */
export function readable(text: string, kind: TextKind): number {
  const last = text.charCodeAt(text.length - 1);
  if (last >= 0xd800 && last < 0xdc00) return readable(text.slice(0, -1), kind);
  // Whether they say something is known when there are enough of them.
  let tags = text.length;
  while (tags > 1 && isTag(text.codePointAt(tags - 2) as number)) tags -= 2;
  if (tags < text.length && text.length - tags < 2 * LEAST_TAGS) return tags;
  const slash = kind === 'arguments' ? text.lastIndexOf('\\') : -1;
  if (slash === -1 || text.length - slash >= LONGEST_ESCAPE) return text.length;
  let before = slash;
  while (before > 0 && text[before - 1] === '\\') before -= 1;
  const isEscaped = (slash - before) % 2 === 1;
  const start = isEscaped ? slash - 1 : slash;
  const { width } = unescape(text, start);
  const isHalf = start + (text[start + 1] === 'u' ? Math.max(width, 6) : 2) > text.length;
  // A high surrogate's low one may still come.
  const mayGoOn =
    text[start + 1] === 'u' && /^d[89ab]/i.test(text.slice(start + 2)) && width < LONGEST_ESCAPE;
  return isHalf || mayGoOn ? start : text.length;
}

const LONGEST_ESCAPE = 12;

/** One character may become several (`㎏`); longer ones (U+FDFA) are left as they are. */
const LONGEST_FOLD = 4;

const simple: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

function unescape(text: string, at: number): { code: number; width: number } {
  const next = text[at + 1] ?? '';
  if (next !== 'u') return { code: (simple[next] ?? (next || '\\')).charCodeAt(0), width: 2 };
  const code = Number.parseInt(text.slice(at + 2, at + 6), 16);
  if (Number.isNaN(code)) return { code: 0x75, width: 2 };
  const low = Number.parseInt(text.slice(at + 8, at + 12), 16);
  const isPair = code >= 0xd800 && code < 0xdc00 && text.startsWith('\\u', at + 6);
  return isPair && low >= 0xdc00 && low < 0xe000
    ? { code: (code - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000, width: 12 }
    : { code, width: 6 };
}

const folds = new Map<number, string>();
/** Callers decide which characters there are. */
const MOST_FOLDS = 8192;

function fold(point: number): string {
  let folded = folds.get(point);
  if (folded === undefined) {
    folded = foldOnce(point);
    if (folds.size >= MOST_FOLDS) folds.clear();
    folds.set(point, folded);
  }
  return folded;
}

function foldOnce(point: number): string {
  if (isControl(point) || isInvisible(point) || isOverlay(point)) return '';
  const char = String.fromCodePoint(point);
  const digit = digitOf(point, char);
  if (digit !== undefined) return digit;
  if (dots.has(char)) return '.';
  if (blanks.has(char)) return ' ';
  if ((point >= 0x2010 && point <= 0x2015) || point === 0x2212) return '-';
  const folded = lookAlikes.get(char) ?? char.normalize('NFKC');
  return folded.length > LONGEST_FOLD ? char : folded;
}

/** Strokes through a character, and circles and keys around one. */
const isOverlay = (point: number): boolean =>
  (point >= 0x334 && point <= 0x338) || (point >= 0x20dd && point <= 0x20e4);

/** Characters of control that are no blanks (ISO/IEC 6429). */
const isControl = (point: number): boolean =>
  point < 0x20
    ? point < 0x09 || point > 0x0d
    : point >= 0x7f && point < 0xa0 && point !== NEXT_LINE;
const NEXT_LINE = 0x85;

/** Characters that show nothing: zero widths, directions, tags, variation selectors, fillers. */
export function isInvisible(point: number): boolean {
  return (
    point === 0xad ||
    point === 0x34f ||
    point === 0x61c ||
    (point >= 0x115f && point <= 0x1160) ||
    (point >= 0x17b4 && point <= 0x17b5) ||
    (point >= 0x180b && point <= 0x180f) ||
    (point >= 0x200b && point <= 0x200f) ||
    (point >= 0x202a && point <= 0x202e) ||
    (point >= 0x2060 && point <= 0x206f) ||
    point === 0x3164 ||
    (point >= 0xfe00 && point <= 0xfe0f) ||
    point === 0xfeff ||
    point === 0xffa0 ||
    (point >= 0xfff0 && point <= 0xfffb) ||
    (point >= 0x1bca0 && point <= 0x1bca3) ||
    (point >= 0x1d173 && point <= 0x1d17a) ||
    (point >= 0xe0000 && point <= 0xe0fff)
  );
}

/** Dots that stand between words and groups of digits, in scripts that have others. */
const dots = new Set('·•∙⋅‧・');
/** Lines and blanks that NFKC leaves alone. */
const blanks = new Set('\u000b\u000c\u0085\u1680\u2028\u2029\u2800');

/** First of the rows of 1 to 9 in circles that NFKC leaves alone. */
const circled = [0x24f5, 0x2776, 0x2780, 0x278a];
const noughts = new Set('\u24ff\u{1f10b}\u{1f10c}');

function digitOf(point: number, char: string): string | undefined {
  const row = circled.find((one) => point >= one && point < one + 9);
  if (row !== undefined) return String(point - row + 1);
  if (noughts.has(char)) return '0';
  if (!IS_DIGIT.test(char)) return undefined;
  // Digits of a script stand together, from 0 on (Unicode, section 4.6).
  let zero = point;
  while (IS_DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((point - zero) % 10);
}

const IS_DIGIT = /^\p{Nd}$/u;

/** The commonest of UTS 39's confusables: letters of Cyrillic, Greek and Armenian, and small capitals. */
const lookAlikes = new Map<string, string>(
  [
    'аa еe оo рp сc уy хx іi јj ѕs һh ԁd ԛq ԝw ѵv ӏl АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ЅS ҮY ԌG ԚQ ԜW ѴV',
    'αa οo ρp νv ιi υu κk ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ϹC ͿJ ϲc ɡg ɑa ıi İI',
    'օo հh ոn սu ցg յj զq ՕO ՍU ՏS ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ɪi ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz',
  ]
    .join(' ')
    .split(' ')
    .map((pair) => [pair.slice(0, -1), pair.slice(-1)]),
);
