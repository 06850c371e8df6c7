import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KEY, temporaryFolder, testGateway } from '../harness/gateway.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import { sharedUpstream } from './upstream.ts';

const document = (most: number, extra = '') => `
openapi: 3.1.0
info: { title: Orders, version: "1" }
paths:
  /orders:
    post:
      requestBody: { content: { application/json: { schema: { type: object, properties: { n: { maximum: ${most} } } } } } }
      responses: { "200": { description: ok } }
${extra}`;

describe('a description that is fetched', () => {
  it('is checked against, kept over restarts, and asked for again', async () => {
    let told: { status: number; body: string } = { status: 503, body: '' };
    const asked: (string | undefined)[] = [];
    const serve = ({ method, url, headers }: IncomingMessage, response: ServerResponse) => {
      if (method === 'POST') {
        response.writeHead(200).end('{}');
        return;
      }
      expect(url).toBe('/openapi.yaml?v=1');
      const known = headers['if-none-match'];
      asked.push(known);
      const etag = `"${told.body.length}"`;
      if (known === etag) response.writeHead(304).end();
      else
        response
          .writeHead(told.status, { 'content-type': 'application/yaml', etag })
          .end(told.body);
    };
    const service = await sharedUpstream((request: IncomingMessage, response: ServerResponse) =>
      serve(request, response),
    );
    onTestFinished(() => service.close());
    const folder = temporaryFolder();
    const clock = new ShiftedClock();
    const config = `
apis:
  - name: orders
    path: /orders
    private: true
    upstreams: ["${service.url}"]
    openapi: { document: "${service.url}/openapi.yaml?v=1", refresh: 1h, unknown: refuse }
keys: [{ name: client, secret: ${KEY} }]
`;
    const post = (url: string, n: number) =>
      fetch(`${url}/orders`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ n }),
      }).then(({ status }) => status);
    const until = async (url: string, n: number, status: number) => {
      clock.forward(3_700_000);
      await expect.poll(() => post(url, n), { timeout: 20_000, interval: 200 }).toBe(status);
    };

    const first = await testGateway({ config, folder, clock });
    // Nothing passes unchecked while there is nothing to check against.
    expect(await post(first.url, 1)).toBe(502);
    told = { status: 200, body: document(10) };
    await until(first.url, 11, 400);
    expect(await post(first.url, 10)).toBe(200);
    await first.stop();

    told = { status: 500, body: 'gone' };
    const second = await testGateway({ config, folder, clock });
    expect([await post(second.url, 11), await post(second.url, 10)]).toEqual([400, 200]);
    told = { status: 200, body: document(20, '# longer') };
    await until(second.url, 11, 200);
    const known = asked.length;
    // One that is none changes nothing, and one that is the same is not sent again.
    told = { status: 200, body: 'no description' };
    clock.forward(3_700_000);
    await expect.poll(() => asked.length, { timeout: 30_000 }).toBeGreaterThan(known);
    expect(await post(second.url, 21)).toBe(400);
    const patiently = { timeout: 30_000, interval: 100 };
    await expect
      .poll(() => second.logged.join(''), patiently)
      .toContain('the description of an API is none');
    expect(asked.at(-1)).toBe(`"${document(20, '# longer').length}"`);
  });

  it('takes nobody’s time with a pattern that never ends', async () => {
    const pattern = '^(?=(a+)+b$)a';
    const properties = {
      a: { type: 'string', pattern },
      password: { type: 'string', pattern: '^(?=.*\\d)(?=.*[A-Z])(?!.*(?:secret|\\|)).{8,}$' },
      other: { type: 'string', pattern: '(a+)+(?<=x)$' },
    };
    const schema = { type: 'object', properties };
    const content = { 'application/json': { schema } };
    const paths = { '/orders': { post: { requestBody: { content }, responses: {} } } };
    const service = await sharedUpstream((_request: IncomingMessage, response: ServerResponse) => {
      const described = { openapi: '3.1.0', info: { title: 'Orders', version: '1' }, paths };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(described));
    });
    onTestFinished(() => service.close());
    const gateway = await testGateway({
      config: `
apis:
  - name: orders
    path: /orders
    private: true
    upstreams: ["${service.url}"]
    openapi: { document: "${service.url}/openapi.json" }
keys: [{ name: client, secret: ${KEY} }]
`,
    });
    const post = async (a: string, more = {}) => {
      const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ a, ...more });
      return (await fetch(`${gateway.url}/orders`, { method: 'POST', headers, body })).status;
    };
    expect(await post('aaab')).toBe(200);
    expect(await post('a'.repeat(60))).toBe(400);
    const told: unknown[] = [];
    for (const password of [
      'Passw0rd!',
      'password1',
      'PASSWORD',
      'Sh0rt',
      'my1Gsecret',
      'my1Gpipe|',
    ]) {
      told.push(await post('ab', { password }));
    }
    expect(told).toEqual([200, 400, 400, 400, 400, 400]);
    expect(await post('ab', { other: 'a'.repeat(60) })).toBe(200);
  });
});
