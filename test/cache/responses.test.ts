import { systemClock } from '@vitalgate/health';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { request as undici } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharedUpstream, type HttpUpstream } from '../apis/upstream.ts';
import { sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { WallAhead } from '../harness/shifted-clock.ts';

/** What holds of RFC 9111 where an API remembers answers, by section. */

let answerWith: (request: IncomingMessage, response: ServerResponse, nth: number) => void;
let asked: IncomingMessage[] = [];
let upstream: HttpUpstream;
let spare: HttpUpstream;
let gateway: TestGateway;
const clock = new WallAhead();

beforeAll(async () => {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    asked.push(request);
    answerWith(request, response, asked.length);
  };
  upstream = await sharedUpstream((request: IncomingMessage, response: ServerResponse) =>
    listener(request, response),
  );
  spare = await sharedUpstream((request: IncomingMessage, response: ServerResponse) =>
    listener(request, response),
  );
  gateway = await sharedGateway({
    clock,
    config: `
health: { fall: 100 }
apis:
  - { name: own, path: /own, private: true, upstreams: ["${upstream.url}"], cache: {}, formats: { upstream: json, offered: [json, xml] } }
  - { name: all, path: /all, private: true, upstreams: ["${upstream.url}", "${spare.url}"], cache: { scope: all, maxAnswer: 4KiB }, headers: { request: { set: { authorization: Bearer of-the-operator } } } }
  - { name: off, path: /off, private: true, upstreams: ["${upstream.url}"] }
keys:
  - { name: a, secret: key-of-caller-a }
  - { name: b, secret: key-of-caller-b }
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  await spare.close();
});
beforeEach(() => {
  asked = [];
  clock.ahead = 0;
});

async function get(
  path: string,
  { key = 'key-of-caller-a', method = 'GET', ...headers }: Record<string, string> = {},
) {
  // Not fetch, which adds a no-cache of its own to conditions.
  const answer = await undici(gateway.url + path, {
    method,
    headers: { 'x-api-key': key, ...headers },
  });
  const body = await answer.body.text();
  const header = (name: string) => answer.headers[name]?.toString() ?? null;
  return { status: answer.statusCode, header, body, cache: header('x-vitalgate-cache') };
}

/** Answers with these fields and its own number. */
const answering =
  (headers: Record<string, string>, status = 200): typeof answerWith =>
  (_request, response, nth) => {
    const body = JSON.stringify({ nth });
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };

let unique = 0;
const fresh = (api = 'all') => `/${api}/${(unique += 1)}`;

/** Asks twice; gives what the second was. */
async function twice(path: string, first: Record<string, string> = {}, second = first) {
  await get(path, first);
  return get(path, second);
}

describe('RFC 9111 at an API that remembers', () => {
  it('3: keeps what may be kept, and tells it with its age (5.1)', async () => {
    answerWith = answering({ 'cache-control': 'max-age=60', 'x-made': 'by upstream' });
    const path = fresh();
    const first = await get(path);
    expect([first.cache, first.header('age')]).toEqual(['miss', null]);
    clock.ahead = 10_000;
    const second = await get(path);
    expect([second.cache, second.status, second.body]).toEqual(['hit', 200, first.body]);
    expect(Number(second.header('age'))).toBeGreaterThanOrEqual(10);
    expect(Number(second.header('age'))).toBeLessThan(20);
    expect(second.header('x-made')).toBe('by upstream');
    expect(second.header('x-vitalgate-attempts')).toBe('0');
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['no-store', { 'cache-control': 'no-store' }],
    ['private (5.2.2.7): it is a shared cache', { 'cache-control': 'private, max-age=60' }],
    ['set-cookie', { 'cache-control': 'max-age=60', 'set-cookie': 'a=b' }],
    ['vary: *', { 'cache-control': 'max-age=60', vary: '*' }],
    ['neither freshness nor a validator', {}],
    ['s-maxage=0 before max-age (5.2.2.10)', { 'cache-control': 's-maxage=0, max-age=60' }],
    ['an event stream', { 'cache-control': 'max-age=60', 'content-type': 'text/event-stream' }],
  ])('3: does not keep %s', async (_what, headers) => {
    answerWith = answering(headers);
    expect((await twice(fresh())).cache).toBe('miss');
    expect(asked).toHaveLength(2);
  });

  it.each([
    [404, 'hit'],
    [301, 'hit'],
    [201, 'miss'],
    [500, 'miss'],
  ])('3: keeps what a status allows: %s', async (status, cache) => {
    answerWith = answering({ 'cache-control': 'max-age=60' }, status);
    expect((await twice(fresh())).cache).toBe(cache);
  });

  it('3: keeps nothing that was cut, and nothing too large', async () => {
    answerWith = (_request, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60', 'content-length': '10' });
      response.write('half');
      setImmediate(() => response.destroy());
    };
    const cut = fresh();
    await expect(get(cut)).rejects.toThrow(/terminated|aborted|other side closed|hang up/i);
    answerWith = (_request, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60' });
      response.end('x'.repeat(5000));
    };
    expect((await get(cut)).cache).toBe('miss');
    expect((await twice(fresh())).cache).toBe('miss');
  });

  it('3.5: keeps nothing that came for a credential or a cookie, unless it says public', async () => {
    const session = { cookie: 'session=1' };
    const basic = { authorization: 'Basic YTpi' };
    for (const headers of [session, basic]) {
      answerWith = answering({ 'cache-control': 'max-age=60' });
      expect((await twice(fresh('own'), headers)).cache).toBe('miss');
      answerWith = answering({ 'cache-control': 'public, max-age=60' });
      expect((await twice(fresh('own'), headers)).cache).toBe('hit');
    }
  });

  it('4.1: holds apart what vary names', async () => {
    answerWith = answering({ 'cache-control': 'max-age=60', vary: 'Accept-Language' });
    const path = fresh();
    await get(path, { 'accept-language': 'de' });
    expect((await get(path, { 'accept-language': 'en' })).cache).toBe('miss');
    expect((await get(path, { 'accept-language': 'de' })).cache).toBe('hit');
    expect((await get(path, { 'accept-language': 'en' })).cache).toBe('hit');
  });

  it('4.2: is fresh as long as it says, by expires too', async () => {
    const expires = new Date(systemClock.wall() + 30_000).toUTCString();
    for (const headers of [{ 'cache-control': 'max-age=30' }, { expires }]) {
      clock.ahead = 0;
      answerWith = answering(headers);
      const path = fresh();
      await get(path);
      clock.ahead = 20_000;
      expect((await get(path)).cache).toBe('hit');
      clock.ahead = 40_000;
      expect((await get(path)).cache).toBe('miss');
    }
  });

  it('4.3: asks with validators when it is old, and renews what it has', async () => {
    answerWith = (request, response, nth) => {
      const fields = { 'cache-control': 'max-age=10', etag: '"v1"', 'x-nth': String(nth) };
      if (request.headers['if-none-match'] === '"v1"') response.writeHead(304, fields).end();
      else response.writeHead(200, fields).end('body');
    };
    const path = fresh();
    await get(path);
    clock.ahead = 15_000;
    const again = await get(path);
    expect([again.cache, again.status, again.body]).toEqual(['revalidated', 200, 'body']);
    expect(again.header('x-nth')).toBe('2');
    clock.ahead = 20_000;
    expect((await get(path)).cache).toBe('hit');
    expect(asked).toHaveLength(2);
  });

  it('4.3: takes another answer in its place', async () => {
    answerWith = (_request, response, nth) =>
      response
        .writeHead(200, { 'cache-control': 'max-age=10', etag: `"v${nth}"` })
        .end(`body ${nth}`);
    const path = fresh();
    await get(path);
    clock.ahead = 15_000;
    expect((await get(path)).body).toBe('body 2');
    expect((await get(path)).body).toBe('body 2');
    expect(asked[1]?.headers['if-none-match']).toBe('"v1"');
  });

  it('4.3.2: answers a caller’s condition itself', async () => {
    const modified = 'Sat, 01 Aug 2026 00:00:00 GMT';
    answerWith = answering({
      'cache-control': 'max-age=60',
      etag: 'W/"v1"',
      'last-modified': modified,
    });
    const path = fresh();
    await get(path);
    const known = await get(path, { 'if-none-match': '"v0", "v1"' });
    expect([known.status, known.cache, known.body, known.header('etag')]).toEqual([
      304,
      'hit',
      '',
      'W/"v1"',
    ]);
    expect((await get(path, { 'if-none-match': '"v0"' })).status).toBe(200);
    expect((await get(path, { 'if-modified-since': modified })).status).toBe(304);
    expect(asked).toHaveLength(1);
  });

  it('4.4: forgets what is changed, for every caller, where the change went well', async () => {
    answerWith = answering({ 'cache-control': 'max-age=60' });
    const path = fresh();
    await get(path);
    answerWith = answering({}, 400);
    await get(path, { method: 'PUT' });
    expect((await get(path)).cache).toBe('hit');
    answerWith = answering({ 'cache-control': 'max-age=60' });
    await get(path, { method: 'PUT', key: 'key-of-caller-b' });
    expect((await get(path)).cache).toBe('miss');
  });

  it('5.2.1: heeds what the caller says', async () => {
    answerWith = answering({ 'cache-control': 'max-age=60' });
    const path = fresh();
    const nothing = await get(path, { 'cache-control': 'only-if-cached' });
    expect([nothing.status, asked.length]).toEqual([504, 0]);
    expect((await get(path, { 'cache-control': 'no-store' })).cache).toBe('bypass');
    expect((await get(path)).cache).toBe('miss');
    clock.ahead = 30_000;
    expect((await get(path, { 'cache-control': 'only-if-cached' })).cache).toBe('hit');
    expect((await get(path, { 'cache-control': 'max-age=10' })).cache).toBe('miss');
    expect((await get(path, { 'cache-control': 'no-cache' })).cache).toBe('miss');
    expect((await get(path, { 'cache-control': 'min-fresh=90' })).cache).toBe('miss');
  });

  it('RFC 5861, 4: an old answer stands in where upstreams fail, if it allows it', async () => {
    for (const [allows, status] of [
      [', stale-if-error=600', 200],
      ['', 503],
      [', stale-if-error=600, must-revalidate', 503],
      [', stale-if-error=600, proxy-revalidate', 503],
    ] as const) {
      clock.ahead = 0;
      answerWith = answering({ 'cache-control': `max-age=10${allows}` });
      const path = fresh();
      const first = await get(path);
      clock.ahead = 60_000;
      answerWith = answering({}, 503);
      const second = await get(path);
      expect(second.status).toBe(status);
      if (status === 200) expect([second.cache, second.body]).toEqual(['stale', first.body]);
      answerWith = (_request, response) => response.destroy();
      expect((await get(path)).status).toBe(status === 200 ? 200 : 502);
    }
  });

  it('5.2.2.2: must-revalidate binds once an answer is old, whatever its caller would take', async () => {
    answerWith = answering({ 'cache-control': 'max-age=10, Must-Revalidate', etag: '"a"' });
    const path = fresh();
    await get(path);
    expect((await get(path)).cache).toBe('hit');
    clock.ahead = 60_000;
    expect((await get(path, { 'cache-control': 'max-stale=600' })).cache).toBe('miss');
  });

  it('leaves ranges, other methods and other APIs alone', async () => {
    answerWith = answering({ 'cache-control': 'max-age=60' });
    const path = fresh();
    await get(path);
    expect((await get(path, { range: 'bytes=0-1' })).cache).toBeNull();
    expect((await get(path, { method: 'HEAD' })).cache).toBeNull();
    expect((await twice(fresh('off'))).cache).toBeNull();
  });

  it('is each key’s own unless the API says otherwise', async () => {
    answerWith = answering({ 'cache-control': 'max-age=60' });
    const b = { key: 'key-of-caller-b' };
    const path = fresh('own');
    await get(path);
    expect((await get(path, b)).cache).toBe('miss');
    expect((await get(path)).cache).toBe('hit');
    expect((await twice(fresh('all'), {}, b)).cache).toBe('hit');
    // A key is needed all the same.
    expect((await fetch(gateway.url + path)).status).toBe(401);
  });

  it('keeps what the upstream said, whatever format its callers read', async () => {
    answerWith = answering({ 'cache-control': 'max-age=60' });
    const path = fresh('own');
    const json = await get(path, { accept: 'application/json' });
    const xml = await get(path, { accept: 'application/xml' });
    expect(json.body).toBe('{"nth":1}');
    expect([xml.cache, xml.body]).toEqual(['hit', expect.stringContaining('<nth>1</nth>')]);
  });
});
