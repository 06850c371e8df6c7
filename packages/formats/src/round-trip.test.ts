/** Every ordered pair of formats: what comes back is what was there, or the documented loss. */
import { toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, file_google_protobuf_struct } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert, read, write } from './convert.ts';
import type { FormatName } from './format.ts';
import { formats } from './formats.ts';

/** A message that holds any record of JSON. */
const message = {
  descriptors: toBinary(FileDescriptorSetSchema, {
    $typeName: 'google.protobuf.FileDescriptorSet',
    file: [file_google_protobuf_struct.proto],
  }),
  name: 'google.protobuf.Struct',
};

const names = Object.keys(formats) as FormatName[];

type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

const isRecord = (value: Plain): value is { [key: string]: Plain } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Thrown where a format has no form for a value at all. */
class Impossible extends Error {}

const looksTyped = /^(?:true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
const guess = (text: string): Plain => (looksTyped.test(text) ? (JSON.parse(text) as Plain) : text);

/** Docs/formats.md, written as code, for each format: what is left of a value. */
const kept: Readonly<Record<FormatName, (value: Plain) => Plain>> = {
  json: (value) => value,
  yaml: (value) => value,
  msgpack: (value) => value,
  cbor: (value) => value,
  ndjson: (value) => (Array.isArray(value) ? value : [value]),
  xml: keptByXml,
  csv: keptByTable,
  tsv: keptByTable,
  form: keptByForm,
  multipart: (value) => keptByForm(mapTexts(value, (text) => text.replaceAll(/\r?\n|\r/g, '\r\n'))),
  protobuf(value) {
    if (!isRecord(value)) throw new Impossible();
    return value;
  },
};

function mapTexts(value: Plain, change: (text: string) => string): Plain {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]),
  );
}

function keptByXml(value: Plain): Plain {
  if (typeof value === 'string') return guess(value);
  if (Array.isArray(value)) return value.length === 0 ? '' : value.map(keptByXml);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]): [string, Plain][] => {
    if (!Array.isArray(item)) return [[key, keptByXml(item)]];
    const items = item.map(keptByXml);
    return items.length === 0 ? [] : [[key, items.length === 1 ? (items[0] ?? null) : items]];
  });
  return entries.length === 0 ? '' : Object.fromEntries(entries);
}

function keptByTable(value: Plain): Plain {
  const rows = (Array.isArray(value) ? value : [value]).map((item) =>
    isRecord(item) ? item : { value: item },
  );
  const columns = new Set(rows.flatMap((row) => Object.keys(row)));
  if (columns.size === 0) return [];
  // A row of one empty cell is an empty line, and those are skipped.
  const told = rows.filter((row) => columns.size > 1 || Object.values(row)[0] != null);
  return told.map((row) =>
    Object.fromEntries([...columns].map((name) => [name, cell(row[name] ?? null)])),
  );
}

function cell(value: Plain): Plain {
  if (typeof value !== 'string') return value;
  const text = /^[=+\-@\t\r＝＋－＠]/.test(value) ? `'${value}` : value;
  if (!/^(?:\{.*\}|\[.*\])$/s.test(text)) return text;
  try {
    return JSON.parse(text) as Plain;
  } catch {
    return text;
  }
}

function keptByForm(value: Plain): Plain {
  if (!isRecord(value)) throw new Impossible();
  return formValue(value) ?? {};
}

function formValue(value: Plain): Plain | undefined {
  if (value === null) return '';
  if (typeof value === 'string') return guess(value);
  if (Array.isArray(value)) {
    // An item of which nothing is left leaves a gap: no list any more, but a record of what is.
    const items = value.map(formValue);
    if (items.every((item) => item !== undefined)) return items.length === 0 ? undefined : items;
    const left = items.flatMap((item, index) =>
      item === undefined ? [] : [[String(index), item]],
    );
    return left.length === 0
      ? undefined
      : asList(Object.fromEntries(left) as { [key: string]: Plain });
  }
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const part = formValue(item);
    return part === undefined ? [] : [[key, part]];
  });
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Plain);
}

const asList = (record: { [key: string]: Plain }): Plain => {
  const keys = Object.keys(record);
  return keys.every((key, index) => key === String(index)) ? Object.values(record) : record;
};

/** What a value becomes on its way by two formats; undefined where one of them cannot. */
function expected(value: Plain, path: readonly FormatName[]): Plain | undefined {
  try {
    return path.reduce((left, name) => kept[name](left), value);
  } catch (error) {
    if (error instanceof Impossible) return undefined;
    throw error;
  }
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '',
    '007',
    '5',
    'true',
    'null',
    '~',
    ' x ',
    '=1+1',
    '-1',
    'a,b;"c"',
    '<b>&amp;</b>',
    'a\nb',
    '[1]',
    '{"a":1}',
    '2020-01-01',
    'no',
    '0x1f',
    '👋🏽',
  ),
);
const key = fc
  .oneof(
    fc.stringMatching(/^[a-z][a-z0-9_ éß-]{0,8}$/),
    fc.constantFrom('first name', 'a:b', 'Ünï', 'x.y'),
    // What every object of JavaScript has.
    fc.constantFrom('constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'),
  )
  .filter((one) => one !== 'item' && one !== 'root');
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter(isTold),
);

/** Whole numbers beyond 2⁵³ are `bigint`, and looked at by themselves. */
function isTold(one: number): boolean {
  return !Object.is(one, -0) && !(Number.isInteger(one) && !Number.isSafeInteger(one));
}
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const { tree } = fc.letrec<{ tree: Plain }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const record = fc.dictionary(key, tree, { minKeys: 2, maxKeys: 4, noNullPrototype: true });
const rows = fc.uniqueArray(key, { minLength: 1, maxLength: 4 }).chain((keys) =>
  fc.array(fc.record(Object.fromEntries(keys.map((one) => [one, scalar]))), {
    minLength: 1,
    maxLength: 5,
  }),
);
const document: fc.Arbitrary<Plain> = fc.oneof(record, rows as fc.Arbitrary<Plain>);

describe.each(names)('from %s', (from) => {
  it.each(names)('to %s', async (to) => {
    await fc.assert(
      fc.asyncProperty(document, async (value) => {
        const first = expected(value, [from]);
        fc.pre(first !== undefined);
        const written = await write(value, from, { message });
        const options = { message, contentType: written.contentType };
        const wanted = expected(value, [from, to]);
        const converted = convert(written.bytes, from, to, options);
        if (wanted === undefined) {
          await expect(converted).rejects.toMatchObject({ code: 'not_expressible' });
          return;
        }
        const { bytes, contentType } = await converted;
        expect(await read(bytes, to, { message, contentType })).toEqual(wanted);
      }),
      { numRuns: 30 },
    );
  });
});
