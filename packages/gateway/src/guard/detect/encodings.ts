import { constants, unzipSync } from 'node:zlib';
import { LONGEST_WORD } from '../detector.ts';

/** A word, or a stretch of text, that says something else when it is decoded. */
export interface Encoded {
  readonly encoding: string;
  readonly start: number;
  readonly end: number;
  readonly decoded: string;
}

/**
 * So much is unpacked of one text, of one word, and at least of each: forty characters may hold thirty
 * thousand, and a word that was not read at all would hide behind a few of these.
 */
const MOST_UNPACKED = 64 * 1024;
const MOST_OF_ONE = 16 * 1024;
const LEAST_OF_ONE = 128;
/** No word holds more: `LONGEST_WORD` and a thousandfold (RFC 1951 has no shorter way to say it). */
const MOST_HIDDEN = 2 * 1024 * 1024;
/** So much is made while words are unpacked whole; five hundred that hold all they can would take a second. */
const MOST_MADE = 8 * 1024 * 1024;
/** Of those that come then and hold more than is read, these bytes: what stands first has no shorter way. */
const HEAD_BYTES = 96;

/** What may still be done for one text. */
interface Budget {
  /** Characters that are read of what was unpacked. */
  toRead: number;
  /** Bytes that are unpacked, read or not. */
  toMake: number;
}

const SHORTEST_WORD = 16;
/** What a character may be part of: a word of any encoding, and which of them. */
const IN_WORD = 1;
const IN_HEX = 2;
const IN_BASE32 = 4;
const IN_BASE64 = 8;
const NO_ESCAPE = 16;
const MAY_BEGIN = 32;
const PADDING = 64;
const classes = new Uint8Array(128);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_=%\\-') {
  classes[char.charCodeAt(0)] =
    IN_WORD |
    (/[0-9a-fA-Fx]/.test(char) ? IN_HEX : 0) |
    (/[A-Z2-7=]/.test(char) ? IN_BASE32 : 0) |
    (/[A-Za-z0-9+/_=-]/.test(char) ? IN_BASE64 : 0) |
    (/[%\\]/.test(char) ? 0 : NO_ESCAPE) |
    (/[/+_=-]/.test(char) ? 0 : MAY_BEGIN) |
    (char === '=' ? PADDING : 0);
}

const HEX = /^(?:0x)?(?:[0-9a-fA-F]{2}){8,}$/;
const ESCAPES = /(?:%[0-9a-fA-F]{2}){4,}|(?:\\(?:x|u00)[0-9a-fA-F]{2}){4,}/;
const BASE32 = /^[A-Z2-7]{16,}={0,6}$/;
const BASE64 = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;

/** What was read last: two detectors ask about the same text. */
let last: { readonly text: string; readonly from: number; readonly found: readonly Encoded[] } = {
  text: '',
  from: 0,
  found: [],
};

/** Words in base64 (RFC 4648, sections 4 and 5; packed, too), base32, hexadecimal or percent escapes, decoded. */
export function encodedIn(
  text: string,
  from: number,
  mostUnpacked: number = MOST_UNPACKED,
): readonly Encoded[] {
  if (text !== last.text || from !== last.from)
    last = { text, from, found: wordsIn(text, from, mostUnpacked) };
  return last.found;
}

function wordsIn(text: string, from: number, mostUnpacked: number): Encoded[] {
  const found: Encoded[] = [];
  const budget: Budget = { toRead: mostUnpacked, toMake: MOST_MADE };
  for (let at = from; at < text.length;) {
    let kind = classes[text.charCodeAt(at)] ?? 0;
    // What is encoded in base64 and begins with one of / + - _ is no text.
    if (kind === 0 || (kind & MAY_BEGIN) === 0) {
      at += 1;
      continue;
    }
    // One that is longer than any word is read in parts; behind = another begins, as in `key=word`.
    const start = at;
    let may = 0xff;
    let isOver = false;
    do {
      may &= kind;
      at += 1;
      const isPadding = (kind & PADDING) !== 0;
      kind = classes[text.charCodeAt(at)] ?? 0;
      isOver = kind === 0 || (isPadding && (kind & PADDING) === 0);
    } while (at - start < LONGEST_WORD && !isOver);
    if (at - start < SHORTEST_WORD || !mayBeText(text, start, at, may)) continue;
    for (const [encoding, decoded] of decodings(text.slice(start, at), may, budget)) {
      if (!isReadable(decoded)) continue;
      found.push({ encoding, start, end: at, decoded });
      break;
    }
  }
  return found;
}

/** What a digit of base64, in both of its alphabets, or of hexadecimal stands for. */
const sextets = new Int8Array(128).fill(-1);
const nibbles = new Int8Array(128).fill(-1);
const ALPHABET64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_';
for (const [i, char] of Array.from(ALPHABET64).entries())
  sextets[char.charCodeAt(0)] = i < 64 ? i : i - 2;
for (const char of '0123456789abcdefABCDEF')
  nibbles[char.charCodeAt(0)] = Number.parseInt(char, 16);

const controls = new Uint8Array(256);
for (let code = 0; code < 0x20; code += 1)
  controls[code] = '\t\n\r'.includes(String.fromCharCode(code)) ? 0 : 1;

/** Whether any of the encodings that a word may be of says something else than control characters. */
function mayBeText(text: string, start: number, end: number, may: number): boolean {
  if ((may & NO_ESCAPE) === 0) return true;
  if ((may & IN_BASE32) !== 0) return true;
  if ((may & IN_HEX) !== 0 && mayBeHex(text, start, end)) return true;
  return (may & IN_BASE64) !== 0 && mayBeBase64(text, start, end);
}

/**
 * Ids and hashes are words of base64 too: one in eight of their bytes is a control character, which
 * no text has, and is found much sooner than all of them are decoded.
 */
function mayBeBase64(text: string, start: number, end: number): boolean {
  for (let at = start; at + 4 <= end; at += 4) {
    let group = 0;
    for (let i = at; i < at + 4; i += 1) {
      const sextet = sextets[text.charCodeAt(i)] as number;
      if (sextet === -1) return i >= end - 2;
      group = (group << 6) | sextet;
    }
    const first = group >> 16;
    const second = (group >> 8) & 0xff;
    if (at === start && isPacked(first, second)) return true;
    if (controls[first] === 1 || controls[second] === 1 || controls[group & 0xff] === 1)
      return false;
  }
  return true;
}

function mayBeHex(text: string, start: number, end: number): boolean {
  const from = text.charCodeAt(start + 1) === 0x78 ? start + 2 : start;
  for (let at = from; at + 2 <= end; at += 2) {
    const high = nibbles[text.charCodeAt(at)] as number;
    const low = nibbles[text.charCodeAt(at + 1)] as number;
    if (high === -1 || low === -1 || controls[(high << 4) | low] === 1) return false;
  }
  return true;
}

/** `may` has what all its characters are. */
function* decodings(
  word: string,
  may: number,
  budget: Budget,
): Generator<readonly [encoding: string, decoded: string]> {
  if ((may & NO_ESCAPE) === 0 && ESCAPES.test(word)) yield ['url', unescaped(word)];
  if ((may & IN_HEX) !== 0 && HEX.test(word))
    yield ['hex', Buffer.from(word.replace(/^0x/, ''), 'hex').toString()];
  if ((may & IN_BASE32) !== 0 && BASE32.test(word)) yield ['base32', fromBase32(word)];
  if ((may & IN_BASE64) !== 0 && BASE64.test(word)) {
    const bytes = Buffer.from(word, 'base64');
    yield ['base64', unpacked(bytes, budget)?.toString() ?? bytes.toString()];
  }
}

/** gzip (RFC 1952) and zlib (RFC 1950), as far as they go; undefined for what is neither. */
function unpacked(bytes: Buffer, budget: Budget): Buffer | undefined {
  if (bytes.length < 2 || !isPacked(bytes[0] as number, bytes[1] as number)) return undefined;
  const all =
    budget.toMake > 0
      ? unzipped(bytes, MOST_HIDDEN)
      : (unzipped(bytes, MOST_OF_ONE) ?? unzipped(bytes.subarray(0, HEAD_BYTES), MOST_OF_ONE));
  if (all === undefined) return undefined;
  const read = all.subarray(0, Math.max(LEAST_OF_ONE, Math.min(MOST_OF_ONE, budget.toRead)));
  budget.toMake -= all.length;
  budget.toRead -= read.length;
  return read;
}

/** Undefined for what cannot be unpacked, or holds more. */
function unzipped(bytes: Buffer, maxOutputLength: number): Buffer | undefined {
  try {
    return unzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength });
  } catch {
    return undefined;
  }
}

/** The first two bytes of either. */
const isPacked = (first: number, second: number): boolean =>
  (first === 0x1f && second === 0x8b) || (first === 0x78 && ((first << 8) | second) % 31 === 0);

function unescaped(word: string): string {
  const bytes = word.replaceAll(/(?:%|\\x|\\u00)([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function fromBase32(word: string): string {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const char of word.replaceAll('=', '')) {
    held = ((held << 5) | ALPHABET.indexOf(char)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  return Buffer.from(bytes).toString();
}

/**
 * Text, and not what random bytes look like: no control, nothing that is no UTF-8. A character at
 * either end may be cut, where a word is longer than what is read of it.
 */
export function isReadable(text: string): boolean {
  if (text.length < 8 || !WHOLE.test(text)) return false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return false;
  }
  return true;
}

const WHOLE = /^\ufffd{0,3}[^\ufffd]*\ufffd?$/;
