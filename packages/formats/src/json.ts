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

/**
 * What the engine by itself may read otherwise: numbers of more than 15 digits or of a large exponent,
 * and the key that is none. Texts that look like it are only read more slowly.
 */
const DELICATE = /\d{16}|[\d.]{17}|\d[eE][+-]?\d\d|__proto__|\\u00/;

/** Told to a reviver since ECMAScript's "JSON.parse source text access". */
interface Context {
  readonly source?: string;
}

type Reviver = (key: string, value: unknown, context: Context) => unknown;

const parse = JSON.parse as (text: string, reviver: Reviver) => Value;

export function parseJson(text: string, { maxDepth = MAX_DEPTH }: ReadOptions): Value {
  checkDepth(text, maxDepth);
  try {
    if (!DELICATE.test(text)) return JSON.parse(text) as Value;
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

/** Before anything is built: a reader that follows every bracket would run out of stack. */
function checkDepth(text: string, most: number): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_LIST:
      case OPEN_RECORD:
        if (++depth > most) throw tooDeep();
        break;
      case CLOSE_LIST:
      case CLOSE_RECORD:
        depth--;
        break;
    }
  }
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_RECORD, CLOSE_RECORD] = [0x5b, 0x5d, 0x7b, 0x7d];

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return text.length;
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
