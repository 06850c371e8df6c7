import { createClient } from '@redis/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Daemon } from '../harness/daemon.ts';
import { PATIENCE_MS } from '../harness/daemon.ts';
import { chatConfig, post, testGateway, type TestGateway } from '../harness/gateway.ts';
import { startRedis } from '../harness/redis.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { answerWell, Upstream, type Script } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

/** Two instances on one Redis: their limits hold over both, whatever becomes of it. */

const PATH = '/v1/chat/completions';
const CALL = 7 * 1000 + 5 * 10_000;

let redis: Daemon;
let url: string;

beforeAll(async () => {
  ({ server: redis, url } = await startRedis());
}, PATIENCE_MS);
afterEach(() => redis.restore());
afterAll(() => redis.remove());

let count = 0;

/** Two gateways with one key, whose name no other test has. */
async function two(limits: string, script: Script = answerWell) {
  count += 1;
  const upstream = await Upstream.start('only', script);
  const config = chatConfig('openai-chat', [upstream])
    .replace('name: client,', `name: client-${count}, limits: ${limits},`)
    .replace('model: upstream-model }', 'model: upstream-model, price: { input: 1, output: 10 } }');
  const start = () => testGateway({ config: `shared: ${url}\n${config}` });
  const gateways: [TestGateway, TestGateway] = [await start(), await start()];
  await Promise.all(gateways.map((one) => isTold(one, 'healthy')));
  return { upstream, gateways };
}

const ask = (gateway: TestGateway) => post(gateway.url, PATH, { model: 'chat', max_tokens: 5 });

/** Calls all at once, in turn to one and the other. */
async function askAll(gateways: readonly TestGateway[], times: number) {
  const answers = await Promise.all(
    Array.from({ length: times }, (_, i) => ask(gateways[i % gateways.length] as TestGateway)),
  );
  const codes = await Promise.all(
    answers.map(async (answer) => {
      if (answer.status === 200) return (await answer.text()) && 'ok';
      return codeOf((await answer.json()) as Refusal);
    }),
  );
  return {
    answers,
    ok: codes.filter((code) => code === 'ok').length,
    refusals: new Set(codes.filter((code) => code !== 'ok')),
  };
}

const healthOf = async ({ url }: TestGateway) =>
  (await (await fetch(`${url}/health`)).json()) as { status: string; reasons?: string[] };

const isTold = (gateway: TestGateway, status: string) =>
  until(
    () => healthOf(gateway),
    (told) => told.status === status,
  );

describe('two instances', () => {
  it('let through together what a limit of requests allows, and tell what is left', async () => {
    const { gateways, upstream } = await two('[{ requests: 50, per: 1h }]');
    const { ok, refusals, answers } = await askAll(gateways, 200);
    expect([ok, refusals]).toEqual([50, new Set(['rate_limited'])]);
    expect(upstream.calls).toHaveLength(50);
    const left = answers
      .filter(({ status }) => status === 200)
      .map(({ headers }) => headers.get('ratelimit'));
    expect(left).toContain('"requests";r=0;t=3600');
    const refused = await ask(gateways[1]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3500);
  });

  it('let a hundred of a thousand calls at once through a budget for a hundred', async () => {
    const { gateways, upstream } = await two(
      `[{ cost: ${(CALL * 100) / 1e9}, unit: USD, per: month }]`,
    );
    const { refusals } = await askAll(gateways, 1000);
    expect(refusals).toEqual(new Set(['budget_exhausted']));
    // What estimates were above the truth is there for those who come later.
    let last = 200;
    while (last === 200) {
      const answer = await ask(gateways[upstream.calls.length % 2] as TestGateway);
      await answer.text();
      last = answer.status;
    }
    expect(upstream.calls.length).toBeLessThanOrEqual(100);
    expect(upstream.calls.length).toBeGreaterThanOrEqual(98);
  });

  it('have so many calls at once together, and forget none that ended', async () => {
    const waiting: (() => void)[] = [];
    const { gateways, upstream } = await two('[{ concurrency: 4 }]', (received, response) => {
      waiting.push(() => void answerWell(received, response));
    });
    const held = Array.from({ length: 4 }, (_, i) => ask(gateways[i % 2] as TestGateway));
    while (upstream.calls.length < 4) await upstream.nextCall();
    for (const gateway of gateways) expect((await ask(gateway)).status).toBe(429);
    for (const end of waiting) end();
    for (const answer of await Promise.all(held)) expect(answer.status).toBe(200);
    upstream.script = answerWell;
    await until(
      () => ask(gateways[0]),
      ({ status }) => status !== 429,
    );
    expect((await askAll(gateways, 4)).ok).toBeGreaterThan(0);
  });

  it('pace bursts together', async () => {
    const { gateways } = await two('[{ requests: 3600, per: 1h, burst: 3 }]');
    const { ok } = await askAll(gateways, 20);
    expect(ok).toBeGreaterThanOrEqual(3);
    expect(ok).toBeLessThanOrEqual(5);
  });
});

describe('a Redis that stands still', () => {
  it('delays no call, leaves each instance its share, and forgets no money', async () => {
    const { gateways, upstream } = await two(
      `[{ requests: 40, per: 1h }, { cost: ${(CALL * 30) / 1e9}, unit: USD, per: month }]`,
    );
    expect((await askAll(gateways, 6)).ok).toBe(6);
    await redis.pause();
    try {
      const took: number[] = [];
      for (let i = 0; i < 10; i += 1) {
        const began = performance.now();
        const answer = await ask(gateways[0]);
        await answer.text();
        took.push(performance.now() - began);
        expect(answer.status).toBe(200);
      }
      // A few wait their ten milliseconds, and then nobody waits any more.
      expect(took.filter((ms) => ms > 500)).toEqual([]);
      await isTold(gateways[0], 'degraded');
      // Its share: of 24 calls that were left, twelve.
      const { ok, refusals } = await askAll([gateways[0]], 60);
      expect(refusals.size).toBeGreaterThan(0);
      expect(ok + 10).toBeGreaterThanOrEqual(10);
      expect(ok + 10).toBeLessThanOrEqual(15);
      expect(gateways[0].logged.filter((line) => line.includes('does not answer'))).toHaveLength(1);
    } finally {
      redis.resume();
    }
    await Promise.all(gateways.map((one) => isTold(one, 'healthy')));
    let last = 200;
    while (last === 200) {
      const answer = await ask(gateways[1]);
      await answer.text();
      last = answer.status;
    }
    // What one let through alone is known to the other.
    expect(upstream.calls.length).toBeLessThanOrEqual(31);
    expect(upstream.calls.length).toBeGreaterThanOrEqual(27);
  });
});

describe('a connection to Redis that breaks', () => {
  it('takes no place with it of a call that ends meanwhile', async () => {
    let end: () => void = () => {};
    const { gateways, upstream } = await two('[{ concurrency: 1 }]', (received, response) => {
      end = () => void answerWell(received, response);
    });
    const called = upstream.nextCall();
    const answer = ask(gateways[0]);
    await called;
    expect((await ask(gateways[1])).status).toBe(429);
    const client = await createClient({ url }).connect();
    await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    client.destroy();
    // Before they are back.
    await redis.pause();
    await isTold(gateways[0], 'degraded');
    end();
    expect((await answer).status).toBe(200);
    redis.resume();
    await Promise.all(gateways.map((one) => isTold(one, 'healthy')));
    upstream.script = answerWell;
    await until(
      () => ask(gateways[1]),
      ({ status }) => status === 200,
    );
  });
});

describe('a Redis that is killed', () => {
  it('fails no call, and one that comes back empty gives no fresh budget', async () => {
    const { gateways, upstream } = await two(
      `[{ cost: ${(CALL * 20) / 1e9}, unit: USD, per: month }]`,
    );
    expect((await askAll(gateways, 8)).ok).toBe(8);
    await redis.kill();
    const during = await askAll(gateways, 4);
    expect(during.ok).toBe(4);
    await redis.start();
    await Promise.all(gateways.map((one) => isTold(one, 'healthy')));
    let last = 200;
    while (last === 200) {
      const answer = await ask(gateways[upstream.calls.length % 2] as TestGateway);
      await answer.text();
      last = answer.status;
    }
    expect(upstream.calls.length).toBeLessThanOrEqual(21);
    expect(upstream.calls.length).toBeGreaterThanOrEqual(16);
  });

  it('is not waited for at the start', async () => {
    await redis.kill();
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: `shared: ${url}\n${chatConfig('openai-chat', [upstream])}`,
    });
    expect((await ask(gateway)).status).toBe(200);
    await redis.start();
    await isTold(gateway, 'healthy');
  });
});

describe('what one instance learns of a target', () => {
  it('the other knows: its rest, and an instance that starts later too', async () => {
    const sick = await Upstream.start('sick', (_, response) => {
      response.writeHead(500).end();
    });
    const well = await Upstream.start('well', answerWell);
    // It rests for as long as another instance may take to start.
    const health = 'health: { rest: 10m, maxRest: 10m }';
    const config = `shared: ${url}\n${chatConfig('openai-chat', [sick, well], health)}`;
    const start = () => testGateway({ config });
    // Until it has joined, an instance tells the others nothing, and is degraded for that alone.
    const knows = (gateway: TestGateway) =>
      until(
        () => healthOf(gateway),
        ({ reasons }) => reasons?.join() === 'targets_impaired',
      );
    const [one, other] = [await start(), await start()];
    await Promise.all([one, other].map((gateway) => isTold(gateway, 'healthy')));
    for (let i = 0; i < 3; i += 1) expect((await ask(one)).status).toBe(200);
    await knows(other);
    const calls = sick.calls.length;
    const later = await start();
    await knows(later);
    for (const gateway of [other, later]) {
      const answer = await ask(gateway);
      expect(answer.headers.get('x-vitalgate-target')).toBe('well/upstream-model');
      expect(answer.headers.get('x-vitalgate-attempts')).toBe('1');
    }
    expect(sick.calls).toHaveLength(calls);
  });
});
