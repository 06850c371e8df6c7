import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { PATIENCE_MS, type Daemon } from '../harness/daemon.ts';
import { chatConfig, post, testGateway, type TestGateway } from '../harness/gateway.ts';
import { ask, startPostgres, type Postgres } from '../harness/postgres.ts';
import { startRedis } from '../harness/redis.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/**
 * Two instances lose the store or the Redis that they share, under load, and get it back. How long:
 * OUTAGE_SECONDS=600 npx vitest run test/faults/outages.test.ts
 */
const SECONDS = Number(process.env['OUTAGE_SECONDS'] ?? 2);
/** Requests per second over both instances: what matters is how long, and not how many. */
const RATE = 20;
/** What one call costs, in dollars, and what all may. */
const PRICE = 'price: { input: 1, output: 10 }';
const soon = { timeout: 60_000, interval: 100 };

let postgres: Postgres;
let redis: { server: Daemon; url: string };
beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
}, PATIENCE_MS);
afterEach(() => Promise.all([postgres.server.restore(), redis.server.restore()]));
afterAll(async () => {
  await Promise.all([postgres.server.remove(), redis.server.remove()]);
});

/** Calls at a steady rate, one instance after the other, whatever becomes of them. */
function load(gateways: readonly TestGateway[]) {
  const answered = new Map<string, number>();
  const failed: string[] = [];
  const slowest = { ms: 0 };
  const calls: Promise<void>[] = [];
  const over = new AbortController();
  const call = async (gateway: TestGateway): Promise<void> => {
    const began = performance.now();
    try {
      const answer = await post(gateway.url, '/v1/chat/completions', {
        model: 'chat',
        messages: [],
      });
      await answer.text();
      answered.set(answer.headers.get('x-request-id') ?? '', answer.status);
    } catch (error) {
      failed.push(String(error));
    }
    slowest.ms = Math.max(slowest.ms, performance.now() - began);
  };
  const running = (async () => {
    for (let i = 0; !over.signal.aborted; i += 1) {
      calls.push(call(gateways[i % gateways.length] as TestGateway));
      await pause(1000 / RATE);
    }
  })();
  return {
    answered,
    failed,
    slowest,
    async stop() {
      over.abort();
      await running;
      await Promise.all(calls);
    },
  };
}

const reasonsOf = async ({ url }: TestGateway): Promise<string> =>
  (await fetch(`${url}/health`)).text();

it.each([
  { what: 'PostgreSQL', reason: 'store_unreachable', server: () => postgres.server },
  { what: 'Redis', reason: 'shared_unreachable', server: () => redis.server },
])(
  `MX3, MX9: no call fails and no row is lost while $what is gone for ${SECONDS} s`,
  { timeout: (SECONDS + 120) * 1000 },
  async ({ what, reason, server }) => {
    const upstream = await Upstream.start('only', answerWell);
    const name = `client-${randomUUID()}`;
    const config = `shared: ${redis.url}\n${chatConfig('openai-chat', [upstream])}`
      .replace('model: upstream-model }', `model: upstream-model, ${PRICE} }`)
      // A provider of this process is late when the machine is busy, which is another test's matter.
      .replaceAll(/(connect|firstToken|idle): 1s/g, '$1: 20s')
      .replace(
        'name: client,',
        `name: ${name}, limits: [{ requests: 1000000, per: day }, { cost: 1000, unit: USD, per: day }],`,
      );
    const gateways = [
      await testGateway({ config, store: postgres.url }),
      await testGateway({ config, store: postgres.url }),
    ];
    for (const one of gateways) {
      await vi.waitFor(async () => expect(await reasonsOf(one)).toContain('"healthy"'), soon);
    }

    const calls = load(gateways);
    await server().kill();
    for (const one of gateways) {
      await vi.waitFor(async () => expect(await reasonsOf(one)).toContain(reason), soon);
      // Degraded, and ready: whoever balances keeps sending.
      expect((await fetch(`${one.addresses.probes}/readyz`)).status).toBe(200);
    }
    await pause(SECONDS * 1000);
    for (const one of gateways) expect(await reasonsOf(one)).toContain(reason);
    await server().start();
    for (const one of gateways) {
      await vi.waitFor(async () => expect(await reasonsOf(one)).toContain('"healthy"'), soon);
    }
    await calls.stop();

    expect(calls.failed).toEqual([]);
    expect([...new Set(calls.answered.values())]).toEqual([200]);
    expect(calls.answered.size).toBeGreaterThan(SECONDS * RATE * 0.8);
    await Promise.all(gateways.map((one) => one.stop()));
    const rows = await ask(postgres.url, 'SELECT id, cost::float FROM ledger WHERE key_id = $1', [
      `file:${name}`,
    ]);
    const known = new Set(rows.map(({ id }) => id));
    expect([...calls.answered.keys()].filter((id) => !known.has(id))).toEqual([]);
    expect(rows).toHaveLength(upstream.calls.length);
    console.log(
      `${what}: ${rows.length} calls in ${SECONDS} s and more, slowest ${calls.slowest.ms.toFixed(0)} ms`,
    );
  },
);
