import { LONGEST_WORD } from '../detector.ts';

/** A word, or a stretch of text, that says something else when it is decoded. */
export interface Encoded {
  readonly encoding: string;
  readonly start: number;
  readonly end: number;
  readonly decoded: string;
}

/** Nothing longer than this is decoded from one text, whatever it holds. */
const MOST_DECODED = 64 * 1024;

const SHORTEST_WORD = 16;
/** Characters of words in any of the encodings. */
const IN_WORD = new Uint8Array(128);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_=%\\-') {
  IN_WORD[char.charCodeAt(0)] = 1;
}

const HEX = /^(?:0x)?(?:[0-9a-fA-F]{2}){8,}$/;
const ESCAPES = /(?:%[0-9a-fA-F]{2}){4,}|(?:\\x[0-9a-fA-F]{2}){4,}/;
const BASE32 = /^[A-Z2-7]{16,}={0,6}$/;
const BASE64 = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;

/** Words in base64 (RFC 4648, sections 4 and 5), base32, hexadecimal or percent escapes, decoded. */
export function encodedIn(text: string, from: number): Encoded[] {
  const found: Encoded[] = [];
  let budget = MOST_DECODED;
  for (let at = from; at < text.length && budget > 0;) {
    if (IN_WORD[text.charCodeAt(at)] !== 1) {
      at += 1;
      continue;
    }
    // One that is longer than any word is read in parts.
    const start = at;
    while (at - start < LONGEST_WORD && IN_WORD[text.charCodeAt(at)] === 1) at += 1;
    if (at - start < SHORTEST_WORD) continue;
    for (const [encoding, decoded] of decodings(text.slice(start, at))) {
      budget -= decoded.length;
      if (!isReadable(decoded)) continue;
      found.push({ encoding, start, end: at, decoded });
      break;
    }
  }
  return found;
}

function* decodings(word: string): Generator<[encoding: string, decoded: string]> {
  if (word.length > LONGEST_WORD) return;
  if (ESCAPES.test(word)) yield ['url', unescaped(word)];
  if (HEX.test(word)) yield ['hex', Buffer.from(word.replace(/^0x/, ''), 'hex').toString()];
  if (BASE32.test(word)) yield ['base32', fromBase32(word)];
  if (BASE64.test(word)) yield ['base64', Buffer.from(word, 'base64').toString()];
}

function unescaped(word: string): string {
  const bytes = word.replaceAll(/(?:%|\\x)([0-9a-fA-F]{2})/g, (_, hex: string) =>
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

/** Text, and not what random bytes look like: hardly any control, nothing that is no UTF-8. */
export function isReadable(text: string): boolean {
  if (text.length < 8 || text.includes('\ufffd')) return false;
  let plain = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return false;
    if ((code >= 0x20 && code < 0x7f) || code === 0x0a) plain += 1;
  }
  return plain / text.length > 0.7;
}
