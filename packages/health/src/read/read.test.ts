import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { field } from './fields.ts';
import { read } from './read.ts';
import type { Format, Told } from './told.ts';

const formats: readonly (Format | undefined)[] = [
  undefined,
  'plain',
  'html',
  'json',
  'health+json',
  'terminus',
  'actuator',
  'microprofile',
  'aspnet',
  'govuk',
  'ft',
  'kubernetes',
  'consul',
  'docker',
  'nagios',
  'haproxy',
  'grpc',
  'metrics',
  'xml',
  'yaml',
  'csv',
];

const types = [
  'application/health+json',
  'application/json',
  'application/grpc',
  'application/openmetrics-text',
  'application/xml',
  'application/yaml',
  'text/csv',
  'text/html',
  'text/plain',
];

const MB = 1_048_576;
const fill = (unit: string): string => unit.repeat(Math.floor(MB / unit.length)).slice(0, MB);
const deep = (open: string, close: string): string =>
  `${open.repeat(100_000)}${close.repeat(100_000)}`;

const hostile: readonly (readonly [name: string, body: string | Uint8Array])[] = [
  ['1 MB of brackets', fill('[')],
  ['1 MB of braces', fill('{"a":')],
  ['lists 100,000 deep', deep('[', ']')],
  ['objects 100,000 deep', `${'{"components":'.repeat(50_000)}{}${'}'.repeat(50_000)}`],
  ['a status below 50,000 objects', `${'{"checks":'.repeat(50_000)}"UP"${'}'.repeat(50_000)}`],
  ['1 MB of quotes', fill('"')],
  ['1 MB of escaped quotes', `"${fill('\\"').slice(2)}`],
  ['1 MB of spaces', fill(' ')],
  ['1 MB of line feeds', fill('\n')],
  ['1 MB of commas', `name,status\n${fill(',').slice(20)}`],
  ['1 MB of colons', fill(':')],
  ['1 MB of equals signs', `CRITICAL | ${fill('=').slice(11)}`],
  ['1 MB of labels', `CRITICAL | ${fill("'a=").slice(11)}`],
  ['a line of spaces with an end that fits nothing', `a: ${fill(' ').slice(9)}x\u2028y`],
  ['a metric with very many labels', `up{${fill('a="b",').slice(9)}`],
  ['a metric of an endless label', `up{a="${fill('\\').slice(9)}`],
  ['1 MB of elements', fill('<a>')],
  ['1 MB of attributes', `<a ${fill('b="c" ').slice(9)}`],
  ['1 MB of ampersands', `<a>${fill('&').slice(9)}</a>`],
  [
    'billion laughs',
    `<!DOCTYPE l [<!ENTITY a "ha">${'<!ENTITY b "&a;&a;">'.repeat(99)}]><l>&b;</l>`,
  ],
  ['billion laughs of YAML', `a: &a [x]\n${'b: &b [*a,*a]\n'.repeat(99)}status: *b\n`],
  ['80,000 keys', `{${Array.from({ length: 80_000 }, (_, n) => `"k${n}":{}`).join()}}`],
  [
    '50,000 checks',
    `{"checks":{${Array.from({ length: 50_000 }, (_, n) => `"k${n}":[{}]`).join()}}}`,
  ],
  [
    'keys of the prototype',
    '{"__proto__":{"status":"UP"},"constructor":{"status":"UP"},"toString":1}',
  ],
  ['a prototype with a status', '{"__proto__":{"status":"UP","checks":{}}}'],
  [
    'a status of the prototype',
    '{"status":"__proto__","checks":{"__proto__":[{"status":"hasOwnProperty"}]}}',
  ],
  ['broken UTF-8', Uint8Array.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x7b])],
  ['1 MB of 0xff', new Uint8Array(MB).fill(0xff)],
  ['1 MB of zeroes', new Uint8Array(MB)],
  ['more than 1 MB', '{"status":"UP"}'.padEnd(MB + 1)],
];

describe.each(hostile)('%s', (_, body) => {
  test('is never well on its own word, in no format', () => {
    for (const format of formats) {
      const found = read({ body }, format);
      expect([format, found.status]).not.toEqual([format, 'pass']);
      expect(found.reason).toMatch(/^[a-z0-9_]{1,64}$/);
      expect(found.components.length).toBeLessThanOrEqual(1_000);
      expect((found.output ?? '').length).toBeLessThanOrEqual(4_096);
    }
  });

  test('costs little, whatever it is said to be', () => {
    const before = process.cpuUsage();
    for (const contentType of types) read({ contentType, body });
    const { user, system } = process.cpuUsage(before);
    // Nine readings of up to 1 MB: quadratic work would take minutes.
    expect(user + system).toBeLessThan(20_000_000);
  });
});

test('what has a prototype of its own harms nobody', () => {
  const body =
    '{"status":"UP","__proto__":{"polluted":1},"checks":{"__proto__":[{"status":"UP","__proto__":{"polluted":1}}]}}';
  const found = read({ code: 200, body });
  expect(found.components.map(({ name }) => name)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect((found.extra as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(Object.getPrototypeOf(found.extra)).toBe(Object.prototype);
});

test('what an object has from its prototype is none of its fields', () => {
  expect(field({ a: 1 }, 'toString', 'constructor', 'a')).toBe(1);
});

test('anything is read without an error, and never as well against its code', () => {
  const body = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array(),
    fc.json(),
    fc
      .tuple(fc.constantFrom('status', 'checks', 'State', 'entries'), fc.jsonValue())
      .map(([key, value]) => JSON.stringify({ [key]: value })),
  );
  const told = fc.record({
    code: fc.constantFrom(undefined, 200, 302, 404, 429, 503, 999, -1, NaN),
    contentType: fc.constantFrom(undefined, ...types),
    body,
  });
  fc.assert(
    fc.property(told, fc.constantFrom(...formats), ({ code, contentType, body }, format) => {
      const found = read(
        {
          body,
          ...(code !== undefined && { code }),
          ...(contentType !== undefined && { contentType }),
        },
        format,
      );
      expect(found.status === 'pass').toBe(found.reason === undefined);
      if (code === 404 || code === 503) expect(found.status).toBe('fail');
    }),
    { numRuns: 2_000 },
  );
});

test('a hint is obeyed, whatever it looks like', () => {
  const told: Told = { code: 200, body: '{"status":"pass"}' };
  expect(read(told).format).toBe('json');
  expect(read(told, 'plain')).toMatchObject({ format: 'plain', status: 'pass' });
  expect(read(told, 'xml')).toMatchObject({
    format: 'xml',
    status: 'unknown',
    reason: 'malformed_body',
  });
});

test('headers may come as node gives them, and the content type by itself', () => {
  const body = 'status: UP';
  expect(read({ headers: { 'content-type': 'TEXT/YAML; charset=utf-8' }, body }).format).toBe(
    'yaml',
  );
  expect(
    read({ headers: { 'content-type': 'text/html' }, contentType: 'text/csv', body }).format,
  ).toBe('csv');
});

test('bytes are read as text, with a byte order mark or without', () => {
  const body = Buffer.from('\uFEFF{"status":"UP"}');
  expect(read({ body })).toMatchObject({ format: 'json', status: 'pass' });
  expect(read({ body: body.toString() })).toMatchObject({ format: 'json', status: 'pass' });
});
