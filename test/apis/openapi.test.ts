import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createClient } from '@vitalgate/contract/api/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  KEY,
  sharedGateway,
  temporaryFolder,
  testGateway,
  type TestGateway,
} from '../harness/gateway.ts';
import { echo, httpUpstream, sharedUpstream, type HttpUpstream } from './upstream.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const asClient = { authorization: `Bearer ${KEY}` };

const describe31 = `
openapi: 3.1.0
info: { title: Orders, version: "1" }
servers: [{ url: "https://orders.example/orders" }]
paths:
  /items/{id}:
    parameters:
      - $ref: '#/components/parameters/Id'
    get:
      parameters:
        - { name: full, in: query, schema: { type: boolean } }
        - { name: tags, in: query, schema: { type: array, items: { enum: [a, b] }, maxItems: 2 } }
        - { name: X-Shop, in: header, required: true, schema: { type: string, pattern: "^s-" } }
        - { name: filter, in: query, style: deepObject, schema: { type: object, properties: { n: { type: integer } } } }
      responses:
        200: { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Item' } } } }
  /items:
    post:
      requestBody:
        required: true
        content:
          application/json: { schema: { $ref: '#/components/schemas/Item' } }
          application/x-www-form-urlencoded: { schema: { type: object, required: [qty], properties: { qty: { type: integer } } } }
      responses: { 200: { description: ok } }
components:
  parameters:
    Id: { name: id, in: path, required: true, schema: { type: integer, minimum: 1 } }
  schemas:
    Item:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: { type: string, maxLength: 5 }
        parts: { type: array, items: { $ref: '#/components/schemas/Item' } }
        made: { type: string, format: date }
`;

const describe30 = `
openapi: 3.0.3
info: { title: Old, version: "1" }
paths:
  /old:
    post:
      requestBody:
        content:
          application/json:
            schema: { type: object, properties: { note: { type: string, nullable: true }, n: { type: number, minimum: 0, exclusiveMinimum: true } } }
      responses: { default: { description: any } }
`;

/** What documents from elsewhere have. */
const describeWild = `
openapi: 3.0.3
info: { title: Wild, version: "1" }
servers: [{ url: "https://{host}/{version}", variables: { host: { default: wild.example }, version: { default: wild } } }]
paths:
  /jobs/{id}:cancel: { post: { parameters: [{ name: id, in: path, required: true, schema: { type: integer } }], responses: { default: { description: any } } } }
  /reports/{id}.{format}: { get: { parameters: [{ name: id, in: path, required: true, schema: { type: integer } }, { name: format, in: path, required: true, schema: { enum: [csv, pdf] } }], responses: { default: { description: any } } } }
  /map/{ids}: { get: { parameters: [{ name: ids, in: path, required: true, style: matrix, explode: true, schema: { type: array, items: { type: integer } } }], responses: { default: { description: any } } } }
  /find:
    get:
      parameters:
        - { name: where, in: query, content: { application/json: { schema: { type: object, required: [k] } } } }
        - { name: point, in: query, explode: false, schema: { type: object, properties: { x: { type: integer } } } }
        - { name: slow, in: query, schema: { type: string, pattern: '^(a+)+$' } }
        - { name: strong, in: query, schema: { type: string, pattern: '^(?=.*[0-9]).{3,}$' } }
      responses: { default: { description: any } }
  /lists: { post: { requestBody: { content: { application/json: { schema: { type: array, items: { type: string } } } } }, responses: { default: { description: any } } } }
  /people:
    post:
      requestBody:
        content:
          application/json: { schema: { $ref: '#/components/schemas/Person' } }
          application/x-www-form-urlencoded: { schema: { type: object, properties: { tags: { type: array, items: { type: integer } } } } }
      responses: { default: { description: any } }
components:
  schemas:
    Person: { type: object, required: [id, name], properties: { id: { type: integer, readOnly: true }, name: { type: string }, boss: { $ref: '#/components/schemas/Person' } } }
`;

describe('an API with a description', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
  let upstream: HttpUpstream;
  let other: HttpUpstream;
  let gateway: TestGateway;
  let answer = '{"name":"a"}';
  let heard: IncomingHttpHeaders = {};

  beforeAll(async () => {
    writeFileSync(join(folder, 'new.yaml'), describe31);
    writeFileSync(join(folder, 'old.yaml'), describe30);
    writeFileSync(join(folder, 'wild.yaml'), describeWild);
    upstream = await sharedUpstream((request, response) => {
      heard = request.headers;
      request.resume().on('end', () => {
        if (request.headers.range !== undefined) {
          response.writeHead(206, { 'content-type': 'application/json' }).end(answer.slice(0, 4));
          return;
        }
        response.writeHead(200, { 'content-type': 'application/json', etag: '"kept"' });
        response.end(answer);
      });
    });
    other = await sharedUpstream(echo);
    const one = (name: string, file: string, url: string, more: string) =>
      `  - { name: ${name}, path: /${name}, private: true, upstreams: ["${url}"], openapi: { document: "${join(folder, file)}", ${more} } }\n`;
    gateway = await sharedGateway({
      config: `apis:
${one('orders', 'new.yaml', upstream.url, 'unknown: refuse, answers: enforce')}${one('old', 'old.yaml', other.url, 'answers: "off"')}${one('wild', 'wild.yaml', other.url, 'unknown: refuse')}
  - { name: lenient, path: /lenient, rewrite: /orders, private: true, upstreams: ["${upstream.url}"], openapi: { document: "${join(folder, 'new.yaml')}", requests: report } }
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await other.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (path: string, body?: string, headers: Record<string, string> = {}) => {
    const found = await fetch(gateway.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...asClient, 'x-shop': 's-1', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const told = (await found.json()) as {
      code?: string;
      errors?: { in: string; pointer: string; detail: string }[];
    };
    return {
      status: found.status,
      code: told.code,
      places: told.errors?.map((one) => `${one.in}${one.pointer}`),
    };
  };
  const json = { 'content-type': 'application/json' };

  it.each([
    ['/orders/items/7', {}, 200, undefined],
    ['/orders/items/7?full=true&tags=a&tags=b&filter[n]=1', {}, 200, undefined],
    ['/orders/items/seven', {}, 400, ['path/id']],
    ['/orders/items/0', {}, 400, ['path/id']],
    ['/orders/items/7?full=maybe', {}, 400, ['query/full']],
    ['/orders/items/7?full=true&full=false', {}, 400, ['query/full']],
    ['/orders/items/7?tags=a&tags=c', {}, 400, ['query/tags/1']],
    ['/orders/items/7?filter[n]=x', {}, 400, ['query/filter/n']],
    ['/orders/items/7', { 'x-shop': 'other' }, 400, ['header/x-shop']],
    ['/orders/nothing', {}, 404, undefined],
  ] as const)('says of GET %s what is wrong, and where', async (path, headers, status, places) => {
    answer = '{"name":"a"}';
    const found = await ask(path, undefined, headers);
    expect([found.status, found.places]).toEqual([status, places]);
  });

  it.each([
    ['{"name":"a","parts":[{"name":"b"}],"made":"2026-01-31"}', json, 200, undefined],
    ['{"name":"a","parts":[{"name":"toolong"}]}', json, 400, ['body/parts/0/name']],
    ['{"name":1,"other":2}', json, 400, ['body', 'body/name']],
    ['{"name":"a","made":"yesterday"}', json, 400, ['body/made']],
    ['{"name":', json, 400, ['body']],
    ['qty=3', { 'content-type': 'application/x-www-form-urlencoded' }, 200, undefined],
    ['qty=three', { 'content-type': 'application/x-www-form-urlencoded' }, 400, ['body/qty']],
    ['<a/>', { 'content-type': 'application/xml' }, 415, undefined],
    ['', json, 400, ['body']],
  ] as const)(
    'says of the body %s what is wrong, and where',
    async (body, headers, status, places) => {
      const found = await ask('/orders/items', body, headers);
      expect([found.status, found.places?.toSorted()]).toEqual([status, places]);
    },
  );

  it.each([
    ['/jobs/7:cancel', 'POST', 200],
    ['/jobs/seven:cancel', 'POST', 400],
    ['/jobs/7:stop', 'POST', 404],
    ['/reports/7.csv', 'GET', 200],
    ['/reports/7.csv', 'HEAD', 200],
    ['/reports/7.doc', 'GET', 400],
    ['/reports/7', 'GET', 404],
    // Styles that are not taken apart are not judged.
    ['/map/;ids=1;ids=2', 'GET', 200],
    ['/find?point=x,1', 'GET', 200],
    ['/find?where={"k":1}', 'GET', 200],
    ['/find?where={}', 'GET', 400],
    ['/find?where=nonsense', 'GET', 400],
    ['/find?strong=ab1', 'GET', 200],
    ['/find?strong=abc', 'GET', 400],
    // Years, in an engine that goes back.
    [`/find?slow=${'a'.repeat(500)}b`, 'GET', 400],
  ])('takes documents as they are found: %s by %s', async (path, method, status) => {
    const found = await fetch(`${gateway.url}/wild${path}`, { method, headers: asClient });
    await found.arrayBuffer();
    expect(found.status).toBe(status);
  });

  it('asks no request for what only answers have, and takes one value for a list of one', async () => {
    const status = async (body: string, type = json) =>
      (await ask('/wild/people', body, type)).status;
    expect(await status('{"name":"Ada","boss":{"name":"Grace"}}')).toBe(200);
    expect(await status('{"name":"Ada","boss":{}}')).toBe(400);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect([await status('tags=1', form), await status('tags=x', form)]).toEqual([200, 400]);
  });

  it('looks into what is compressed, and sends it on as it came', async () => {
    const send = (body: string, coding = 'gzip') =>
      fetch(`${gateway.url}/wild/lists`, {
        method: 'POST',
        headers: { ...asClient, ...json, 'content-encoding': coding },
        body: new Uint8Array(gzipSync(body)),
      });
    expect((await send('["a"]')).status).toBe(200);
    expect(other.sent.at(-1)?.headers['content-encoding']).toBe('gzip');
    expect((await send('[1]')).status).toBe(400);
    expect((await send('["a"]', 'br')).status).toBe(400);
    expect((await send('["a"]', 'x-own')).status).toBe(415);
  });

  it('is not held up by a body of nothing but mistakes, nor by a form of nothing but names', async () => {
    const started = performance.now();
    const list = await ask('/wild/lists', `[${'1,'.repeat(500_000)}1]`, json);
    // Of a million each would be an object, and the process out of memory.
    expect([list.status, list.places]).toEqual([400, ['body/0']]);
    const names = Array.from({ length: 100_000 }, (_, i) => `n${i}=1`).join('&');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await ask('/wild/people', names, form)).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('reads 3.0: nullable, and limits that are exclusive by a flag', async () => {
    const status = async (body: string) => (await ask('/old', body, json)).status;
    expect(await status('{"note":null,"n":0.1}')).toBe(200);
    expect(await status('{"n":0}')).toBe(400);
    expect(await status('{"note":1}')).toBe(400);
  });

  it('asks for no part of an answer, and for none compressed, where it has to be judged', async () => {
    answer = '{"name":"a"}';
    const wish = { range: 'bytes=0-3', 'accept-encoding': 'gzip' };
    expect(await ask('/orders/items/7', undefined, wish)).toMatchObject({ status: 200 });
    expect([heard['range'], heard['accept-encoding']]).toEqual([undefined, 'identity']);
    const part = await fetch(`${gateway.url}/lenient/items/7`, {
      headers: { ...asClient, 'x-shop': 's-1', ...wish },
    });
    expect([part.status, await part.text()]).toEqual([206, '{"na']);
  });

  it('holds back an answer that is not as described, or reports it and lets it pass', async () => {
    answer = '{"nome":"a"}';
    expect(await ask('/orders/items/7')).toMatchObject({ status: 502, code: 'upstream_error' });
    const found = await fetch(`${gateway.url}/lenient/items/7?full=maybe`, { headers: asClient });
    expect([found.status, found.headers.get('etag'), await found.text()]).toEqual([
      200,
      '"kept"',
      answer,
    ]);
    expect(gateway.logged.join('')).toContain('an answer is not as described');
    expect(gateway.logged.join('')).toContain('a request is not as described');
    const metrics = async () => (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    await expect
      .poll(metrics)
      .toContain('api_mismatches_total{api="lenient",direction="request"} 1');
    const reported = await fetch(`${gateway.url}/lenient/items`, {
      method: 'POST',
      headers: { ...asClient, ...json, 'content-encoding': 'x-own' },
      body: 'of our own',
    });
    expect(reported.status).toBe(200);
  });

  it.each([
    'openapi: 2.0',
    'paths: [',
    'openapi: 3.1.0\npaths: { /x: { get: { parameters: [{ $ref: "other.yaml#/x" }] } } }',
  ])('does not start with what describes nothing: %s', async (text) => {
    const file = join(temporaryFolder(), 'api.yaml');
    writeFileSync(file, text);
    const config = `apis: [{ name: x, path: /x, private: true, upstreams: ["http://127.0.0.1:9"], openapi: { document: "${file}" } }]`;
    await expect(testGateway({ config })).rejects.toThrow(/apis x openapi\.document: /);
  });

  it('says what is wrong with a schema before it is asked for and then, and serves what has others', async () => {
    const content = (schema: object) => ({ content: { 'application/json': { schema } } });
    const post = (schema: object) => ({ post: { requestBody: content(schema), responses: {} } });
    const file = join(temporaryFolder(), 'api.json');
    writeFileSync(
      file,
      JSON.stringify({
        openapi: '3.1.0',
        info: { title: 'Two', version: '1' },
        paths: {
          '/x/good': post({ type: 'object', required: ['n'] }),
          '/x/bad': post({ properties: { n: { $ref: '#/components/schemas/Gone' } } }),
        },
      }),
    );
    const other = await httpUpstream((request, response) => {
      request.resume();
      response.end('{}');
    });
    const { url, addresses, logged } = await testGateway({
      config: `
apis: [{ name: x, path: /x, private: true, upstreams: ["${other.url}"], openapi: { document: "${file}" } }]
keys: [{ name: client, secret: ${KEY} }]
`,
      environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
    });
    // Before anybody calls.
    const owner = createClient({ baseUrl: addresses.admin, token: TOKEN });
    const shown = () => owner.call('GET /api/apis/{name}', { params: { name: 'x' } });
    const gone = expect.stringMatching(/cannot be used: .*Gone/) as string;
    await expect
      .poll(async () => (await shown()).broken, { timeout: 30_000 })
      .toEqual([{ operation: 'POST /x/bad', detail: gone }]);
    expect(logged.join('')).toContain('schemas in the description of an API cannot be used');
    const ask = async (path: string, body: string) => {
      const headers = { ...asClient, ...json };
      const answer = await fetch(url + path, { method: 'POST', headers, body });
      return `${answer.status} ${await answer.text()}`;
    };
    expect(await ask('/x/bad', '{"n":1}')).toMatch(/^500 .*cannot be used: .*Gone/);
    expect(await ask('/x/good', '{}')).toMatch(/^400 .*must have required property 'n'/);
    expect(await ask('/x/good', '{"n":1}')).toBe('200 {}');
  });
});
