import { decode, encode } from 'cborg';
import {
  bigIntDecoder,
  bigNegIntDecoder,
  dateDecoder,
  dateEncoder,
  structBigIntEncoder,
  TAG_BIGINT_NEG,
  TAG_BIGINT_POS,
  TAG_DATE_EPOCH,
  TAG_DATE_STRING,
} from 'cborg/taglib';
import { FormatError } from './errors.ts';
import type { PromptFormat } from './format.ts';
import { checked, Decimal, isList, isRecord, timeOf, type Value } from './value.ts';
import { hasReplacement, refuseReplaced } from './text.ts';

/** CBOR (RFC 8949), with times (tags 0 and 1) and integers of any length (tags 2 and 3). */
export const cbor: PromptFormat = {
  name: 'cbor',
  mediaTypes: ['application/cbor'],
  read(bytes, options) {
    let value: unknown;
    try {
      value = decode(bytes, decoding);
    } catch (cause) {
      throw new FormatError('unreadable', 'it is no CBOR', { cause });
    }
    return refuseReplaced(checked(value, options), () => hasReplacement(bytes));
  },
  write: (value) => ({
    bytes: encode(encodable(value), encoding),
    contentType: 'application/cbor',
  }),
};

const decoding = {
  coerceUndefinedToNull: true,
  // Keys need not be text, and `__proto__` has to be seen before it is assigned.
  useMaps: true,
  rejectDuplicateMapKeys: true,
  tags: {
    [TAG_DATE_STRING]: dateDecoder,
    [TAG_DATE_EPOCH]: dateDecoder,
    [TAG_BIGINT_POS]: bigIntDecoder,
    [TAG_BIGINT_NEG]: bigNegIntDecoder,
  },
};

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
