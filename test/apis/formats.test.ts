import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { echo, sharedUpstream, type HttpUpstream } from './upstream.ts';

const asClient = { authorization: `Bearer ${KEY}` };
const ORDERS = {
  orders: [
    { id: 7, total: 12.5, note: 'a,b' },
    { id: 8, total: 3, note: null },
  ],
};

describe('an API in the format of its caller', () => {
  let upstream: HttpUpstream;
  let said: HttpUpstream;
  let gateway: TestGateway;
  let answer: { status: number; type: string; body: string | Buffer; coding?: string } = {
    status: 200,
    type: 'application/json',
    body: JSON.stringify(ORDERS),
  };

  beforeAll(async () => {
    upstream = await sharedUpstream((_request, response) => {
      const { coding } = answer;
      response.writeHead(answer.status, {
        'content-type': answer.type,
        etag: '"a"',
        ...(coding !== undefined && { 'content-encoding': coding }),
      });
      response.end(answer.body);
    });
    said = await sharedUpstream(echo);
    gateway = await sharedGateway({
      config: `
apis:
  - name: orders
    path: /orders
    private: true
    upstreams: ["${upstream.url}"]
    formats: { upstream: json, offered: [json, xml, yaml, csv, msgpack], root: list, error: '{ "problem": error.message, "status": $status }' }
  - name: rows
    path: /rows
    private: true
    upstreams: ["${upstream.url}"]
    formats: { upstream: json, offered: [json, csv, ndjson], answer: 'orders.{ "id": id, "note": note }' }
  - name: takes
    path: /takes
    private: true
    upstreams: ["${said.url}"]
    formats: { upstream: json, offered: [json, xml, form], lists: [item], request: '$merge([$, { "by": $query.by }])' }
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await said.close();
  });

  const read = async (path: string, accept?: string) => {
    const headers = { ...asClient, ...(accept === undefined ? {} : { accept }) };
    const found = await fetch(gateway.url + path, { headers });
    return { found, type: found.headers.get('content-type'), body: await found.text() };
  };

  it('is told in the format that accept wants most, and untouched where that is the upstream’s', async () => {
    answer = { status: 200, type: 'application/json', body: JSON.stringify(ORDERS) };
    const same = await read('/orders');
    expect([same.type, same.body]).toEqual(['application/json', JSON.stringify(ORDERS)]);
    expect(same.found.headers.get('etag')).toBe('"a"');
    expect(same.found.headers.get('vary')).toContain('accept');

    const xml = await read(
      '/orders',
      'text/csv;q=0.1, application/xml;q=0.9, application/json;q=0.5',
    );
    expect(xml.type).toMatch(/^application\/xml/);
    expect(xml.body).toMatch(/<list[ >]/);
    expect(xml.body).toContain('<id>7</id>');
    // The bytes are others, so what was said of the upstream's is not repeated.
    expect(xml.found.headers.get('etag')).toBeNull();

    expect((await read('/orders', 'application/yaml')).body).toContain('total: 12.5');
  });

  it('is mapped on its way', async () => {
    answer = { status: 200, type: 'application/json', body: JSON.stringify(ORDERS) };
    const csv = await read('/rows', 'text/csv');
    expect(csv.type).toMatch(/^text\/csv/);
    expect(csv.body.trim().split(/\r?\n/)).toEqual(['"id","note"', '7,"a,b"', '8,']);
    const lines = await read('/rows', 'application/x-ndjson');
    expect(
      lines.body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { id: 7, note: 'a,b' },
      { id: 8, note: null },
    ]);
  });

  it('maps errors by a rule of their own, and keeps their status', async () => {
    answer = { status: 409, type: 'application/json', body: '{"error":{"message":"sold"}}' };
    const { found, body } = await read('/orders', 'application/json');
    expect([found.status, JSON.parse(body)]).toEqual([409, { problem: 'sold', status: 409 }]);
  });

  it('passes what is no document, and refuses what cannot be read', async () => {
    answer = { status: 200, type: 'image/png', body: Buffer.from([1, 2, 3]) };
    const image = await read('/orders', 'application/xml');
    expect([image.type, image.body]).toEqual(['image/png', '\u0001\u0002\u0003']);

    answer = { status: 200, type: 'application/json', body: '{"cut":' };
    const cut = await read('/orders', 'application/xml');
    expect(cut.found.status).toBe(502);
    expect(cut.body).toContain('<code>upstream_error</code>');
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('reads what is compressed, either way: %s', async (coding, compress) => {
    // Asked for plain bytes, some upstreams compress all the same.
    answer = { status: 200, type: 'application/json', body: compress('{"a":1}'), coding };
    const told = await read('/orders', 'application/xml');
    expect([told.found.status, told.body]).toEqual([200, expect.stringContaining('<a>1</a>')]);
    expect(told.found.headers.get('content-encoding')).toBeNull();
    const headers = { 'content-type': 'application/xml', 'content-encoding': coding };
    const send = (body: Buffer) =>
      fetch(`${gateway.url}/takes?by=ada`, {
        method: 'POST',
        headers: { ...asClient, ...headers },
        body: new Uint8Array(body),
      });
    expect((await send(compress('<a><b>1</b></a>'))).status).toBe(200);
    expect(said.sent.at(-1)).toMatchObject({ body: '{"a":{"b":1},"by":"ada"}' });
    expect(said.sent.at(-1)?.headers['content-encoding']).toBeUndefined();
    expect((await send(Buffer.from('<a/>'))).status).toBe(400);
    // Ten thousand times what it costs.
    expect((await send(compress(Buffer.alloc(20 * 1024 ** 2, 0x20)))).status).toBe(400);
  });

  it('tells HEAD what GET would be told, and nothing of nothing', async () => {
    answer = { status: 200, type: 'application/json', body: '{"a":1}' };
    const headers = { ...asClient, accept: 'application/xml' };
    const head = await fetch(`${gateway.url}/orders`, { method: 'HEAD', headers });
    expect(head.headers.get('content-type')).toBe((await read('/orders', headers.accept)).type);
    expect([head.headers.get('content-length'), head.headers.get('etag')]).toEqual([null, null]);
    answer = { status: 200, type: 'application/json', body: '' };
    const nothing = await read('/orders', 'application/xml');
    expect([nothing.found.status, nothing.body]).toEqual([200, '']);
  });

  it('refuses with 406 and 415 what nobody speaks', async () => {
    const none = await read('/orders', 'image/webp');
    expect([none.found.status, JSON.parse(none.body)]).toMatchObject([
      406,
      { code: 'not_acceptable' },
    ]);
    const body = await fetch(`${gateway.url}/takes`, {
      method: 'POST',
      headers: { ...asClient, 'content-type': 'text/plain' },
      body: 'x',
    });
    expect([body.status, await body.json()]).toMatchObject([
      415,
      { code: 'unsupported_media_type' },
    ]);
  });

  it('takes bodies in the caller’s format', async () => {
    const send = async (type: string, body: string) => {
      const found = await fetch(`${gateway.url}/takes?by=me`, {
        method: 'POST',
        headers: { ...asClient, 'content-type': type },
        body,
      });
      return { status: found.status, body: await found.text() };
    };
    expect((await send('application/xml', '<o><item><n>1</n></item></o>')).status).toBe(200);
    const sent = said.sent.at(-1);
    expect(sent?.headers['content-type']).toMatch(/^application\/json/);
    expect(sent?.headers['content-length']).toBe(String(sent?.body.length));
    expect(JSON.parse(sent?.body ?? '')).toEqual({ o: [{ n: 1 }], by: 'me' });

    expect((await send('application/x-www-form-urlencoded', 'a=1&b=x')).status).toBe(200);
    expect(JSON.parse(said.sent.at(-1)?.body ?? '')).toEqual({ a: 1, b: 'x', by: 'me' });

    const bad = await send(
      'application/xml',
      '<!DOCTYPE o [<!ENTITY e SYSTEM "file:///etc/passwd">]><o>&e;</o>',
    );
    expect([bad.status, JSON.parse(bad.body)]).toMatchObject([400, { code: 'invalid_request' }]);
  });
});
