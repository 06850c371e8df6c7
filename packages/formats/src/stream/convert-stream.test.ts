import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert, read } from '../convert.ts';
import type { FormatName } from '../format.ts';
import type { Value } from '../value.ts';
import { convertStream, isItemSource, isItemTarget } from './convert-stream.ts';

const names: readonly FormatName[] = ['json', 'ndjson', 'csv', 'tsv', 'xml', 'yaml'];
const sources = names.filter(isItemSource);
const targets = names.filter(isItemTarget);

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function whole(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const cell = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom<Value>(null, true, 'a,"b"\n', '<x a=">">', ']]>', '-->', '\\"]', 'é👋🏽', '[1]'),
  fc.integer(),
);
const rows = fc.array(fc.record({ a: cell, 'b c': cell, d: fc.record({ e: cell, f: cell }) }), {
  minLength: 1,
  maxLength: 6,
});
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

describe.each(sources)('a stream of %s', (from) => {
  it.each(targets)('is, wherever it is cut, as %s what the whole document is', async (to) => {
    await fc.assert(
      fc.asyncProperty(rows, sizes, async (value, some) => {
        const { bytes } = await convert(Buffer.from(JSON.stringify(value)), 'json', from);
        const streamed = await whole(convertStream(cut(bytes, some), from, to));
        const converted = await convert(bytes, from, to);
        expect(await read(streamed, to)).toEqual(await read(converted.bytes, to));
      }),
      { numRuns: 25 },
    );
  });
});

describe('an empty list', () => {
  const empty = { json: ' [ ] ', ndjson: '', csv: '"a"\r\n', tsv: '', xml: '<root></root>' };

  it.each(sources)('of %s is one in every format', async (from) => {
    const told = await Promise.all(
      targets.map(async (to) => {
        const stream = convertStream(cut(Buffer.from(empty[from]), [2]), from, to);
        return Buffer.from(await whole(stream)).toString();
      }),
    );
    const root = '<root xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"></root>\n';
    expect(told).toEqual([
      '[]\n',
      '',
      '',
      '',
      `<?xml version="1.0" encoding="UTF-8"?>\n${root}`,
      '[]\n',
    ]);
  });
});

describe('what is wrong in a stream', () => {
  const text = async (
    said: string,
    from: FormatName,
    to: FormatName = 'ndjson',
  ): Promise<string> => {
    if (!isItemSource(from) || !isItemTarget(to)) throw new TypeError('cannot be streamed');
    return Buffer.from(
      await whole(convertStream(cut(Buffer.from(said), [3]), from, to)),
    ).toString();
  };

  it.each<[FormatName, string, string]>([
    ['json', 'unreadable', '[{"a":1},{"a":'],
    ['json', 'unreadable', '[1,]'],
    ['json', 'unreadable', '[1] 2'],
    ['json', 'unreadable', ''],
    ['json', 'too_deep', `[${'['.repeat(200)}`.padEnd(600, ']')],
    ['json', 'forbidden_key', '[{"__proto__":1}]'],
    ['ndjson', 'unreadable', '{"a":1}\n{"a"\n'],
    ['csv', 'unreadable', 'a,b\n1,2\n3\n'],
    ['xml', 'unreadable', '<all><a>1</a>'],
    ['xml', 'unreadable', '<all><a>1</b></all>'],
    ['xml', 'unreadable', '<all>x<a>1</a></all>'],
    ['xml', 'unreadable', '<all/><more/>'],
    ['xml', 'doctype', '<!DOCTYPE all [<!ENTITY x "y">]><all><a>&x;</a></all>'],
  ])('%s: %s of %j', async (from, code, said) => {
    await expect(text(said, from)).rejects.toMatchObject({ code });
  });

  it('is a column that comes too late', async () => {
    const lines = Array.from({ length: 300 }, () => '{"a":1}').join('\n');
    await expect(text(`${lines}\n{"b":2}`, 'ndjson', 'csv')).rejects.toMatchObject({
      code: 'not_expressible',
    });
  });

  it('is not what stands beside elements', async () => {
    const said =
      "<?xml version='1.0'?><!-- all --><o:all xmlns:o='x'><a n='>'/><!-- <b> --><a>1</a>\n</o:all>";
    expect(await text(said, 'xml')).toBe('{"@n":">"}\n1\n');
  });

  it('tells what fails in its source as it is', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a\n1\n');
      throw new TypeError('reset by peer');
    };
    for (const from of ['csv', 'ndjson'] as const) {
      const stream = convertStream(broken(), from, 'json');
      await expect(whole(stream)).rejects.toThrow(
        from === 'csv' ? 'reset by peer' : /reset by peer|no JSON/,
      );
    }
  });
});

const long = 'x'.repeat(3_000_000);

it.each([
  ['ndjson', `1\n"${long}"\n2\n`],
  ['json', `[1,"${long}",2]`],
  ['xml', `<all><a>1</a><a n="${long}"/><a>2</a></all>`],
] as const)(
  'takes no longer for a large item that comes in small pieces: %s',
  async (from, said) => {
    const started = performance.now();
    const { length } = await whole(convertStream(cut(Buffer.from(said), [500]), from, 'ndjson'));
    expect(length).toBeGreaterThan(long.length);
    // Looked at anew with each piece it was a minute and more.
    expect(performance.now() - started).toBeLessThan(10_000);
  },
);
