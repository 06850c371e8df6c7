/** An upstream that tells its callers what it was sent. */
import { gzipSync } from 'node:zlib';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { sharedUpstream, type HttpUpstream } from './upstream.ts';

const TOKEN = 'tok-0123456789-t';
const PASSWORD = 'a-long-password';
const BASIC = Buffer.from(`user:${PASSWORD}`).toString('base64');
const SESSION = 'session-0123456789';
const SECRETS = [TOKEN, PASSWORD, BASIC, SESSION];

describe('an upstream that shows what it was sent', () => {
  let upstream: HttpUpstream;
  let gateway: TestGateway;
  beforeAll(async () => {
    upstream = await sharedUpstream(tell);
    gateway = await sharedGateway({
      config: `
apis:
  - name: bearer
    path: /bearer
    private: true
    upstreams: ["${upstream.url}"]
    headers: { request: { set: { authorization: "Bearer ${TOKEN}", x-plain: "shown to everybody" } } }
  - name: basic
    path: /basic
    private: true
    upstreams: ["${upstream.url}"]
    headers: { request: { set: { authorization: "Basic ${BASIC}", cookie: "a=${SESSION}; b=1" } } }
  - name: compressed
    path: /compressed
    private: true
    upstreams: ["${upstream.url}"]
    headers: { request: { set: { authorization: "Bearer ${TOKEN}", accept-encoding: gzip } } }
  - name: remembered
    path: /remembered
    private: true
    upstreams: ["${upstream.url}"]
    cache: {}
    formats: { upstream: json, offered: [json, yaml] }
    headers: { request: { set: { authorization: "Bearer ${TOKEN}" } } }
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  /** Tells in the way that the query asks for. */
  async function tell(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { searchParams } = new URL(request.url ?? '', 'http://upstream.test');
    const { authorization = '', cookie = '' } = request.headers;
    const basic = Buffer.from(/^Basic (.*)/.exec(authorization)?.[1] ?? '', 'base64').toString();
    const page = JSON.stringify({
      authorization,
      cookie,
      basic,
      plain: request.headers['x-plain'],
    });
    const type = searchParams.get('type') ?? 'application/json';
    response.setHeader('content-type', type);
    response.setHeader('x-shown', authorization);
    response.setHeader('cache-control', 'max-age=60');
    const by = Number(searchParams.get('by') ?? page.length);
    if (searchParams.has('sized')) response.setHeader('content-length', page.length);
    if (searchParams.has('gzip') && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
      response.setHeader('content-encoding', 'gzip').end(gzipSync(page));
      return;
    }
    for (let at = 0; at < page.length; at += by) {
      // One piece is read before the next is written.
      await new Promise<void>((resolve) => {
        response.write(page.slice(at, at + by), () => setImmediate(resolve));
      });
    }
    response.end();
  }

  const ask = async (path: string, accept = '*/*') => {
    const answer = await fetch(gateway.url + path, {
      headers: { authorization: `Bearer ${KEY}`, accept },
    });
    const head = JSON.stringify([...answer.headers]);
    return { status: answer.status, head, body: await answer.text() };
  };
  const expectHidden = ({ head, body }: { head: string; body: string }) => {
    for (const secret of SECRETS) expect(head + body).not.toContain(secret);
  };

  it.each([1, 3, 16, 17, 1000])('tells no token, in pieces of %d bytes', async (by) => {
    for (const sized of ['', '&sized=1']) {
      const told = await ask(`/bearer/x?by=${by}${sized}`);
      expectHidden(told);
      expect(told.head).toContain(`Bearer ${'*'.repeat(TOKEN.length)}`);
      expect(JSON.parse(told.body)).toMatchObject({
        authorization: `Bearer ${'*'.repeat(TOKEN.length)}`,
        plain: 'shown to everybody',
      });
    }
  });

  it('tells neither name nor password, nor a cookie', async () => {
    const told = await ask('/basic/x?by=7');
    expectHidden(told);
    expect(JSON.parse(told.body)).toMatchObject({
      cookie: `a=${'*'.repeat(SESSION.length)}; b=1`,
      basic: `user:${'*'.repeat(PASSWORD.length)}`,
    });
  });

  it('tells none in another format, and remembers none', async () => {
    for (let i = 0; i < 2; i += 1) {
      const told = await ask('/remembered/x', 'application/yaml');
      expectHidden(told);
      expect(told.body).toContain(`Bearer ${'*'.repeat(TOKEN.length)}`);
    }
  });

  it('tells none to who would take it compressed, nor in a part among parts', async () => {
    for (const told of ['gzip=1', 'type=multipart/byteranges']) {
      const { head, body } = await ask(`/bearer/x?${told}`);
      expectHidden({ head, body });
      expect(body).toContain(`Bearer ${'*'.repeat(TOKEN.length)}`);
    }
  });

  it('passes what is no text, or compressed because its operator says so, as it came', async () => {
    expect((await ask('/bearer/x?type=image/png&by=5')).body).toContain(TOKEN);
    expect((await ask('/compressed/x?gzip=1')).body).toContain(TOKEN);
  });
});
