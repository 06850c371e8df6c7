import { Packr, Unpackr } from 'msgpackr';
import { FormatError } from './errors.ts';
import type { PromptFormat } from './format.ts';
import { hasReplacement, refuseReplaced } from './text.ts';
import { checked, Decimal, isList, isRecord, type Value } from './value.ts';

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: false, int64AsType: 'bigint' });
const packr = new Packr({ useRecords: false, variableMapSize: true });

/** MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), with its timestamps. */
export const msgpack: PromptFormat = {
  name: 'msgpack',
  mediaTypes: ['application/vnd.msgpack', 'application/msgpack', 'application/x-msgpack'],
  read(bytes, options) {
    let value: unknown;
    try {
      value = unpackr.unpack(bytes);
    } catch (cause) {
      throw new FormatError('unreadable', 'it is no MessagePack', { cause });
    }
    return refuseReplaced(checked(value, options), () => hasReplacement(bytes));
  },
  write: (value) => ({
    bytes: new Uint8Array(packr.pack(packable(value))),
    contentType: 'application/vnd.msgpack',
  }),
};

const [LEAST, MOST] = [-(2n ** 63n), 2n ** 64n - 1n];

/** Integers have 64 bits: longer ones, and decimals beyond a double, are written as text. */
function packable(value: Value): unknown {
  if (value instanceof Decimal) return value.text;
  if (typeof value === 'bigint') return value >= LEAST && value <= MOST ? value : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (isList(value)) return value.map(packable);
  if (!isRecord(value)) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, packable(item)]));
}
