import { createKey, openStore } from '@vitalgate/gateway';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PATIENCE_MS } from '../harness/daemon.ts';
import { chatConfig, KEY, post, testGateway, type TestGateway } from '../harness/gateway.ts';
import { ask, startPostgres, type Postgres } from '../harness/postgres.ts';
import { vitalgate } from '../harness/process.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** Long enough for a machine that is busy. */
const soon = { timeout: 20_000, interval: 50 };

const healthOf = async (url: string): Promise<[number, string]> => {
  const answer = await fetch(`${url}/health`);
  return [answer.status, await answer.text()];
};

/** Calls without pause until it is told to stop; gives the id and status of each answer. */
function load(url: string): { stop(): Promise<Map<string, number>>; readonly count: number } {
  const answered = new Map<string, number>();
  const over = new AbortController();
  const call = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const answer = await post(url, '/v1/chat/completions', { model: 'chat', messages: [] });
      await answer.text();
      answered.set(answer.headers.get('x-request-id') ?? '', answer.status);
    }
  };
  const calls = Promise.all([call(), call()]);
  // A test that failed before it asked takes the gateway away from under them.
  calls.catch(() => undefined);
  return {
    async stop() {
      over.abort();
      await calls;
      return answered;
    },
    get count() {
      return answered.size;
    },
  };
}

const TOKEN = 'an-admin-token-of-32-characters-or-more';

describe('a PostgreSQL that stands still, dies and comes back under load', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, PATIENCE_MS);
  afterEach(() => postgres.server.restore());
  afterAll(() => postgres.server.remove());

  const healthyAgain = async (gateway: TestGateway) =>
    vi.waitFor(async () => expect((await healthOf(gateway.url))[1]).not.toContain('store'), soon);

  it('costs no call and no row, and is told', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [upstream]),
      store: postgres.url,
    });
    const store = await openStore(postgres.url);
    const { secret } = await createKey(store, 'of the store', Date.now());
    await store.close();
    const withKey = async (key: string) => {
      const headers = { authorization: `Bearer ${key}` };
      const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' }, headers);
      await answer.text();
      return answer.status;
    };
    await vi.waitFor(async () => expect(await withKey(secret)).toBe(200), soon);

    const calls = load(gateway.url);
    for (const [harm, heal] of [
      [() => postgres.server.pause(), async () => postgres.server.resume()],
      [() => postgres.server.kill(), () => postgres.server.start()],
    ] as const) {
      await harm();
      await vi.waitFor(
        async () => expect((await healthOf(gateway.url))[1]).toContain('store_unreachable'),
        soon,
      );
      // Degraded, and ready: whoever balances keeps sending.
      expect((await healthOf(gateway.url))[0]).toBe(200);
      expect((await fetch(`${gateway.addresses.probes}/readyz`)).status).toBe(200);
      const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
      expect(metrics).toMatch(/^vitalgate_store_up 0$/m);
      // A known key works; an unknown one may have been made elsewhere a moment ago.
      expect(await withKey(secret)).toBe(200);
      expect(await withKey('nobody-has-made-this')).toBe(503);
      const before = calls.count;
      await vi.waitFor(() => expect(calls.count).toBeGreaterThan(before + 50), soon);
      await heal();
      await healthyAgain(gateway);
      expect(await withKey('nobody-has-made-this')).toBe(401);
    }
    const answered = await calls.stop();
    expect([...new Set(answered.values())]).toEqual([200]);

    await gateway.stop();
    const known = new Set((await ask(postgres.url, 'SELECT id FROM ledger')).map(({ id }) => id));
    expect([...answered.keys()].filter((id) => !known.has(id))).toEqual([]);
    const said = gateway.logged.join('');
    expect(said.match(/the store does not answer/g)).toHaveLength(2);
    expect(said.match(/the store answers again/g)).toHaveLength(2);
  });

  it('is believed about its keys for storeGrace, and not longer', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const store = await openStore(postgres.url);
    const { secret } = await createKey(store, 'of the store, for a while', Date.now());
    await store.close();
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [upstream], 'storeGrace: 0ms'),
      environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
      store: postgres.url,
    });
    const statusWith = async (key: string) => {
      const headers = { authorization: `Bearer ${key}` };
      const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' }, headers);
      await answer.text();
      return answer.status;
    };
    expect(await statusWith(secret)).toBe(200);
    await postgres.server.kill();
    await vi.waitFor(async () => expect(await statusWith(secret)).toBe(503), soon);
    expect(await statusWith(KEY)).toBe(200);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const looked = await fetch(`${gateway.addresses.admin}/api/requests`, { headers });
    expect(await looked.json()).toMatchObject({ status: 503, code: 'unavailable' });
    const again = vitalgate(['start', '--config', gateway.configFile]);
    const ended = await again.ended;
    expect(ended.code).toBe(1);
    expect(ended.stderr + ended.stdout).toMatch(/127\.0\.0\.1:\d+\/postgres.*ECONNREFUSED/s);
    expect(ended.stderr + ended.stdout).not.toContain('secret');
    await postgres.server.start();
    await vi.waitFor(async () => expect(await statusWith(secret)).toBe(200), soon);
  });
});
