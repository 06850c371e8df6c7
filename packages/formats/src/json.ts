import { FormatError } from './errors.ts';
import type { PromptFormat, ReadOptions } from './format.ts';
import { textOfBody, utf8 } from './text.ts';
import {
  base64Of,
  checkKey,
  Decimal,
  exactNumber,
  isList,
  isRecord,
  MAX_DEPTH,
  NUMBER,
  timeOf,
  tooDeep,
  type Value,
} from './value.ts';

/** JSON (RFC 8259), with every digit of its numbers. */
export const json: PromptFormat = {
  name: 'json',
  mediaTypes: ['application/json', 'text/json'],
  read: (bytes, options) => parseJson(textOfBody(bytes, options.contentType), options),
  write: (value) => ({
    bytes: utf8(stringifyJson(value)),
    contentType: 'application/json; charset=utf-8',
  }),
};

/** Told to a reviver since ECMAScript's "JSON.parse source text access". */
interface Context {
  readonly source?: string;
}

type Reviver = (key: string, value: unknown, context: Context) => unknown;

const parse = JSON.parse as (text: string, reviver: Reviver) => Value;

export function parseJson(text: string, { maxDepth = MAX_DEPTH }: ReadOptions): Value {
  const isDelicate = hasDelicateNumbers(text, maxDepth) || hasDelicateKey(text);
  try {
    if (!isDelicate) return JSON.parse(text) as Value;
    return parse(text, (key, value, { source }) => {
      checkKey(key);
      const isNumber = typeof value === 'number' && source !== undefined && NUMBER.test(source);
      return isNumber ? exactNumber(source) : value;
    });
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    const [, place = ''] = /(at position \d+)/.exec(String(cause)) ?? [];
    throw new FormatError('unreadable', `it is no JSON ${place}`.trimEnd(), { cause });
  }
}

/** The key that is none, as it stands or with its letters told by number. */
const hasDelicateKey = (text: string): boolean =>
  text.includes('__proto__') || text.includes('\\u00');

/** A double has 15 digits whatever they are. */
const SURE_DIGITS = 15;

/**
 * Looks at a text before anything is built of it, for a reader that follows every bracket would run out
 * of stack. True where the engine by itself may read numbers otherwise: of many digits, or with an
 * exponent.
 *
 * @throws {FormatError} `too_deep`
 */
function hasDelicateNumbers(text: string, mostDepth: number): boolean {
  let depth = 0;
  let digits = 0;
  let isDelicate = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) {
      if (++digits > SURE_DIGITS) isDelicate = true;
      continue;
    }
    if (code === POINT) continue;
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_LIST || code === OPEN_RECORD) {
      if (++depth > mostDepth) throw tooDeep();
    } else if (code === CLOSE_LIST || code === CLOSE_RECORD) depth--;
    else if (digits > 0 && (code === SMALL_E || code === LARGE_E)) isDelicate = true;
    digits = 0;
  }
  return isDelicate;
}

const [QUOTE, BACKSLASH, POINT, ZERO, NINE] = [0x22, 0x5c, 0x2e, 0x30, 0x39];
const [OPEN_LIST, CLOSE_LIST, OPEN_RECORD, CLOSE_RECORD] = [0x5b, 0x5d, 0x7b, 0x7d];
const [SMALL_E, LARGE_E] = [0x65, 0x45];

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before--;
  return (at - before) % 2 === 0;
}

const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

export function stringifyJson(value: Value, indent?: number): string {
  return JSON.stringify(plain(value), null, indent);
}

/** As `JSON.stringify` takes it: times and bytes as text, numbers with their digits. */
function plain(value: Value): unknown {
  if (typeof value === 'bigint') return rawJSON(String(value));
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new FormatError('not_expressible', `${value} is no number of JSON`);
  }
  if (value instanceof Decimal) return rawJSON(value.text);
  if (value instanceof Date) return timeOf(value);
  if (value instanceof Uint8Array) return base64Of(value);
  if (isList(value)) return value.map(plain);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
