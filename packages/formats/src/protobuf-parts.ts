import { ScalarType, type DescField, type DescMessage, type Registry } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { MOST_BINARY_PARTS, PartCount } from './parts.ts';
import { MAX_DEPTH, tooDeep } from './value.ts';

/**
 * Counts the fields and elements of a message without building any.
 *
 * @param registry what the library looks for the contents of an `Any` in
 * @throws {FormatError} `too_many_parts`, `too_deep`
 * @throws {Error} of the library, where the bytes are no message
 */
export function countParts(bytes: Uint8Array, schema: DescMessage, registry: Registry): void {
  new Counter(bytes, registry).message(bytes.length, schema, MAX_DEPTH);
}

const ANY = 'google.protobuf.Any';

type Fields = ReadonlyMap<number, DescField>;

/** A message is asked for its fields at each of its occurrences. */
const known = new WeakMap<DescMessage, Fields>();

function fieldsOf(schema: DescMessage): Fields {
  const fields = known.get(schema) ?? new Map(schema.fields.map((field) => [field.number, field]));
  known.set(schema, fields);
  return fields;
}

class Counter {
  readonly #bytes: Uint8Array;
  readonly #reader: BinaryReader;
  readonly #registry: Registry;
  readonly #count = new PartCount(MOST_BINARY_PARTS);

  constructor(bytes: Uint8Array, registry: Registry) {
    this.#bytes = bytes;
    this.#registry = registry;
    this.#reader = new BinaryReader(bytes);
  }

  /** Up to `end`. Deeper than `left` the library refuses it. */
  message(end: number, schema: DescMessage, left: number): void {
    if (schema.typeName === ANY) return this.#any(end, left);
    const fields = fieldsOf(schema);
    this.#each(end, (number) => {
      const field = fields.get(number);
      const fieldEnd = this.#reader.uint32() + this.#reader.pos;
      if (left === 0 || field === undefined) return fieldEnd;
      if (field.fieldKind === 'map') this.#entry(fieldEnd, field.message, left - 1);
      else if (field.message !== undefined) this.message(fieldEnd, field.message, left - 1);
      else if (field.fieldKind === 'list') this.#packed(fieldEnd, field.scalar);
      return fieldEnd;
    });
  }

  /**
   * A message of a type that it names itself, which the library reads apart from the one around it, however deep
   * that is (https://protobuf.dev/programming-guides/proto3/#any).
   */
  #any(end: number, left: number): void {
    let type = '';
    let contents: readonly [start: number, end: number] | undefined;
    this.#each(end, (number) => {
      const fieldEnd = this.#reader.uint32() + this.#reader.pos;
      const { pos } = this.#reader;
      if (number === 1) type = Buffer.from(this.#bytes.subarray(pos, fieldEnd)).toString();
      if (number === 2) contents = [pos, fieldEnd];
      return fieldEnd;
    });
    const schema = this.#registry.getMessage(type.slice(type.lastIndexOf('/') + 1));
    if (contents === undefined || schema === undefined) return;
    if (left === 0) throw tooDeep();
    const after = this.#reader.pos;
    [this.#reader.pos] = contents;
    this.message(contents[1], schema, left - 1);
    this.#reader.pos = after;
  }

  /** A key and a value (https://protobuf.dev/programming-guides/encoding/#maps). */
  #entry(end: number, value: DescMessage | undefined, left: number): void {
    this.#each(end, (number) => {
      const fieldEnd = this.#reader.uint32() + this.#reader.pos;
      if (number === 2 && value !== undefined) this.message(fieldEnd, value, left);
      return fieldEnd;
    });
  }

  /** Elements one behind the other; a text is one. */
  #packed(end: number, scalar: ScalarType | undefined): void {
    const { pos } = this.#reader;
    if (scalar === ScalarType.STRING || scalar === ScalarType.BYTES) return;
    const width = scalar === undefined ? undefined : WIDTHS.get(scalar);
    if (width !== undefined) return this.#count.add((end - pos) / width);
    // The last byte of a number has no flag that more follow.
    for (let at = pos; at < end; at += 1) if ((this.#bytes[at] ?? 0) < 0x80) this.#count.add();
  }

  /** Every field up to `end`; `enter` gives where one with a length ends. */
  #each(end: number, enter: (number: number) => number): void {
    while (this.#reader.pos < end) {
      this.#count.add();
      const [number, wire] = this.#reader.tag();
      if (wire === WireType.LengthDelimited) this.#reader.pos = enter(number);
      else this.#reader.skip(wire, number);
    }
  }
}

/** Bytes of those that have always as many. */
const WIDTHS = new Map<ScalarType, number>([
  [ScalarType.DOUBLE, 8],
  [ScalarType.FIXED64, 8],
  [ScalarType.SFIXED64, 8],
  [ScalarType.FLOAT, 4],
  [ScalarType.FIXED32, 4],
  [ScalarType.SFIXED32, 4],
]);
