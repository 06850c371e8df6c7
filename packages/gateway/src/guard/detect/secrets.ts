import {
  CONTEXT,
  isAlphanumeric,
  LONGEST_BLOCK,
  LONGEST_WORD,
  type Detector,
} from '../detector.ts';
import { AT, CALLED, MAKER, type Marks, TOKEN } from '../sieve.ts';
import { keywords, prefixes, type PrefixRule } from './secret-rules.ts';

/** Marks of everything this detector starts from. */
export function addSecrets(marks: Marks): void {
  marks.add('-----begin', TOKEN);
  for (const { prefix } of prefixes) marks.addPrefix(prefix, TOKEN);
  for (const { word } of keywords) marks.add(word, MAKER);
  for (const word of assigned) marks.add(word, CALLED);
}

/** By what they begin with: no prefix is shorter. */
const headAt = (text: string, at: number): number =>
  ((text.charCodeAt(at) << 10) ^ (text.charCodeAt(at + 1) << 5) ^ text.charCodeAt(at + 2)) & 0x7fff;
const byHead: PrefixRule[][] = [];
for (const rule of prefixes) (byHead[headAt(rule.prefix, 0)] ??= []).push(rule);
/** A table of numbers, which is quicker to look into than one of lists. */
const heads = new Uint8Array(0x8000).map((_, head) => (byHead[head] === undefined ? 0 : 1));

/** What people call a secret when they write it down. */
const assigned = [
  'passw',
  'passphrase',
  'pwd',
  'secret',
  'token',
  'api_key',
  'apikey',
  'api-key',
  'access_key',
  'access-key',
  'accesskey',
  'auth_key',
  'auth-key',
  'authkey',
  'credential',
  'private_key',
  'private-key',
  'privatekey',
];
const ASSIGNED =
  /(?:passw(?:or)?d|passphrase|\bpwd|secret(?:[_-]?key)?|[_-]token|\btoken|api[_-]?key|access[_-]?key|auth[_-]?key|credentials?|private[_-]?key)["'`]?\s{0,3}(?:[:=]|:=|=>|\bis\b)\s{0,3}["'`]?/gi;
const VALUE = /[^\s"'`,;<>(){}[\]]{8,200}/y;
const URL_PASSWORD = /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s/:@"']{1,64}:([^\s/@"']{3,128})@/gi;
/** A password that may go on: its last character says nothing of where it ends. */
export const OPEN_SECRET: RegExp = new RegExp(
  `(?:${ASSIGNED.source})[^\\s"'\`,;<>(){}[\\]]{0,200}$|://[^\\s/:@"']{0,64}(?::[^\\s/@"']{0,128})?$`,
  'i',
);
/** No longer, with the word it stands behind. */
export const LONGEST_OPEN = 256;
/** How far behind a maker's name its token may stand. */
const NEAR = 24;
const LONGEST_KEYED = 90;
const PEM = /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/g;

/** Keys and passwords: by the form their maker gave them, or by the word they stand behind. */
export const secrets: Detector = {
  name: 'secret',
  hold: 'block',
  needs: TOKEN | MAKER | CALLED,
  find(text, from, report, seen) {
    const found: [kind: string, start: number, end: number][] = [];
    const add = (kind: string, start: number, end: number) => {
      if (start >= from) found.push([kind, start, end]);
    };
    if ((seen & TOKEN) !== 0) {
      blocks(text, from, add);
      prefixed(text, from, add);
    }
    if ((seen & CALLED) !== 0) called(text, from, add);
    if ((seen & MAKER) !== 0) named(text, from, add);
    let last = 0;
    for (const [kind, start, end] of found.toSorted((a, b) => a[1] - b[1] || b[2] - a[2])) {
      if (start < last) continue;
      report(kind, start, end);
      last = end;
    }
  },
};

type Add = (kind: string, start: number, end: number) => void;

function blocks(text: string, from: number, add: Add): void {
  PEM.lastIndex = from;
  for (let begin = PEM.exec(text); begin !== null; begin = PEM.exec(text)) {
    const start = begin.index;
    const most = Math.min(text.length, start + LONGEST_BLOCK);
    const mark = text.indexOf('-----END ', PEM.lastIndex);
    const close = mark === -1 ? -1 : text.indexOf('-----', mark + 9);
    const end = close === -1 || close + 5 > most ? most : close + 5;
    add('private-key', start, end);
    PEM.lastIndex = end;
  }
}

function prefixed(text: string, from: number, add: Add): void {
  let isBehindWord = isInWord(text.charCodeAt(from - 1));
  for (let at = from; at < text.length; at += 1) {
    const isBegin = !isBehindWord;
    isBehindWord = isInWord(text.charCodeAt(at));
    if (!isBegin) continue;
    const head = headAt(text, at);
    const found = heads[head] === 1 ? tokenAt(text, at, byHead[head] ?? []) : undefined;
    if (found === undefined) continue;
    add(found.kind, at, found.end);
    at = found.end - 1;
    isBehindWord = isInWord(text.charCodeAt(at));
  }
}

const isInWord = (code: number): boolean => isAlphanumeric(code) || code === 0x5f;

function tokenAt(
  text: string,
  at: number,
  rules: readonly PrefixRule[],
): { readonly kind: string; readonly end: number } | undefined {
  for (const { kind, prefix, rest } of rules) {
    if (!text.startsWith(prefix, at)) continue;
    rest.lastIndex = at + prefix.length;
    if (!rest.test(text)) continue;
    const end = Math.min(rest.lastIndex, at + LONGEST_WORD);
    if (entropy(text.slice(at + prefix.length, end)) >= 2.5) return { kind, end };
  }
  return undefined;
}

function called(text: string, from: number, add: Add): void {
  ASSIGNED.lastIndex = Math.max(0, from - CONTEXT);
  for (let word = ASSIGNED.exec(text); word !== null; word = ASSIGNED.exec(text)) {
    VALUE.lastIndex = ASSIGNED.lastIndex;
    if (!VALUE.test(text)) continue;
    const value = text.slice(ASSIGNED.lastIndex, VALUE.lastIndex).replace(/[.!?]+$/, '');
    if (looksSecret(value))
      add('assigned-secret', ASSIGNED.lastIndex, ASSIGNED.lastIndex + value.length);
  }
}

function named(text: string, from: number, add: Add): void {
  const at = Math.max(0, from - CONTEXT);
  const lower = text.toLowerCase();
  for (const { kind, word, value } of keywords) {
    for (let near = lower.indexOf(word, at); near !== -1; near = lower.indexOf(word, near + 1)) {
      const begin = near + word.length;
      const hit = value.exec(text.slice(begin, begin + NEAR + LONGEST_KEYED));
      if (hit === null || hit.index > NEAR) continue;
      if (entropy(hit[0]) >= 3) add(kind, begin + hit.index, begin + hit.index + hit[0].length);
    }
  }
}

/** Passwords inside URLs (RFC 3986, section 3.2.1). */
export const urlPasswords: Detector = {
  name: 'secret',
  hold: 'block',
  needs: AT,
  find(text, from, report) {
    URL_PASSWORD.lastIndex = Math.max(0, from - CONTEXT);
    for (let url = URL_PASSWORD.exec(text); url !== null; url = URL_PASSWORD.exec(text)) {
      const password = url[1] as string;
      const end = url.index + url[0].length - 1;
      const isStandIn = /^[<{$*%[]|^x+$|^pass(?:word)?$|^secret$/i.test(password);
      if (!isStandIn && end - password.length >= from)
        report('url-password', end - password.length, end);
    }
  },
};

/** A value of several kinds of characters, and none of the stand-ins that examples are full of. */
function looksSecret(value: string): boolean {
  if (value.length < 8) return false;
  if (
    /^(?:[$<{%*]|x{3,}|your|my_?|example|change|process\.|env|os\.|null|undefined|none|true|false|required|string|getenv|config)/i.test(
      value,
    )
  )
    return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  const hasDigit = /\d/.test(value);
  if (/^[a-z]+(?:[-_.][a-z]+)*$/i.test(value)) return false;
  return kinds >= 2 && hasDigit && entropy(value) >= 2.8;
}

/** How often each character was seen; all zero between two words. */
const counts = new Uint32Array(0x10000);

/** Shannon's, in bits per character. */
export function entropy(text: string): number {
  for (let at = 0; at < text.length; at += 1) (counts[text.charCodeAt(at)] as number) += 1;
  let bits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const share = (counts[code] as number) / text.length;
    if (share > 0) bits -= share * Math.log2(share);
    counts[code] = 0;
  }
  return bits;
}
