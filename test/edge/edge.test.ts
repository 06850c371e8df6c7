import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rawExchange, type Raw } from '../apis/raw.ts';
import { chatConfig, KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** What two readers of one request could take for two requests, on the listener for callers. */

let gateway: TestGateway;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.shared('only', answerWell);
  gateway = await sharedGateway({
    config: chatConfig('openai-chat', [upstream], 'server: { maxBody: 1MiB }'),
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const BODY = '{"model":"chat","messages":[{"role":"user","content":"hi"}]}';
const HOST = 'Host: gateway.test';
const AUTH = `Authorization: Bearer ${KEY}`;
const JSON_TYPE = 'Content-Type: application/json';
const LENGTH = `Content-Length: ${BODY.length}`;
const LINE = 'POST /v1/chat/completions HTTP/1.1';
const CLOSE = 'Connection: close';

const send = (lines: readonly string[], body = BODY): Promise<Raw> =>
  rawExchange(gateway.url, `${lines.join('\r\n')}\r\n\r\n${body}`);

/** Nothing reached the provider, and the next caller is served. */
async function expectHarmless(calls: number): Promise<void> {
  expect(upstream.calls).toHaveLength(calls);
  const next = await post(gateway.url, '/v1/chat/completions', BODY);
  expect(next.status).toBe(200);
  await next.text();
}

describe('MA1, A02: grammar that is refused', () => {
  const framed = [LINE, HOST, AUTH, JSON_TYPE];
  it.each<[string, readonly string[]]>([
    ['two lengths', [...framed, LENGTH, LENGTH]],
    ['two lengths that differ', [...framed, LENGTH, 'Content-Length: 4']],
    ['a length and chunks', [...framed, LENGTH, 'Transfer-Encoding: chunked']],
    ['chunks and a length', [...framed, 'Transfer-Encoding: chunked', LENGTH]],
    ['a transfer coding nobody knows', [...framed, 'Transfer-Encoding: xchunked']],
    ['chunked twice', [...framed, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['chunked, then something', [...framed, 'Transfer-Encoding: chunked, identity']],
    ['a length with a sign', [...framed, `Content-Length: +${BODY.length}`]],
    ['a length in hexadecimal', [...framed, 'Content-Length: 0x10']],
    ['a length below zero', [...framed, 'Content-Length: -1']],
    ['a list of lengths', [...framed, `Content-Length: ${BODY.length}, ${BODY.length}`]],
    ['a space before the colon', [LINE, HOST, AUTH, JSON_TYPE, `Content-Length : ${BODY.length}`]],
    ['a folded line', [LINE, HOST, AUTH, 'X-Long: one\r\n two', JSON_TYPE, LENGTH]],
    ['a NUL in a value', [LINE, HOST, AUTH, 'X-Zero: a\0b', JSON_TYPE, LENGTH]],
    ['a bare CR in a value', [LINE, HOST, AUTH, 'X-CR: a\rb', JSON_TYPE, LENGTH]],
    ['a bare LF as the end of a line', [`${LINE}\n${HOST}`, AUTH, JSON_TYPE, LENGTH]],
    ['a name that is no token', [LINE, HOST, AUTH, 'X(y): 1', JSON_TYPE, LENGTH]],
    ['no name at all', [LINE, HOST, AUTH, ': 1', JSON_TYPE, LENGTH]],
    ['no Host', [LINE, AUTH, JSON_TYPE, LENGTH, CLOSE]],
    ['a version of its own', [LINE.replace('1.1', '1.9'), HOST, AUTH, JSON_TYPE, LENGTH]],
    [
      'chunks in HTTP/1.0',
      [LINE.replace('1.1', '1.0'), HOST, AUTH, JSON_TYPE, 'Transfer-Encoding: chunked'],
    ],
  ])('%s', async (_, lines) => {
    const before = upstream.calls.length;
    const answer = await send(
      lines,
      `${BODY}\r\n\r\nGET /v1/models HTTP/1.1\r\n${HOST}\r\n${AUTH}\r\n\r\n`,
    );
    expect(answer.status).toBe(400);
    // Its body is never read as a second request.
    expect(answer.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    await expectHarmless(before);
  });

  it.each([
    ['a chunk size in hexadecimal notation', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['a chunk size with a sign', '+3\r\nabc\r\n0\r\n\r\n'],
    ['a chunk that is longer than it says', '3\r\nabcd\r\n0\r\n\r\n'],
    ['a chunk without an end of line', '3\nabc\r\n0\r\n\r\n'],
    ['a chunk size beyond all numbers', 'ffffffffffffffffff\r\nabc\r\n0\r\n\r\n'],
  ])('%s', async (_, body) => {
    const before = upstream.calls.length;
    const lines = [LINE, HOST, AUTH, JSON_TYPE, 'Transfer-Encoding: chunked'];
    const answer = await send(lines, body);
    expect([0, 400]).toContain(answer.status || 0);
    await expectHarmless(before);
  });
});

describe('MA2, MA3: who asks, and for what host, is told once', () => {
  const rest = [JSON_TYPE, LENGTH, CLOSE];
  it.each<[string, readonly string[]]>([
    ['two hosts', [LINE, HOST, HOST, AUTH, ...rest]],
    ['two keys', [LINE, HOST, AUTH, AUTH, ...rest]],
    ['two keys that differ', [LINE, HOST, AUTH, 'Authorization: Bearer another', ...rest]],
    ['two x-api-key', [LINE, HOST, `X-Api-Key: ${KEY}`, 'x-api-key: other', ...rest]],
    ['keys of two schemes that differ', [LINE, HOST, AUTH, 'x-api-key: other', ...rest]],
    ['two types', [LINE, HOST, AUTH, JSON_TYPE, ...rest]],
    ['a path in the host', [LINE, 'Host: a/health?x=', AUTH, ...rest]],
    ['user information in the host', [LINE, 'Host: user@gateway.test', AUTH, ...rest]],
    ['a blank in the host', [LINE, 'Host: gateway test', AUTH, ...rest]],
    ['a host with a port that is none', [LINE, 'Host: gateway.test:99999999', AUTH, ...rest]],
  ])('%s', async (_, lines) => {
    const before = upstream.calls.length;
    expect((await send(lines)).status).toBe(400);
    await expectHarmless(before);
  });
});

describe('MA4, A14: no other spelling of a path means anything', () => {
  it.each([
    'http://evil.test/v1/chat/completions',
    '//evil.test/v1/chat/completions',
    '/v1/./chat/completions',
    '/v1/../v1/chat/completions',
    '/v1/%2e%2e/v1/chat/completions',
    '/v1%2fchat%2fcompletions',
    '/v1/chat%2Fcompletions',
    '/V1/chat/completions',
    '/v1//chat/completions',
    '/v1/chat/completions/',
    '/v1\\chat\\completions',
    '/v1/chat/completions#x',
    '/v1/chat/completions;x=1',
    '/v1/chat/completions%00',
    '/v1/chat/completions%0d%0aX-Evil:%201',
    '/v1/chat/%63ompletions',
    '/v1/chat/completions%20',
    '*',
  ])('%s', async (target) => {
    const before = upstream.calls.length;
    const line = `POST ${target} HTTP/1.1`;
    const answer = await send([line, HOST, AUTH, JSON_TYPE, LENGTH, CLOSE]);
    expect([400, 404]).toContain(answer.status);
    expect(answer.headers['x-evil']).toBeUndefined();
    await expectHarmless(before);
  });

  it('a model named with line ends changes no header of the answer', async () => {
    const model = 'chat\r\nX-Evil: 1\u560d\u560a';
    const answer = await post(gateway.url, '/v1/chat/completions', { model, messages: [] });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-evil')).toBeNull();
  });
});

describe('A15: methods', () => {
  it.each(['TRACE', 'PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS', 'PROPFIND'])(
    '%s',
    async (method) => {
      const line = LINE.replace('POST', method);
      const answer = await send([line, HOST, AUTH, JSON_TYPE, LENGTH, CLOSE]);
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toBe('POST');
      expect(answer.body).not.toContain(KEY);
    },
  );

  it.each(['TRACK', 'get', 'CONNECT'])('%s is no method here', async (method) => {
    for (const target of ['example.com:443', '/nothing']) {
      const answer = await send([`${method} ${target} HTTP/1.1`, HOST, AUTH, CLOSE], '');
      expect([answer.status, answer.headers['allow']]).toEqual([
        405,
        'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
      ]);
      expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'method_not_allowed' } });
    }
  });

  it('OPTIONS of everything is answered, and says nothing of what there is', async () => {
    const answer = await send(['OPTIONS * HTTP/1.1', HOST, CLOSE], '');
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(answer.headers['allow']).toContain('GET');
  });

  it('what is none of HTTP is told what was wrong with it', async () => {
    const tls = await rawExchange(gateway.url, '\x16\x03\x01\x02\x00\x01');
    expect([tls.status, tls.body]).toEqual([400, expect.stringContaining('Invalid method')]);
    const version = await send(['GET / HTTP/3.0', HOST], '');
    expect([version.status, version.body]).toEqual([400, expect.stringContaining('version')]);
  });

  it('a header does not stand for a method', async () => {
    const line = LINE.replace('POST', 'GET');
    const answer = await send([line, HOST, AUTH, 'X-HTTP-Method-Override: POST', CLOSE], '');
    expect(answer.status).toBe(405);
  });
});

describe('MA7, MA8, A16: what headers say that nobody asked', () => {
  const rest = [JSON_TYPE, LENGTH, CLOSE];
  it.each(['X_Api_Key', 'Authorization_', 'api_key', 'X-Vitalgate-Key'])(
    '%s is no key',
    async (name) => {
      const answer = await send([LINE, HOST, `${name}: ${KEY}`, ...rest]);
      expect(answer.status).toBe(401);
    },
  );

  it('names that only look like others, and those of our own, go no further', async () => {
    const odd = [
      'x_forwarded_for: 10.0.0.1',
      'X-Vitalgate-Key-Id: admin',
      '__proto__: polluted',
      'constructor: polluted',
      'X-Forwarded-For: 10.9.9.9',
      'X-Real-IP: 10.9.9.9',
      'Forwarded: for=10.9.9.9',
      'Cookie: session=1',
      'Proxy-Authorization: Basic eA==',
      'Connection: close, authorization, content-type',
    ];
    const answer = await send([LINE, HOST, AUTH, ...odd, JSON_TYPE, LENGTH]);
    expect(answer.status).toBe(200);
    const told = upstream.calls.at(-1)?.rawHeaders.join('\n') ?? '';
    expect(told).toContain('credential-of-only');
    expect(told).toMatch(/content-type\napplication\/json/i);
    expect(told).not.toMatch(/polluted|10\.9|vitalgate|session|forwarded|proxy-auth|test-key/i);
  });

  it('trailers are no headers', async () => {
    const chunk = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n${AUTH}\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n`;
    const chunked = [JSON_TYPE, 'Transfer-Encoding: chunked', 'Trailer: Authorization', CLOSE];
    expect((await send([LINE, HOST, ...chunked], chunk)).status).toBe(401);
    expect((await send([LINE, HOST, AUTH, ...chunked], chunk)).status).toBe(200);
    expect(upstream.calls.at(-1)?.rawHeaders.join('\n')).not.toMatch(/x-forwarded-for/i);
  });
});

describe('A21: many requests on one connection', () => {
  it.each([
    ['a WebSocket', 'GET /ws HTTP/1.1', 'Upgrade: websocket', 2],
    ['a tunnel', 'CONNECT example.com:443 HTTP/1.1', 'X: y', 0],
  ])(
    '%s that did not wait for the answer before ends nothing else',
    async (_name, line, field, answers) => {
      // node:http throws at a second answer on one connection; unheard, that ended the process.
      const begin = [LINE, HOST, AUTH, JSON_TYPE, LENGTH, '', BODY].join('\r\n');
      const { text } = await send(
        [`${begin}${line}`, HOST, AUTH, field, 'Connection: upgrade, close'],
        '',
      );
      expect(text.match(/HTTP\/1\.1 \d/g) ?? []).toHaveLength(answers);
      await expectHarmless(upstream.calls.length);
    },
  );

  it('are answered in their order, each for its own key', async () => {
    const one = (key: string, last: boolean): string =>
      `${LINE}\r\n${HOST}\r\nAuthorization: Bearer ${key}\r\n${JSON_TYPE}\r\n${LENGTH}\r\n` +
      `${last ? `${CLOSE}\r\n` : ''}\r\n${BODY}`;
    const keys = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? KEY : 'nobody-knows-this'));
    const { text } = await rawExchange(
      gateway.url,
      keys.map((key, i) => one(key, i === keys.length - 1)).join(''),
    );
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
    expect(statuses).toEqual(keys.map((key) => (key === KEY ? '200' : '401')));
  });
});

describe('ME1 to ME5, E08: bodies that cost more than they weigh', () => {
  let before: number;
  beforeAll(() => {
    before = upstream.calls.length;
  });
  afterEach(() => expectHarmless(before).then(() => void (before += 1)));
  const refused = async (body: string | Buffer, headers: Record<string, string> = {}) => {
    const started = performance.now();
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${KEY}`,
        ...headers,
      },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    const text = await answer.text();
    return { status: answer.status, text, ms: performance.now() - started };
  };

  it.each([
    ['arrays', '['.repeat(200_000)],
    ['objects', '{"a":'.repeat(100_000)],
    [
      'arrays inside a field',
      `{"model":"chat","messages":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ],
  ])('ME2: %s without end', async (_, body) => {
    const { status, text } = await refused(body);
    expect(status).toBe(400);
    expect(text.length).toBeLessThan(1000);
  });

  it.each([
    '{"model":"chat","model":"dear"}',
    '{"model":"chat","\\u006dodel":"dear"}',
    '{"stream":true,"model":"chat","stream":false}',
    '{"model":"chat","max_tokens":1,"max_tokens":100000}',
    '{"model":"chat","max_completion_tokens":1,"max_completion_tokens":9}',
    '{"model":"chat","messages":[],"messages":[{"role":"user","content":"hidden"}]}',
    '{"model":"chat","tools":[],"tools":[{}]}',
    '{"model":"chat","n":1,"n":128}',
    '{"model":"chat","user":"a","user":"b"}',
  ])('ME4: %s', async (body) => {
    const { status, text } = await refused(body);
    expect(status).toBe(400);
    expect(text).toMatch(/twice/);
  });

  it.each(['gzip', 'br', 'deflate', 'zstd', 'gzip, gzip', 'x-unknown'])(
    'ME5: a body in %s is refused unread',
    async (encoding) => {
      const { status, ms } = await refused(Buffer.alloc(64, 1), { 'content-encoding': encoding });
      expect(status).toBe(415);
      expect(ms).toBeLessThan(5000);
    },
  );

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonx',
  ])('ME1: a body that says it is %s', async (type) => {
    expect((await refused(BODY, { 'content-type': type })).status).toBe(415);
  });

  it('ME3: a body over the limit', async () => {
    const { status } = await refused(`{"model":"chat","pad":"${'x'.repeat(1024 * 1024)}"}`);
    expect(status).toBe(413);
  });

  it('E08: more fields than anybody means', async () => {
    const fields = Array.from({ length: 50_000 }, (_, i) => `"field${i}":1`).join(',');
    expect((await refused(`{"model":"chat",${fields}}`)).status).toBe(400);
  });

  it('E08: more headers than anybody sends', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => `X-${i}: 1`);
    expect((await send([LINE, HOST, AUTH, ...many, JSON_TYPE, LENGTH])).status).toBe(431);
  });

  it('E08: a long query', async () => {
    const query = Array.from({ length: 1500 }, (_, i) => `a${i}=1`).join('&');
    const line = LINE.replace('completions', `completions?${query}`);
    expect([200, 400, 431]).toContain(
      (await send([line, HOST, AUTH, JSON_TYPE, LENGTH, CLOSE])).status,
    );
    before = upstream.calls.length;
  });
});

describe('E10, E15, E16, ME6: names that mean something elsewhere', () => {
  it.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '{{7*7}}',
    '${7*7}',
    '<%= 7*7 %>',
    '$(reboot)',
    '; rm -rf /',
    '../../etc/passwd',
    'a\u0000b',
    '\ud800',
    '\u202egpt',
    '\ufeffchat',
    '𝒸𝒽𝒶𝓉',
    'chat\u200b',
    '<script>alert(1)</script>',
    "' OR 1=1 --",
    '-1/0',
    'ﷺ'.repeat(200),
  ])('a model named %j does not exist', async (model) => {
    const answer = await post(gateway.url, '/v1/chat/completions', { model, messages: [] });
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toMatch(/49|root:|<script/);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('a field that would be a prototype passes as the text it is', async () => {
    const body = '{"model":"chat","__proto__":{"polluted":true},"messages":[]}';
    const answer = await post(gateway.url, '/v1/chat/completions', body);
    await answer.text();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('a body that is not UTF-8 is refused', async () => {
    for (const bytes of [[0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xff]]) {
      const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
        body: Buffer.concat([Buffer.from('{"model":"'), Buffer.from(bytes), Buffer.from('"}')]),
      });
      expect(answer.status).toBe(400);
      await answer.text();
    }
  });
});
