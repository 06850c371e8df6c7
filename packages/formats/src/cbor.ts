import { decode, encode, Tokenizer, type Token } from 'cborg';
import {
  dateEncoder,
  structBigIntEncoder,
  TAG_BIGINT_NEG,
  TAG_BIGINT_POS,
  TAG_DATE_EPOCH,
  TAG_DATE_STRING,
} from 'cborg/taglib';
import { FormatError } from './errors.ts';
import type { PromptFormat } from './format.ts';
import { MOST_BINARY_PARTS, PartCount } from './parts.ts';
import { hasReplacement, refuseReplaced } from './text.ts';
import { checked, Decimal, isList, isRecord, MOST_DIGITS, timeOf, type Value } from './value.ts';

/** CBOR (RFC 8949), with times (tags 0 and 1) and integers of any length (tags 2 and 3). */
export const cbor: PromptFormat = {
  name: 'cbor',
  mediaTypes: ['application/cbor'],
  read(bytes, options) {
    let value: unknown;
    try {
      value = decode(bytes, { ...decoding, tokenizer: new CountingTokenizer(bytes, decoding) });
    } catch (cause) {
      if (cause instanceof FormatError) throw cause;
      throw new FormatError('unreadable', 'it is no CBOR', { cause });
    }
    return refuseReplaced(checked(value, options), () => hasReplacement(bytes));
  },
  write: (value) => ({
    bytes: encode(encodable(value), encoding),
    contentType: 'application/cbor',
  }),
};

class CountingTokenizer extends Tokenizer {
  readonly #count = new PartCount(MOST_BINARY_PARTS);

  override next(): Token {
    this.#count.add();
    return super.next();
  }
}

/**
 * Tags that say more of a value and make no other one of it: how bytes are best written, an address,
 * base64 and the like, a set, CBOR itself (RFC 8949, 3.4; RFC 8746; IANA, "CBOR Tags").
 */
const HINTS = [21, 22, 23, 24, 32, 33, 34, 35, 36, 258, 55_799];

const decoding = {
  coerceUndefinedToNull: true,
  // Keys need not be text, and `__proto__` has to be seen before it is assigned.
  useMaps: true,
  rejectDuplicateMapKeys: true,
  tags: {
    [TAG_DATE_STRING]: (decode: () => unknown) => dateOf(String(decode())),
    [TAG_DATE_EPOCH]: (decode: () => unknown) => dateOf(Number(decode()) * 1000),
    [TAG_BIGINT_POS]: (decode: () => unknown) => integerOf(decode()),
    [TAG_BIGINT_NEG]: (decode: () => unknown) => -1n - integerOf(decode()),
    ...Object.fromEntries(HINTS.map((tag) => [tag, (decode: () => unknown) => decode()])),
  },
};

/** The library's own takes a text for a number of seconds. */
function dateOf(told: string | number): Date {
  const date = new Date(told);
  if (Number.isNaN(date.getTime())) throw new FormatError('unreadable', 'a time is none');
  return date;
}

/** The library's own takes minutes for a million bytes. */
function integerOf(bytes: unknown): bigint {
  if (!(bytes instanceof Uint8Array)) throw new FormatError('unreadable', 'an integer is none');
  if (bytes.length > MOST_DIGITS / 4) throw new FormatError('unreadable', 'an integer is too long');
  return BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
}

const encoding = {
  typeEncoders: { Date: dateEncoder, bigint: structBigIntEncoder },
  /** In the order of the document. */
  mapSorter: () => 0,
};

/** A decimal that a double cannot hold is written as text. */
function encodable(value: Value): unknown {
  if (value instanceof Decimal) return value.text;
  if (value instanceof Date) timeOf(value);
  if (isList(value)) return value.map(encodable);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encodable(item)]));
}
