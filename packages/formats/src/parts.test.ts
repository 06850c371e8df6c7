/** Documents of small parts: refused before anything is built of them, and counted as they are. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AnySchema,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_descriptor,
  file_google_protobuf_struct,
} from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { read, write } from './convert.ts';
import type { FormatName } from './format.ts';
import type { Value } from './value.ts';

const descriptors = toBinary(FileDescriptorSetSchema, {
  $typeName: 'google.protobuf.FileDescriptorSet',
  file: [
    file_google_protobuf_any.proto,
    file_google_protobuf_descriptor.proto,
    file_google_protobuf_struct.proto,
  ],
});
const message = (name: string) => ({ message: { descriptors, name: `google.protobuf.${name}` } });
const list = message('ListValue');
const any = message('Any');
const inAny = (value: Value): Value => ({
  '@type': 'type.googleapis.com/google.protobuf.ListValue',
  value,
});
/** Has packed numbers, `path`, and texts, `leadingDetachedComments`. */
const location = message('SourceCodeInfo.Location');

const MOST = 250_000;
const numbers = (count: number): Value => Array.from({ length: count }, (_, i) => i % 1000);

describe('parts of binary formats', () => {
  it.each<[FormatName, Value, Value, object]>([
    ['cbor', numbers(MOST - 1), numbers(MOST), {}],
    ['msgpack', numbers(MOST - 1), numbers(MOST), {}],
    // A value is a field of the list, and has a field itself.
    ['protobuf', numbers(MOST / 2), numbers(MOST / 2 + 1), list],
    // The first bytes tell the field; numbers of two bytes are one each.
    ['protobuf', { path: numbers(MOST - 1) }, { path: numbers(MOST) }, location],
    // What names its own type has two fields, and all that is in it.
    ['protobuf', inAny(numbers(MOST / 2 - 1)), inAny(numbers(MOST / 2)), any],
  ])('are read up to a bound: %s', async (name, most, more, options) => {
    const few = await write(most, name, options);
    expect(await read(few.bytes, name, options)).toEqual(most);
    const many = await write(more, name, options);
    await expect(read(many.bytes, name, options)).rejects.toMatchObject({ code: 'too_many_parts' });
  });

  it.each<[FormatName, Value, object]>([
    ['cbor', { a: new Uint8Array(1_000_000), b: 'b'.repeat(1_000_000) }, {}],
    ['msgpack', { a: new Uint8Array(70_000), b: 'b'.repeat(1_000_000), c: 'c'.repeat(300) }, {}],
    ['msgpack', [1.5, -1, -100, 2 ** 40, 70_000, 300, null, true, new Date(0), 'x'.repeat(40)], {}],
    [
      'protobuf',
      { leadingDetachedComments: ['b'.repeat(1_000_000)], path: [1, 2 ** 30] },
      location,
    ],
    ['protobuf', [{ a: 'b'.repeat(1_000_000), c: { d: [null] } }], list],
  ])('are no bytes of a text: %s', async (name, value, options) => {
    const { bytes } = await write(value, name, options);
    expect(await read(bytes, name, options)).toEqual(value);
  });

  it.each<[FormatName, object]>([
    ['cbor', {}],
    ['msgpack', {}],
    ['protobuf', location],
  ])('are not counted past what was cut: %s', async (name, options) => {
    const value = { path: [1, 2], leadingComments: 'some text' };
    const { bytes } = await write(value, name, options);
    for (let end = 1; end < bytes.length; end += 1) {
      const told = read(bytes.subarray(0, end), name, options);
      // A message that ends between two fields is a shorter one.
      await expect(
        told.catch(({ code }: { code: string }) => (code === 'unreadable' ? {} : code)),
      ).resolves.toBeTypeOf('object');
    }
  });
});

it('YAML is written up to a bound, too', async () => {
  await write(numbers(99_999), 'yaml');
  await expect(write(numbers(100_000), 'yaml')).rejects.toMatchObject({ code: 'too_many_parts' });
});

it.each([
  [50, undefined],
  [5000, 'too_deep'],
])('%d messages, each in the one before it under its own name, are %s', async (depth, code) => {
  let bytes: Uint8Array = new Uint8Array();
  const typeUrl = 'type.googleapis.com/google.protobuf.Any';
  for (let i = 0; i < depth; i += 1) {
    bytes = toBinary(AnySchema, create(AnySchema, { typeUrl, value: bytes }));
  }
  const told = read(bytes, 'protobuf', any).then(
    () => undefined,
    (error: { readonly code: string }) => error.code,
  );
  expect(await told).toBe(code);
});
