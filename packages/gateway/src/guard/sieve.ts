import { isAlphanumeric } from './detector.ts';

/**
 * Says in one pass over the bytes what a text cannot hold, so that most texts are never read again.
 * It may see what is not there, and never misses what is: what it cannot judge is a reason to look.
 */
export const DIGITS = 1;
export const AT = 2;
/** A byte that is not ASCII, or of control: only the normal form tells what it stands for. */
export const FOREIGN = 4;
/** The beginning of a token, or of a private key. */
export const TOKEN = 8;
/** A word so long that it may be an encoding. */
export const LONG = 16;
export const SIGNAL = 32;
/** An escape that may hide any character. */
export const ESCAPED = 64;
/** The name of a maker of tokens that have no form of their own. */
export const MAKER = 128;
/** What people call a secret. */
export const CALLED = 256;

/** Digits that stand together, with no more than three bytes between one and the next. */
const LEAST_DIGITS = 6;
const BETWEEN = 3;
/** Shorter than any encoding of something that is looked for. */
const LEAST_LONG = 16;

const BACKSLASH = 0x5c;

const NONE = 0;
const IS_DIGIT = 1;
const IS_AT = 2;
const IS_FOREIGN = 3;
const IS_SPACE = 4;
const IS_BACKSLASH = 5;
const IS_BREAK = 6;

const classes = new Uint8Array(256).fill(NONE);
for (let byte = 0x30; byte <= 0x39; byte += 1) classes[byte] = IS_DIGIT;
for (let byte = 0; byte <= 0x20; byte += 1) classes[byte] = IS_SPACE;
for (const char of '!"#$&\'()*,.:;<>?[]^`{|}~') classes[char.charCodeAt(0)] = IS_BREAK;
for (let byte = 0x7f; byte <= 0xff; byte += 1) classes[byte] = IS_FOREIGN;
// Characters of control show nothing, and stand inside of words.
for (let byte = 0; byte < 0x20; byte += 1)
  if (byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) classes[byte] = IS_FOREIGN;
classes[0x40] = IS_AT;
classes[0x5c] = IS_BACKSLASH;

/** What stands behind the backslash of an escape that ends a word (RFC 8259, section 7). */
const breaks = new Uint8Array(256);
for (const char of '"bfnrt') breaks[char.charCodeAt(0)] = 1;

const lower = new Uint8Array(256).map((_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
);

/** A byte in lower case, and its class above that: one look tells both. */
const table = new Uint16Array(256).map(
  (_, byte) => (lower[byte] as number) | ((classes[byte] as number) << 8),
);

/** What a token is made of. */
const ofTokens = new Uint8Array(256);
for (let byte = 0x2b; byte < 0x7f; byte += 1) {
  ofTokens[byte] = /[A-Za-z0-9+/=_.-]/.test(String.fromCharCode(byte)) ? 1 : 0;
}
/** No token has fewer characters behind its prefix. */
const LEAST_TOKEN = 8;

const SLOTS = 1 << 15;

interface Word {
  readonly lower: Buffer;
  readonly mark: number;
  /** As it is written, where it counts only before a token. */
  readonly prefix: Buffer | undefined;
}

/** Words that are looked for, found by their first three letters and then compared. */
export class Marks {
  readonly #slots = new Uint8Array(SLOTS);
  readonly #words: (Word[] | undefined)[] = Array.from({ length: SLOTS });

  /** A word of at least three ASCII characters; case does not count. */
  add(text: string, mark: number): void {
    this.#add({ lower: Buffer.from(text.toLowerCase()), mark, prefix: undefined });
  }

  /** What a token begins with. "pat" and "bot" are in every other sentence, and begin none there. */
  addPrefix(text: string, mark: number): void {
    this.#add({ lower: Buffer.from(text.toLowerCase()), mark, prefix: Buffer.from(text) });
  }

  #add(word: Word): void {
    const [a = 0, b = 0, c = 0] = word.lower;
    const slot = ((a << 10) ^ (b << 5) ^ c) & (SLOTS - 1);
    this.#slots[slot] = 1;
    (this.#words[slot] ??= []).push(word);
  }

  /** What the text in these bytes, plain or inside a JSON string, may hold. */
  sift(bytes: Buffer, start: number, end: number): number {
    const slots = this.#slots;
    let seen = 0;
    let digits = 0;
    let lastDigit = -9;
    let wordAt = start;
    let gram = 0;
    for (let at = start; at < end; at += 1) {
      const entry = table[bytes[at] as number] as number;
      gram = ((gram << 5) ^ (entry & 0xff)) & (SLOTS - 1);
      if (slots[gram] === 1) seen |= this.#compare(gram, bytes, at - 2, start, end);
      if (entry < 0x100) continue;
      const kind = entry >> 8;
      if (kind === IS_DIGIT) {
        digits = at - lastDigit <= BETWEEN + 1 ? digits + 1 : 1;
        lastDigit = at;
        if (digits >= LEAST_DIGITS || (digits === 4 && isPan(bytes, at))) seen |= DIGITS;
      } else if (kind === IS_BACKSLASH) {
        const next = bytes[at + 1];
        if (next === 0x75 || next === 0x2f || next === 0x62) seen |= ESCAPED;
        // `\x41` and `\u0041` are encodings, in a string of JSON or not; behind a line feed another
        // word begins.
        const isBreak = next !== undefined && breaks[next] === 1 && bytes[at - 1] !== BACKSLASH;
        if (isBreak) wordAt = at + 2;
      } else {
        if (kind === IS_FOREIGN) seen |= FOREIGN;
        else if (kind === IS_AT) seen |= AT;
        if (at - wordAt >= LEAST_LONG) seen |= LONG;
        wordAt = at + 1;
      }
    }
    if (end - wordAt >= LEAST_LONG) seen |= LONG;
    return seen;
  }

  #compare(slot: number, bytes: Buffer, at: number, start: number, end: number): number {
    let seen = 0;
    const words = this.#words[slot] as Word[];
    for (let i = 0; i < words.length; i += 1) {
      const { lower: word, mark, prefix } = words[i] as Word;
      if (at + word.length > end) continue;
      let same = 0;
      while (same < word.length && lower[bytes[at + same] as number] === word[same]) same += 1;
      if (same < word.length) continue;
      if (prefix === undefined || isBeforeToken(prefix, bytes, at, start, end)) seen |= mark;
    }
    return seen;
  }
}

/** Whether this may be the fourth digit of an Indian PAN: of all numbers it alone has so few. */
function isPan(bytes: Buffer, at: number): boolean {
  for (let back = 1; back < 4; back += 1) if (!isDigitByte(bytes[at - back])) return false;
  for (let back = 4; back < 9; back += 1) if (!isLetterByte(bytes[at - back])) return false;
  return isLetterByte(bytes[at + 1]);
}

const isDigitByte = (byte = 0): boolean => classes[byte] === IS_DIGIT;
const isLetterByte = (byte = 0): boolean => isAlphanumeric(byte) && !isDigitByte(byte);

/** Whether a token may begin here. What stands before it may be the letter of an escape. */
function isBeforeToken(
  prefix: Buffer,
  bytes: Buffer,
  at: number,
  start: number,
  end: number,
): boolean {
  const rest = at + prefix.length;
  if (rest + LEAST_TOKEN > end || at < start) return false;
  for (let next = rest; next < rest + LEAST_TOKEN; next += 1) {
    if (ofTokens[bytes[next] as number] === 0) return false;
  }
  for (let i = 0; i < prefix.length; i += 1) if (bytes[at + i] !== prefix[i]) return false;
  if (at === start) return true;
  const before = bytes[at - 1] as number;
  return !(isAlphanumeric(before) || before === 0x5f) || bytes[at - 2] === BACKSLASH;
}
