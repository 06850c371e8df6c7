/** What documents do to those who read them, sent through the gateway: refused, and nothing follows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { echo, sharedUpstream, type HttpUpstream } from './upstream.ts';

const bytes = (text: string): number[] => [...Buffer.from(text)];

/** Nine levels of nine: what stands for a thousand million letters. */
const levels = (entity: (name: string, of: string) => string): string =>
  Array.from({ length: 9 }, (_, i) =>
    entity(String.fromCharCode(98 + i), String.fromCharCode(97 + i)),
  ).join('');

const nine = (one: string): string => Array.from({ length: 9 }, () => one).join();

const attacks: readonly (readonly [name: string, type: string, body: string | Uint8Array])[] = [
  [
    'an external entity (XXE)',
    'application/xml',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
  ],
  [
    'an external parameter entity',
    'application/xml',
    '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p;]><a/>',
  ],
  [
    'an entity bomb (billion laughs)',
    'application/xml',
    `<!DOCTYPE a [<!ENTITY a "lol">${levels((name, of) => `<!ENTITY ${name} "${`&${of};`.repeat(9)}">`)}]><a>&j;</a>`,
  ],
  ['an entity that nobody declared', 'application/xml', '<a>&x;</a>'],
  [
    'an alias bomb',
    'application/yaml',
    `a: &a [x]\n${levels((name, of) => `${name}: &${name} [${nine(`*${of}`)}]\n`)}`,
  ],
  ['a prototype key in JSON', 'application/json', '{"a":{"__proto__":{"polluted":1}}}'],
  ['one that is escaped', 'application/json', String.raw`{"\u005f_proto__":{"polluted":1}}`],
  [
    'a prototype key in XML',
    'application/xml',
    '<a><__proto__><polluted>1</polluted></__proto__></a>',
  ],
  ['a prototype key in YAML', 'application/yaml', '__proto__: { polluted: 1 }'],
  ['a prototype key in CSV', 'text/csv', '__proto__,b\n1,2\n'],
  ['a prototype key in NDJSON', 'application/x-ndjson', '{"__proto__":{"polluted":1}}\n'],
  ['a prototype key in a form', 'application/x-www-form-urlencoded', 'a[__proto__][polluted]=1'],
  [
    'a prototype key in a multipart form',
    'multipart/form-data; boundary=b',
    '--b\r\ncontent-disposition: form-data; name="a[__proto__][polluted]"\r\n\r\n1\r\n--b--\r\n',
  ],
  [
    'a prototype key in MessagePack',
    'application/vnd.msgpack',
    new Uint8Array([0x81, 0xa9, ...bytes('__proto__'), 1]),
  ],
  [
    'a prototype key in CBOR',
    'application/cbor',
    new Uint8Array([0xa1, 0x69, ...bytes('__proto__'), 1]),
  ],
  ['brackets without end in JSON', 'application/json', '['.repeat(200_000)],
  ['elements without end', 'application/xml', '<a>'.repeat(50_000)],
  ['flow sequences without end', 'application/yaml', '['.repeat(5000)],
  [
    'arrays without end in MessagePack',
    'application/vnd.msgpack',
    new Uint8Array(50_000).fill(0x91),
  ],
  ['arrays without end in CBOR', 'application/cbor', new Uint8Array(50_000).fill(0x81)],
  [
    'a list that claims to be longer than memory',
    'application/vnd.msgpack',
    new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]),
  ],
  [
    'bytes that claim to be longer than memory',
    'application/cbor',
    new Uint8Array([0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
  ],
  [
    'a form of brackets without end',
    'application/x-www-form-urlencoded',
    `a${'[b]'.repeat(9000)}=1`,
  ],
  ['a charset that nobody knows', 'application/json; charset=x-none', '{}'],
];

describe('a document that attacks its reader', () => {
  let upstream: HttpUpstream;
  let answers: HttpUpstream;
  let gateway: TestGateway;
  let said: { type: string; body: string | Uint8Array };

  beforeAll(async () => {
    upstream = await sharedUpstream(echo);
    answers = await sharedUpstream((_request, response) => {
      response.writeHead(200, { 'content-type': said.type }).end(said.body);
    });
    const all = 'json, xml, yaml, csv, ndjson, form, multipart, msgpack, cbor';
    gateway = await sharedGateway({
      config: `
health: { fall: 100 }
apis:
  - { name: takes, path: /takes, private: true, upstreams: ["${upstream.url}"], formats: { upstream: json, offered: [${all}], request: '$' } }
  - { name: gives, path: /gives, private: true, upstreams: ["${answers.url}"], formats: { upstream: json, offered: [json, csv, tsv], answer: '$' } }
  - { name: records, path: /records, private: true, upstreams: ["${answers.url}"], formats: { upstream: json, offered: [csv], records: true } }
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await answers.close();
  });

  const asClient = { authorization: `Bearer ${KEY}` };

  it.each(attacks)('is refused when it is a request: %s', async (_name, type, body) => {
    const before = upstream.sent.length;
    const found = await fetch(`${gateway.url}/takes`, {
      method: 'POST',
      headers: { ...asClient, 'content-type': type },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    expect([found.status, await found.json()]).toMatchObject([400, { code: 'invalid_request' }]);
    expect(upstream.sent.length).toBe(before);
    expect((Object.prototype as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each(attacks)('is an error when it is an answer: %s', async (_name, type, body) => {
    said = { type, body };
    const found = await fetch(`${gateway.url}/gives`, { headers: asClient });
    const text = await found.text();
    expect([found.status, JSON.parse(text)]).toMatchObject([502, { code: 'upstream_error' }]);
    expect(text).not.toContain('root:');
    expect((Object.prototype as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each(['/gives', '/records'])('runs no formula of %s in a spreadsheet', async (path) => {
    const cells = ['=1+1', '+1', '-1+2', '@SUM(A1)', '\t=1', '\r=1', '＝1'];
    said = { type: 'application/json', body: JSON.stringify(cells.map((a) => ({ a }))) };
    const found = await fetch(gateway.url + path, { headers: { ...asClient, accept: 'text/csv' } });
    const [, ...lines] = (await found.text()).trimEnd().split('\r\n');
    expect(lines).toEqual(cells.map((cell) => `"'${cell}"`));
  });
});
