import { describe, expect, it } from 'vitest';
import { convert, read, write } from './convert.ts';
import type { FormatName, ReadOptions, WriteOptions } from './format.ts';
import { acceptedFormat, formatOf, formats } from './formats.ts';
import { Decimal, type Value } from './value.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const said = (data: Uint8Array): string => new TextDecoder().decode(data);

const readText = (text: string, from: FormatName, options?: ReadOptions): Promise<Value> =>
  read(bytes(text), from, options);
const writeText = async (value: Value, to: FormatName, options?: WriteOptions): Promise<string> =>
  said((await write(value, to, options)).bytes);
const converted = async (text: string, from: FormatName, to: FormatName): Promise<string> =>
  said((await convert(bytes(text), from, to)).bytes);

describe('digits', () => {
  const long = '{"id":12345678901234567890,"price":0.1000000000000000055511151231257827,"n":1e400}';

  it.each<FormatName>(['json', 'yaml', 'ndjson', 'csv', 'tsv', 'xml', 'form'])(
    'are all kept through %s',
    async (name) => {
      const through = await convert(bytes(long), 'json', name);
      const back = await read(through.bytes, name, { contentType: through.contentType });
      const value = Array.isArray(back) ? (back[0] as Value) : back;
      expect(await writeText(value, 'json')).toBe(long);
    },
  );

  it('become text where there is no number so long', async () => {
    const { bytes: packed } = await convert(
      bytes('[123456789012345678901, 0.1000000000000000055]'),
      'json',
      'msgpack',
    );
    expect(await read(packed, 'msgpack')).toEqual([
      '123456789012345678901',
      '0.1000000000000000055',
    ]);
    const { bytes: cbor } = await convert(bytes('[123456789012345678901]'), 'json', 'cbor');
    expect(await read(cbor, 'cbor')).toEqual([123456789012345678901n]);
  });

  it('that a double holds are numbers', async () => {
    expect(
      await readText('[1.10, 1e2, 0.1, -0.5e-3, 9007199254740991, 9007199254740993]', 'json'),
    ).toEqual([1.1, 100, 0.1, -0.0005, 9007199254740991, 9007199254740993n]);
    expect(await readText('0.1000000000000000055', 'json')).toEqual(
      new Decimal('0.1000000000000000055'),
    );
  });
});

describe('times and bytes', () => {
  const value = { at: new Date('2026-01-02T03:04:05.678Z'), raw: new Uint8Array([0, 255, 1]) };

  it.each<FormatName>(['msgpack', 'cbor'])('are themselves in %s', async (name) => {
    const { bytes: packed } = await write(value, name);
    expect(await read(packed, name)).toEqual(value);
  });

  it('are RFC 3339 and base64 elsewhere', async () => {
    const told = '{"at":"2026-01-02T03:04:05.678Z","raw":"AP8B"}';
    expect(await writeText(value, 'json')).toBe(told);
    expect(await writeText(value, 'csv')).toBe(
      '"at","raw"\r\n"2026-01-02T03:04:05.678Z","AP8B"\r\n',
    );
    expect(await writeText(value, 'xml')).toContain('<raw>AP8B</raw>');
  });

  it('are files in a multipart form', async () => {
    const { bytes: body, contentType } = await write({ name: 'x', raw: value.raw }, 'multipart');
    expect(await read(body, 'multipart', { contentType })).toEqual({ name: 'x', raw: value.raw });
  });

  it('are marked in YAML', async () => {
    expect(await readText('raw: !!binary AP8B', 'yaml')).toEqual({ raw: value.raw });
  });
});

describe('XML', () => {
  it('has attributes, text beside them, lists and namespaces', async () => {
    const order = `<?xml version="1.0"?>
<!-- of today -->
<s:order xmlns:s="urn:shop" id="7" note="a&lt;b">
  <line>tea</line><line>&#x1F375; <![CDATA[<hot>]]></line>
  <price currency="EUR">2.50</price><paid/><gift xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>
</s:order>`;
    const value = {
      's:order': {
        '@xmlns:s': 'urn:shop',
        '@id': 7,
        '@note': 'a<b',
        line: ['tea', '🍵 <hot>'],
        price: { '@currency': 'EUR', '#text': 2.5 },
        paid: '',
        gift: null,
      },
    };
    expect(await readText(order, 'xml')).toEqual(value);
    expect(await readText(await writeText(value, 'xml'), 'xml')).toEqual(value);
  });

  it('names elements that are lists however many there are, and guesses nothing where told so', async () => {
    const text = '<a><b>1</b><c>007</c></a>';
    expect(await readText(text, 'xml', { lists: ['b'] })).toEqual({ a: { b: [1], c: '007' } });
    expect(await readText(text, 'xml', { infer: false })).toEqual({ a: { b: '1', c: '007' } });
  });

  it('wraps what names no element', async () => {
    expect(await converted('[1,[2]]', 'json', 'xml')).toContain(
      '<root><item>1</item><item><item>2</item></item></root>',
    );
    expect(await writeText([1], 'xml', { root: 'all' })).toContain('<all><item>1</item></all>');
    expect(await converted('{"first name":1}', 'json', 'xml')).toContain('<first_x0020_name>1</');
  });

  it.each([
    ['doctype', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    [
      'doctype',
      '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY l1 "&lol;&lol;">]><lolz>&l1;</lolz>',
    ],
    ['unreadable', '<a>&x;</a>'],
    ['unreadable', '<a>&#0;</a>'],
    ['unreadable', '<a><b></a>'],
    ['unreadable', '<a/><b/>'],
    ['unreadable', 'no'],
    ['forbidden_key', '<a><__proto__><polluted>1</polluted></__proto__></a>'],
    ['too_deep', `${'<a>'.repeat(200)}${'</a>'.repeat(200)}`],
  ])('is %s: %s', async (code, text) => {
    await expect(readText(text, 'xml')).rejects.toMatchObject({ code });
  });

  it.each(['constructor', 'prototype', 'toString', 'valueOf', '__defineSetter__'])(
    'has elements and attributes of any name: %s',
    async (name) => {
      const text = `<a ${name}="1"><${name}>2</${name}><${name} ${name}="3"/></a>`;
      expect(await readText(text, 'xml')).toEqual({
        a: { [`@${name}`]: 1, [name]: [2, { [`@${name}`]: 3 }] },
      });
      expect(await readText(`<${name}>1</${name}>`, 'xml', { lists: [name] })).toEqual({
        [name]: 1,
      });
      expect(await readText(`<a><${name}>1</${name}></a>`, 'xml', { lists: [name] })).toEqual({
        a: { [name]: [1] },
      });
    },
  );

  it('may hold what looks like a document type in CDATA and comments', async () => {
    expect(
      await readText('<a><!-- <!DOCTYPE a> --><![CDATA[<!DOCTYPE html>]]></a>', 'xml'),
    ).toEqual({
      a: '<!DOCTYPE html>',
    });
  });

  it('cannot hold control characters', async () => {
    await expect(writeText({ a: '\u0000' }, 'xml')).rejects.toMatchObject({
      code: 'not_expressible',
    });
  });
});

describe('XML that is odd', () => {
  it('names what no escape says as it stands, and is refused where it goes on after its end', async () => {
    expect(await readText('<_xFFFFFF_>1</_xFFFFFF_>', 'xml')).toEqual({ _xFFFFFF_: 1 });
    expect(await writeText({ _xFFFFFF_: 1 }, 'xml')).toContain('<_x005F_xFFFFFF_>');
    for (const text of ['<a/>junk', '<a>&#xD800;</a>']) {
      await expect(readText(text, 'xml')).rejects.toMatchObject({ code: 'unreadable' });
    }
  });
});

describe('YAML', () => {
  it('reads what people write, by the core schema of 1.2', async () => {
    const text =
      'no: no\nyes: true\nbig: 12345678901234567890\nlist: &a [1, 0x1F, 0o17]\nsame: *a\n';
    expect(await readText(text, 'yaml')).toEqual({
      no: 'no',
      yes: true,
      big: 12345678901234567890n,
      list: [1, 31, 15],
      same: [1, 31, 15],
    });
    expect(await readText('a: 1\n---\nb: 2\n', 'yaml')).toEqual([{ a: 1 }, { b: 2 }]);
  });

  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (const [index, name] of ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].entries()) {
    const last = String.fromCharCode(97 + index);
    bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${last}`).join()}]`);
  }

  it.each([
    ['alias_bomb', bomb.join('\n')],
    ['forbidden_key', '__proto__: { polluted: true }'],
    ['unreadable', 'a: [1'],
    ['unreadable', '{a: 1, a: 2}'],
    ['unreadable', '? {a: 1}\n: 2'],
    ['too_deep', '['.repeat(500) + ']'.repeat(500)],
  ])('is %s', async (code, text) => {
    await expect(readText(text, 'yaml')).rejects.toMatchObject({ code });
  });
});

describe('JSON', () => {
  it.each([
    ['unreadable', '{"a":1,}'],
    ['unreadable', ''],
    ['forbidden_key', '{"a":{"__proto__":{"polluted":true}}}'],
    ['forbidden_key', String.raw`{"\u005f_proto__":1}`],
    ['too_deep', '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('is %s', async (code, text) => {
    await expect(readText(text, 'json')).rejects.toMatchObject({ code });
  });

  it('counts no bracket in a text as depth', async () => {
    const text = JSON.stringify(['['.repeat(500), '\\"[['.repeat(200)]);
    expect(await converted(text, 'json', 'json')).toBe(text);
  });

  it('has no number that is none', async () => {
    await expect(writeText([Number.NaN], 'json')).rejects.toMatchObject({
      code: 'not_expressible',
    });
  });
});

describe('CSV', () => {
  it('tells null, nothing, numbers and texts apart', async () => {
    const rows = [{ a: null, b: '', c: 5, d: '5', e: true, f: [1, 'x'], g: 'a "b",\n' }];
    const text = await writeText(rows, 'csv');
    expect(text).toBe('"a","b","c","d","e","f","g"\r\n,"",5,"5",true,"[1,""x""]","a ""b"",\n"\r\n');
    expect(await readText(text, 'csv')).toEqual(rows);
  });

  it('lets no spreadsheet run what a cell says', async () => {
    const rows = [{ '=cmd': '=HYPERLINK("http://x")', b: '@SUM(1)', c: '+1', d: -1, e: '\t=1' }];
    const text = await writeText(rows, 'csv');
    expect(text).toBe(
      `"'=cmd","b","c","d","e"\r\n"'=HYPERLINK(""http://x"")","'@SUM(1)","'+1",-1,"'\t=1"\r\n`,
    );
    expect(await writeText([{ a: '=1' }], 'csv', { formulas: 'keep' })).toBe('"a"\r\n"=1"\r\n');
  });

  it('has the columns that are asked for, of rows that differ', async () => {
    expect(await writeText([{ a: 1 }, { b: 2 }], 'csv')).toBe('"a","b"\r\n1,\r\n,2\r\n');
    expect(await writeText([{ a: 1, b: 2 }], 'tsv', { columns: ['b'] })).toBe('"b"\r\n2\r\n');
  });

  it.each([
    ['unreadable', 'a,b\n1\n'],
    ['unreadable', 'a,a\n1,2\n'],
    ['unreadable', 'a\n"x\n'],
    ['forbidden_key', '__proto__,b\n1,2\n'],
  ])('is %s: %j', async (code, text) => {
    await expect(readText(text, 'csv')).rejects.toMatchObject({ code });
  });
});

describe('tables without names', () => {
  it('are lists where they are said to have no header (RFC 4180, section 3)', async () => {
    const contentType = 'text/csv; header=absent';
    expect(await readText('1,x\r\n2,\r\n', 'csv', { contentType })).toEqual([
      [1, 'x'],
      [2, null],
    ]);
  });

  it('may have a column without one', async () => {
    expect(await converted(',b\r\n1,2\r\n', 'csv', 'tsv')).toBe('""\t"b"\r\n1\t2\r\n');
    expect(await readText('&=x&a[]=1&a[]=2', 'form')).toEqual({ '': 'x', a: [1, 2] });
  });
});

describe('forms', () => {
  it.each<[string, Value]>([
    ['a=1&b=x+y', { a: 1, b: 'x y' }],
    ['a=1&a=2&a=3', { a: [1, 2, 3] }],
    ['a[]=1&a[]=2', { a: [1, 2] }],
    ['a[b][c]=1&a[b][d]=2', { a: { b: { c: 1, d: 2 } } }],
    ['a[0][b]=1&a[1][b]=2', { a: [{ b: 1 }, { b: 2 }] }],
    ['a[=1&[b]=2&]=3', { 'a[': 1, '[b]': 2, ']': 3 }],
    ['a[999999999]=1', { a: { '999999999': 1 } }],
  ])('%s', async (text, value) => {
    expect(await readText(text, 'form')).toEqual(value);
  });

  it.each([
    ['forbidden_key', 'a[__proto__][polluted]=1'],
    ['unreadable', 'a=1&a[b]=2'],
    ['too_deep', `a${'[b]'.repeat(200)}=1`],
  ])('are %s', async (code, text) => {
    await expect(readText(text, 'form')).rejects.toMatchObject({ code });
  });

  it('pollute no prototype, wherever a key comes from', () => {
    expect((Object.prototype as { readonly polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('documents that would hold up everybody', () => {
  const many = (text: string, times = 120_000): string => text.repeat(times);
  it.each<[string, FormatName, string, string]>([
    ['items', 'yaml', `[${many('1,')}]`, 'too_many_parts'],
    ['lines', 'yaml', many('- a\n'), 'too_many_parts'],
    ['elements', 'xml', `<a>${many('<b/>', 260_000)}</a>`, 'too_many_parts'],
    ['comments without an end', 'xml', `<a>${many('<!-- ')}</a>`, 'unreadable'],
    ['CDATA without an end', 'xml', `<a>${many('<![CDATA[')}</a>`, 'unreadable'],
    ['cells', 'csv', many(',', 510_000), 'too_many_parts'],
    ['fields', 'form', many('a&', 260_000), 'too_many_parts'],
  ])('are refused at once: %s of %s', async (_what, name, text, code) => {
    await expect(readText(text, name)).rejects.toMatchObject({ code });
  });

  it('are read at once where one may: keys of YAML, digits', async () => {
    const keys = Array.from({ length: 40_000 }, (_, i) => `k${i}: 1`).join('\n');
    const started = performance.now();
    expect(Object.keys((await readText(keys, 'yaml')) as object)).toHaveLength(40_000);
    const digits = '7'.repeat(1_000_000);
    expect(await converted(digits, 'json', 'json')).toBe(digits);
    // It took minutes, each key being compared with all before it.
    expect(performance.now() - started).toBeLessThan(10_000);
    const long = Buffer.concat([Buffer.from('c25a000f4240', 'hex'), Buffer.alloc(1_000_000, 255)]);
    await expect(read(long, 'cbor')).rejects.toMatchObject({ code: 'unreadable' });
  });
});

describe('binary formats', () => {
  it.each([
    [
      'a time as text',
      'c074323031332d30332d32315432303a30343a30305a',
      new Date('2013-03-21T20:04:00Z'),
    ],
    ['a time as seconds', 'c11a514b67b0', new Date('2013-03-21T20:04:00Z')],
    ['an address', 'd82068687474703a2f2f61', 'http://a'],
    ['that it is CBOR', 'd9d9f7a1616101', { a: 1 }],
    ['integers of any length', 'c349010000000000000000', -18446744073709551617n],
  ])('understand tags of CBOR: %s', async (_what, hex, value) => {
    expect(await read(Buffer.from(hex, 'hex'), 'cbor')).toEqual(value);
  });

  it('take no time that is none', async () => {
    const reading = read(Buffer.from('c063616263', 'hex'), 'cbor');
    await expect(reading).rejects.toMatchObject({ code: 'unreadable' });
  });

  it.each<readonly [FormatName, number[]]>([
    ['msgpack', [0x92, 0xa1, 0xff, 0xa1, 0x61]],
    ['msgpack', [0x81, 0xa1, 0xff, 0x01]],
    ['cbor', [0x82, 0x61, 0xff, 0x61, 0x61]],
    ['form', [...bytes('a=%FF&b=1')]],
    ['form', [...bytes('%FC=1')]],
  ])('have no text that is changed in silence: %s %s', async (name, told) => {
    await expect(read(new Uint8Array(told), name)).rejects.toMatchObject({ code: 'unreadable' });
  });

  it.each<FormatName>(['msgpack', 'cbor', 'form'])(
    'keep the letter that stands for none: %s',
    async (name) => {
      const { bytes: told } = await write({ '\uFFFD': '\uFFFD' }, name);
      expect(await read(told, name)).toEqual({ '\uFFFD': '\uFFFD' });
    },
  );

  it('have no part that refers to another, and no extension but times', async () => {
    const of = (type: number, number: number) => [0xd6, type, 0, 0, 0, number];
    // Each is a list of the one before, twice: 2²² parts, which took eleven seconds.
    const lists = Array.from({ length: 21 }, (_, i) => [
      ...of(0x69, i + 2),
      0x92,
      ...of(0x70, i + 1),
      ...of(0x70, i + 1),
    ]);
    const bomb = new Uint8Array([0xdc, 0, 22, ...of(0x69, 1), 0x91, 1, ...lists.flat()]);
    await expect(read(bomb, 'msgpack')).rejects.toMatchObject({ code: 'unreadable' });
    for (const type of [0, 5, 0x42, 0x62, 0x65, 0x73, 0x74, 0x78]) {
      const one = new Uint8Array([0xd6, type, 0, 0, 0, 1]);
      await expect(read(one, 'msgpack')).rejects.toMatchObject({ code: 'unreadable' });
    }
  });

  it.each<FormatName>(['msgpack', 'cbor'])('refuse what is none: %s', async (name) => {
    await expect(read(new Uint8Array([0xc1]), name)).rejects.toMatchObject({ code: 'unreadable' });
    await expect(read(new Uint8Array([]), name)).rejects.toMatchObject({ code: 'unreadable' });
    const deep = new Uint8Array(50_000).fill(name === 'cbor' ? 0x81 : 0x91);
    await expect(read(deep, name)).rejects.toMatchObject({ name: 'FormatError' });
  });

  it('refuse a key that reaches into prototypes', async () => {
    // {"__proto__": 1}
    const key = [...bytes('__proto__')];
    await expect(read(new Uint8Array([0x81, 0xa9, ...key, 1]), 'msgpack')).rejects.toMatchObject({
      code: 'forbidden_key',
    });
    await expect(read(new Uint8Array([0xa1, 0x69, ...key, 1]), 'cbor')).rejects.toMatchObject({
      code: 'forbidden_key',
    });
  });

  it('need a descriptor where they are Protobuf', async () => {
    await expect(read(new Uint8Array(), 'protobuf')).rejects.toMatchObject({
      code: 'no_descriptor',
    });
    const message = { descriptors: bytes('no'), name: 'a.B' };
    await expect(write({}, 'protobuf', { message })).rejects.toMatchObject({
      code: 'no_descriptor',
    });
  });
});

describe('charsets', () => {
  it('are read as they are told', async () => {
    const latin = new Uint8Array([0x22, 0xe9, 0x22]);
    expect(await read(latin, 'json', { contentType: 'application/json; charset=iso-8859-1' })).toBe(
      'é',
    );
    // What a document says of itself (XML 1.0, 4.3.3), and a mark at its beginning.
    const declared = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', 'latin1');
    expect(await read(declared, 'xml')).toEqual({ a: 'é' });
    const marked = Buffer.from('\uFEFFa,b\r\né,1\r\n', 'utf16le');
    expect(await read(marked, 'csv', { contentType: 'text/csv' })).toEqual([{ a: 'é', b: 1 }]);
    expect(await read(marked.swap16(), 'csv')).toEqual([{ a: 'é', b: 1 }]);
    await expect(read(latin, 'json')).rejects.toMatchObject({ code: 'unreadable' });
    await expect(read(latin, 'json', { contentType: 'a/b; charset=x-none' })).rejects.toMatchObject(
      { code: 'charset' },
    );
  });
});

describe('negotiation', () => {
  it.each<[string, FormatName | undefined]>([
    ['application/json; charset=utf-8', 'json'],
    ['application/problem+json', 'json'],
    ['Application/SOAP+XML', 'xml'],
    ['text/csv;header=present', 'csv'],
    ['image/png', undefined],
    ['', undefined],
  ])('knows %j', (type, name) => {
    expect(formatOf(type)).toBe(name);
  });

  const offered: readonly FormatName[] = ['json', 'xml', 'csv'];
  it.each<[string | undefined, FormatName | undefined]>([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['text/*', 'csv'],
    ['text/csv', 'csv'],
    ['application/xml;q=0.9, application/json;q=0.1', 'xml'],
    ['application/json;q=0, */*', 'xml'],
    ['application/*;q=0.2, text/xml;q=0.1, text/csv;q=0.3', 'csv'],
    ['application/problem+json, application/xml;q=0.5', 'json'],
    ['application/xml; charset=utf-8', 'xml'],
    ['application/json;odata=verbose;q=0.1, text/csv;header="present, or not";q=0.2', 'csv'],
    ['', 'json'],
    ['image/png', undefined],
    ['application/yaml', undefined],
  ])('answers Accept %j with %s', (accept, name) => {
    expect(acceptedFormat(accept, offered)).toBe(name);
  });

  it.each([
    Array.from({ length: 1500 }, (_, i) => `a/${i}+json`).join(','),
    'a'.repeat(16_000),
    '; '.repeat(8000),
  ])('takes no time for what is all a head can hold', (accept) => {
    const started = performance.now();
    for (let i = 0; i < 20; i += 1) acceptedFormat(accept, offered);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('has a type of its own for each format', () => {
    for (const format of Object.values(formats)) {
      for (const type of format.mediaTypes) expect(formatOf(type)).toBe(format.name);
    }
  });
});
