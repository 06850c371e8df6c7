import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request as undici } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '@vitalgate/contract/api/client';
import { sharedUpstream, type HttpUpstream } from '../apis/upstream.ts';
import { PATIENCE_MS, type Daemon } from '../harness/daemon.ts';
import { temporaryFolder, testGateway, type TestGateway } from '../harness/gateway.ts';
import { startRedis } from '../harness/redis.ts';
import { WallAhead } from '../harness/shifted-clock.ts';
import { answerJson, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

/** Answers that outlive the process that remembers them, in a file or at a Redis. */

const ADMIN = 'an-admin-token-of-32-characters-or-more';
const KEY = 'key-of-caller-a';

let redis: Daemon;
let redisUrl: string;
let upstream: HttpUpstream;
let model: Upstream;
let asked = 0;
const clock = new WallAhead();

beforeAll(async () => {
  ({ server: redis, url: redisUrl } = await startRedis());
  upstream = await sharedUpstream((request, response) => {
    asked += 1;
    const bytes = Number(new URL(request.url ?? '/', 'http://upstream').searchParams.get('bytes'));
    const language = request.headers['accept-language'] ?? '';
    response.writeHead(200, {
      'cache-control': 'max-age=60, stale-if-error=600',
      'content-type': 'text/plain',
      vary: 'accept-language',
    });
    response.end(`${asked} ${language} ${'x'.repeat(bytes)}`);
  });
  model = await Upstream.shared('any', (_received, response) => {
    asked += 1;
    const message = { role: 'assistant', content: 'hi' };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    answerJson(response, 200, { id: `c-${asked}`, object: 'chat.completion', choices });
  });
}, PATIENCE_MS);
afterAll(async () => {
  await redis.remove();
  await upstream.close();
  await model.close();
});
beforeEach(() => {
  asked = 0;
  clock.ahead = 0;
});

const stores = ['sqlite', 'redis'] as const;

interface Options {
  readonly store: (typeof stores)[number];
  readonly folder?: string;
  readonly size?: string;
  readonly upstreams?: readonly string[];
}

/** A gateway whose API has a name of its own in each test, so that tests share a Redis and nothing else. */
function start({ store, folder, size = '64MiB', upstreams = [upstream.url] }: Options) {
  return testGateway({
    clock,
    environment: { VITALGATE_ADMIN_TOKEN: ADMIN },
    ...(folder !== undefined && { folder }),
    config: `
cache: { store: ${store}, size: ${size}, memory: 16KiB }
${store === 'redis' ? `shared: ${redisUrl}` : ''}
health: { fall: 100 }
providers: [{ name: p, dialect: openai-chat, baseUrl: "${model.url}", private: true }]
models: [{ name: chat, targets: [{ provider: p, model: m }], cache: { ttl: 1h } }]
apis:
  - { name: own, path: /own, private: true, upstreams: ${JSON.stringify(upstreams)}, cache: {} }
  - { name: all, path: /all, private: true, upstreams: ${JSON.stringify(upstreams)}, cache: { scope: all } }
keys:
  - { name: a, secret: ${KEY} }
  - { name: b, secret: key-of-caller-b }
`,
  });
}

async function get(
  { url }: TestGateway,
  path: string,
  { key = KEY, method = 'GET', ...headers }: Record<string, string> = {},
) {
  const answer = await undici(url + path, { method, headers: { 'x-api-key': key, ...headers } });
  const body = await answer.body.text();
  return { status: answer.statusCode, body, cache: answer.headers['x-vitalgate-cache'] };
}

async function chat({ url }: TestGateway, content: string) {
  const answer = await undici(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content }] }),
  });
  const body = await answer.body.text();
  return { status: answer.statusCode, body, cache: answer.headers['x-vitalgate-cache'] };
}

/** What is written for an answer may be on its way for a moment. */
const hit = (ask: () => ReturnType<typeof get>) =>
  until(ask, ({ cache }) => cache === 'hit' || cache === 'stale');

const forgetAll = (gateway: TestGateway) =>
  createClient({ baseUrl: gateway.addresses.admin, token: ADMIN }).call('DELETE /api/caches');

let unique = 0;
const fresh = (api = 'all') => `/${api}/${(unique += 1)}`;

describe.each(stores)('answers remembered in %s', (store) => {
  it('are there after a restart, of APIs and of models, and so is who may have them', async () => {
    const folder = temporaryFolder();
    const before = await start({ store, folder });
    const path = fresh('own');
    const question = `question ${path}`;
    const german = { 'accept-language': 'de' };
    const first = await get(before, path);
    const inGerman = await get(before, path, german);
    const said = await chat(before, question);
    await hit(() => get(before, path));
    await hit(() => get(before, path, german));
    await hit(() => chat(before, question));
    await before.stop();
    asked = 100;

    const after = await start({ store, folder });
    expect(await get(after, path)).toMatchObject({ cache: 'hit', body: first.body });
    expect(await get(after, path, german)).toMatchObject({ cache: 'hit', body: inGerman.body });
    expect(await chat(after, question)).toMatchObject({ cache: 'hit', body: said.body });
    expect(asked).toBe(100);
    expect((await get(after, path, { key: 'key-of-caller-b' })).cache).toBe('miss');
    clock.ahead = 61_000;
    expect((await get(after, path)).cache).toBe('miss');
  });

  it('are forgotten when told to, and stay so', async () => {
    const folder = temporaryFolder();
    const gateway = await start({ store, folder });
    const path = fresh();
    await get(gateway, path);
    await hit(() => get(gateway, path));
    await forgetAll(gateway);
    expect((await get(gateway, path)).cache).toBe('miss');
    await hit(() => get(gateway, path));
    // A change is heard of by whoever asks next (RFC 9111, section 4.4).
    expect((await get(gateway, path, { method: 'POST' })).status).toBe(200);
    expect((await get(gateway, path)).cache).toBe('miss');
    await hit(() => get(gateway, path));
    await gateway.stop();
    const again = await start({ store, folder });
    expect((await get(again, path)).cache).toBe('hit');
    // Asked of another upstream they are others.
    const upstreams = [`${upstream.url}/elsewhere`];
    await again.stop();
    expect((await get(await start({ store, folder, upstreams }), path)).cache).toBe('miss');
  });

  it('take no more room than they may, and what was used longest ago goes', async () => {
    const gateway = await start({ store, size: '2MiB' });
    const path = `${fresh()}?bytes=100000`;
    const nth = (i: number) => get(gateway, `${path}&nth=${i}`);
    for (let i = 0; i < 60; i += 1) await nth(i);
    await hit(() => nth(59));
    expect((await nth(0)).cache).toBe('miss');
    const { problem } = await createClient({
      baseUrl: gateway.addresses.admin,
      token: ADMIN,
    }).call('GET /api/caches');
    expect(problem).toBeNull();
    if (store === 'sqlite')
      expect(statSync(`${gateway.databasePath}.answers`).size).toBeLessThan(4e6);
  });
});

describe('a Redis of remembered answers', () => {
  it('is shared: what one instance is told, the other tells, and what one forgets both do', async () => {
    const [one, other] = [await start({ store: 'redis' }), await start({ store: 'redis' })];
    const path = fresh();
    const first = await get(one, path);
    expect((await hit(() => get(other, path))).body).toBe(first.body);
    expect(asked).toBe(1);
    await get(other, path, { method: 'DELETE' });
    expect(
      (
        await until(
          () => get(one, path),
          ({ cache }) => cache === 'miss',
        )
      ).status,
    ).toBe(200);
    await hit(() => get(other, path));
    await forgetAll(other);
    expect((await get(one, path)).cache).toBe('miss');
  });

  it('may be gone: calls go on, and what had to be forgotten meanwhile is', async () => {
    const gateway = await start({ store: 'redis' });
    const [changed, purged] = [fresh(), fresh()];
    for (const path of [changed, purged]) {
      await get(gateway, path);
      await hit(() => get(gateway, path));
    }
    // One that hangs is worse than one that is gone.
    await redis.pause();
    const before = asked;
    expect(await get(gateway, changed)).toMatchObject({ status: 200, cache: 'miss' });
    expect((await get(gateway, changed, { method: 'POST' })).status).toBe(200);
    expect(asked).toBe(before + 2);
    redis.resume();
    const again = await until(
      () => get(gateway, purged),
      ({ cache }) => cache === 'hit',
    );
    expect(again.status).toBe(200);
    expect((await get(gateway, changed)).cache).toBe('miss');

    await redis.kill();
    await forgetAll(gateway);
    expect(await get(gateway, purged)).toMatchObject({ status: 200, cache: 'miss' });
    expect(gateway.logged.join('')).toContain('no answers are remembered; calls go on');
    await redis.start();
    await hit(() => get(gateway, purged));
    expect(gateway.logged.join('')).toContain('answers are remembered again');
  });
});

describe('a file of remembered answers', () => {
  it('begins anew where it is none', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'vitalgate.db.answers');
    writeFileSync(
      file,
      'This is no database, but it is long enough to be looked at as one. '.repeat(99),
    );
    const gateway = await start({ store: 'sqlite', folder });
    const path = fresh();
    await get(gateway, path);
    expect((await hit(() => get(gateway, path))).status).toBe(200);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('holds nothing any more of what was erased', async () => {
    const folder = temporaryFolder();
    const gateway = await start({ store: 'sqlite', folder });
    const path = fresh();
    const language = { 'accept-language': 'a-secret-language' };
    await get(gateway, path, language);
    await hit(() => get(gateway, path, language));
    await forgetAll(gateway);
    await gateway.stop();
    expect(readFileSync(join(folder, 'vitalgate.db.answers')).includes('a-secret-language')).toBe(
      false,
    );
  });
});
