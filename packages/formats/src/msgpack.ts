import { addExtension, Packr, Unpackr } from 'msgpackr';
import { FormatError } from './errors.ts';
import type { PromptFormat } from './format.ts';
import { MOST_BINARY_PARTS, PartCount } from './parts.ts';
import { hasReplacement, refuseReplaced } from './text.ts';
import { checked, Decimal, isList, isRecord, type Value } from './value.ts';

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: false, int64AsType: 'bigint' });
/** Its timestamps, which MessagePack has itself: -1 as a byte. */
const TIMESTAMP = 0xff;

// The library has extensions of its own, and reads them whether or not anybody asked for them: by references
// from one part to another a document of 400 bytes becomes one of millions of parts.
for (let type = 0; type < TIMESTAMP; type += 1) addExtension({ type, unpack: refuseExtension });

function refuseExtension(): never {
  throw new FormatError('unreadable', 'it has an extension that is no timestamp');
}

const packr = new Packr({ useRecords: false, variableMapSize: true });

/** MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), with its timestamps. */
export const msgpack: PromptFormat = {
  name: 'msgpack',
  mediaTypes: ['application/vnd.msgpack', 'application/msgpack', 'application/x-msgpack'],
  read(bytes, options) {
    countParts(bytes);
    let value: unknown;
    try {
      value = unpackr.unpack(bytes);
    } catch (cause) {
      if (cause instanceof FormatError) throw cause;
      throw new FormatError('unreadable', 'it is no MessagePack', { cause });
    }
    return refuseReplaced(checked(value, options), () => hasReplacement(bytes));
  },
  write: (value) => ({
    bytes: new Uint8Array(packr.pack(packable(value))),
    contentType: 'application/vnd.msgpack',
  }),
};

/** Bytes that follow the first of an item from 0xc0 on; where they are a length, those of the content as well. */
const FOLLOWING = [
  0, 0, 0, 0, 1, 2, 4, 2, 3, 5, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 1, 2, 4, 2, 4, 2, 4,
];
const CONTENT = new Set([0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xd9, 0xda, 0xdb]);

/**
 * Goes from one item to the next without building any. Where the bytes are no MessagePack it ends
 * anywhere, and the library says so.
 *
 * @throws {FormatError} `too_many_parts`
 */
function countParts(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = new PartCount(MOST_BINARY_PARTS);
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] as number;
    count.add();
    at += 1;
    // A short text (0xa0 to 0xbf); all else below 0xc0 and above 0xdf is one byte by itself.
    if (first >= 0xa0 && first < 0xc0) at += first & 0x1f;
    if (first < 0xc0 || first >= 0xe0) continue;
    const following = FOLLOWING[first - 0xc0] as number;
    if (CONTENT.has(first) && at + following <= bytes.length) at += contentOf(view, at, first);
    at += following;
  }
}

/** The length that is told at `at`, in one, two or four bytes by the kind of the item. */
function contentOf(view: DataView, at: number, first: number): number {
  const size = first - (first >= 0xd9 ? 0xd9 : first >= 0xc7 ? 0xc7 : 0xc4);
  return size === 0 ? view.getUint8(at) : size === 1 ? view.getUint16(at) : view.getUint32(at);
}

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
