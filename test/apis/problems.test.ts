import { read, type FormatName } from '@vitalgate/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';

const LONG = { method: 'POST', body: 'more than ten bytes' };

describe('what goes wrong, in the format of the caller', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await sharedGateway({
      config: `
apis:
  - { name: plain, path: /plain, private: true, maxBody: 10B, methods: [GET, POST], upstreams: ["http://127.0.0.1:9"] }
  - { name: shaped, path: /shaped, private: true, upstreams: ["http://127.0.0.1:9"], formats: { upstream: json, offered: [xml, yaml, multipart] } }
keys: [{ name: client, secret: ${KEY} }, { name: other, secret: another-key, apis: [plain] }]
`,
    });
  });
  afterAll(() => gateway.stop());

  const ask = async (path: string, accept?: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${KEY}`, ...(init.headers as Record<string, string>) };
    const found = await fetch(gateway.url + path, {
      ...init,
      headers: { ...headers, ...(accept !== undefined && { accept }) },
    });
    const contentType = found.headers.get('content-type') ?? '';
    return { status: found.status, contentType, bytes: Buffer.from(await found.arrayBuffer()) };
  };

  it.each<[accept: string | undefined, contentType: string, format: FormatName]>([
    [undefined, 'application/problem+json', 'json'],
    ['application/json', 'application/problem+json', 'json'],
    ['application/problem+json', 'application/problem+json', 'json'],
    ['application/xml', 'application/problem+xml', 'xml'],
    ['application/problem+xml, application/json;q=0.9', 'application/problem+xml', 'xml'],
    ['text/html, image/png', 'application/problem+json', 'json'],
    ['application/yaml', 'application/yaml; charset=utf-8', 'yaml'],
    ['text/csv', 'text/csv; charset=utf-8; header=present', 'csv'],
    ['application/x-ndjson', 'application/x-ndjson; charset=utf-8', 'ndjson'],
    ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded', 'form'],
    ['application/vnd.msgpack', 'application/vnd.msgpack', 'msgpack'],
    ['application/cbor;q=0.5, text/csv;q=0.1', 'application/cbor', 'cbor'],
    ['application/protobuf', 'application/problem+json', 'json'],
  ])('to accept %s says %s', async (accept, contentType, format) => {
    const found = await ask('/plain', accept, LONG);
    expect([found.status, found.contentType]).toEqual([413, contentType]);
    const told = await read(found.bytes, format, { contentType });
    const [problem] = [told].flat();
    const members = format === 'xml' ? (problem as { problem: unknown }).problem : problem;
    expect(members).toMatchObject({ status: 413, code: 'request_too_large' });
  });

  it('is XML as RFC 9457 has it, with each mistake an item', async () => {
    const found = await ask('/plain', 'text/xml', LONG);
    expect(found.status).toBe(413);
    expect(String(found.bytes)).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<problem xmlns="urn:ietf:rfc:7807"><title>[^<]+<\/title><status>413<\/status><detail>[^<]+<\/detail><code>request_too_large<\/code>/,
    );
  });

  it.each<[path: string, init: RequestInit, status: number]>([
    ['/shaped', { headers: { authorization: 'Bearer none' } }, 401],
    ['/shaped', { headers: { authorization: 'Bearer another-key' } }, 403],
    ['/shaped/a//b', {}, 400],
    ['/shaped', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }, 415],
  ])(
    'of %s %j is what its API prefers where the caller says nothing',
    async (path, init, status) => {
      const found = await ask(path, undefined, init);
      expect([found.status, found.contentType]).toEqual([status, 'application/problem+xml']);
    },
  );

  it.each<[accept: string, status: number, contentType: string]>([
    ['image/png', 406, 'application/problem+json'],
    ['application/yaml', 415, 'application/yaml; charset=utf-8'],
    ['multipart/form-data', 415, 'application/problem+json'],
  ])('of an API with formats is told to accept %s', async (accept, status, contentType) => {
    const found = await ask('/shaped', accept, LONG);
    expect([found.status, found.contentType]).toEqual([status, contentType]);
  });

  it('is told so of a method that the API has not', async () => {
    const found = await ask('/plain', 'application/xml', { method: 'DELETE' });
    expect([found.status, found.contentType]).toEqual([405, 'application/problem+xml']);
  });
});
