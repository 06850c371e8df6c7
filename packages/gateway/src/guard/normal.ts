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

/** Looking is much cheaper than building a second text. */
// eslint-disable-next-line no-control-regex
const PLAIN = /^[\x00-\x7f]*$/;

export function normalise(text: string, kind: TextKind): Normal {
  const hasEscapes = kind === 'arguments' && text.includes('\\');
  if (!hasEscapes && PLAIN.test(text)) return { text, offsets: undefined };
  const offsets = new Uint32Array(text.length * LONGEST_FOLD + 1);
  let normal = '';
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    let width = 1;
    let folded: string;
    if (hasEscapes && code === 0x5c) {
      const escape = unescape(text, at);
      ({ width } = escape);
      folded = fold(escape.code);
    } else if (code < 0x80) {
      folded = text[at] as string;
    } else {
      const point = text.codePointAt(at) as number;
      width = point > 0xffff ? 2 : 1;
      folded = fold(point);
    }
    offsets.fill(at, normal.length, normal.length + folded.length);
    normal += folded;
    at += width;
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
  if (last >= 0xd800 && last < 0xdc00) return text.length - 1;
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
  if (isInvisible(point)) return '';
  const char = String.fromCodePoint(point);
  const digit = digitOf(point, char);
  if (digit !== undefined) return digit;
  if ((point >= 0x2010 && point <= 0x2015) || point === 0x2212) return '-';
  const folded = lookAlikes.get(char) ?? char.normalize('NFKC');
  return folded.length > LONGEST_FOLD ? char : folded;
}

/** Characters that show nothing: zero widths, directions, tags, variation selectors, fillers. */
export function isInvisible(point: number): boolean {
  return (
    point === 0xad ||
    point === 0x34f ||
    point === 0x61c ||
    (point >= 0x115f && point <= 0x1160) ||
    (point >= 0x17b4 && point <= 0x17b5) ||
    (point >= 0x180b && point <= 0x180e) ||
    (point >= 0x200b && point <= 0x200f) ||
    (point >= 0x202a && point <= 0x202e) ||
    (point >= 0x2060 && point <= 0x206f) ||
    point === 0x3164 ||
    (point >= 0xfe00 && point <= 0xfe0f) ||
    point === 0xfeff ||
    point === 0xffa0 ||
    (point >= 0xe0000 && point <= 0xe0fff)
  );
}

/** First digits of the decimal systems that NFKC leaves alone (Unicode, general category Nd). */
const zeros = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
  0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810,
];

function digitOf(point: number, char: string): string | undefined {
  if (!/^\p{Nd}$/u.test(char)) return undefined;
  const zero = zeros.find((first) => point >= first && point <= first + 9);
  return zero === undefined ? undefined : String(point - zero);
}

/** The commonest of UTS 39's confusables: letters of Cyrillic and Greek, and small capitals. */
const lookAlikes = new Map<string, string>(
  [
    'аa еe оo рp сc уy хx іi јj ѕs һh ԁd ԛq ԝw ѵv ӏl АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ЅS ҮY ԌG',
    'αa οo ρp νv ιi υu κk ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ɡg ɑa ıi',
  ]
    .join(' ')
    .split(' ')
    .map((pair) => [pair.slice(0, -1), pair.slice(-1)]),
);
