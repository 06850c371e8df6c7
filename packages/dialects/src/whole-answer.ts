/**
 * Looks at a whole answer before it is promised, without parsing it: a 200 is no proof of an answer.
 * Some servers put an error in its body, and some put anything else.
 */
import type { ProviderDialect } from './codec.ts';
import { endOfString } from './scan-values.ts';
import type { Operation } from './wire.ts';
import { wires } from './wires.ts';

/**
 * What a body is: an answer of its dialect, an error told in the place of one, an answer with
 * nothing in it, or none at all.
 */
export type WholeAnswer = 'answer' | 'error' | 'empty' | 'malformed';

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Names that are looked for are shorter. */
const LONGEST_NAME = 32;

/** Linear in the length of the body. What stands inside of its fields is not looked at. */
export function lookAtWhole(
  dialect: ProviderDialect,
  operation: Operation,
  body: Buffer,
): WholeAnswer {
  const { answers, mayBeEmpty = false } = wires[dialect];
  const expected = answers[operation];
  let found: WholeAnswer = expected === undefined ? 'answer' : 'malformed';
  let depth = 0;
  let at = afterSpace(body, 0);
  const isObject = body[at] === OPEN_OBJECT;
  if (!isObject && (expected !== undefined || body[at] !== OPEN_ARRAY)) return 'malformed';

  while (at < body.length) {
    const byte = body[at] as number;
    if (byte === QUOTE) {
      const end = endOfString(body, at);
      if (end === -1) return 'malformed';
      if (depth === IN_CHOICE && isFailedChoice(body, at, end, expected)) return 'error';
      const colon = depth === 1 && isObject ? afterSpace(body, end) : -1;
      if (body[colon] === COLON && end - at <= LONGEST_NAME) {
        const name = body.toString('latin1', at + 1, end - 1);
        const value = afterSpace(body, colon + 1);
        if (name === 'error' && !isNothing(body, value)) return 'error';
        if (expected?.includes(name) === true && found !== 'answer') {
          found = whatIsIn(body, value, { mayBeEmpty, mayBeText: operation !== 'chat' });
        }
      }
      at = end;
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
      // Nothing but numbers: embeddings are large, and hold no bracket until they end.
      if (byte === OPEN_ARRAY && isNumeral(body[at + 1])) at = body.indexOf(CLOSE_ARRAY, at) - 1;
      if (at < 0) return 'malformed';
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
      if (depth === 0) return afterSpace(body, at + 1) === body.length ? found : 'malformed';
    }
    at += 1;
  }
  return 'malformed';
}

/** `{"choices":[{` */
const IN_CHOICE = 3;
const REASON = Buffer.from('"finish_reason"');

/** Whether a choice of a chat says that it ended with an error, as Mistral's and OpenRouter's may. */
function isFailedChoice(
  body: Buffer,
  at: number,
  end: number,
  expected: readonly string[] | undefined,
): boolean {
  if (end - at !== REASON.length || expected?.includes('choices') !== true) return false;
  if (body.compare(REASON, 0, REASON.length, at, end) !== 0) return false;
  const value = afterSpace(body, afterSpace(body, end) + 1);
  return body.toString('latin1', value, value + 7) === '"error"';
}

function whatIsIn(
  body: Buffer,
  value: number,
  { mayBeEmpty, mayBeText }: { readonly mayBeEmpty: boolean; readonly mayBeText: boolean },
): WholeAnswer {
  // A "message" may be that of an error, in words.
  if (isNull(body, value) || (body[value] === QUOTE && !mayBeText)) return 'malformed';
  const isEmpty = body[value] === OPEN_ARRAY && body[afterSpace(body, value + 1)] === CLOSE_ARRAY;
  return isEmpty && !mayBeEmpty ? 'empty' : 'answer';
}

const isNull = (body: Buffer, value: number): boolean =>
  body.toString('latin1', value, value + 4) === 'null';

/** An `error` that says there is none. */
const isNothing = (body: Buffer, value: number): boolean =>
  isNull(body, value) || /^(?:""|false|\{\s*\})/.test(body.toString('latin1', value, value + 8));

const isNumeral = (byte: number | undefined): boolean =>
  byte === 0x2d || (byte !== undefined && byte >= 0x30 && byte <= 0x39);

function afterSpace(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && (body[at] as number) <= 0x20) at += 1;
  return at;
}
