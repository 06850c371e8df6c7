import { systemClock, type Cancel, type Clock } from '@vitalgate/health';
import { createClient } from '@vitalgate/contract/api/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KEY, ledgerOf, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, chatEvents, Upstream } from '../harness/upstream.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const DAY = 24 * 60 * 60_000;
const YEAR = 365 * DAY;

/** The date jumps, time goes on as ever: what happens to a machine whose clock is set. */
class JumpingClock implements Clock {
  /** Of the date to the true one. */
  shift = 0;
  readonly #slow: (() => void)[] = [];

  now(): number {
    return systemClock.now();
  }

  wall(): number {
    return systemClock.wall() + this.shift;
  }

  after(ms: number, fn: () => void): Cancel {
    return systemClock.after(ms, fn);
  }

  every(ms: number, fn: () => void): Cancel {
    if (ms >= 60_000) this.#slow.push(fn);
    return systemClock.every(ms, fn);
  }

  /** What is done each minute or more seldom, now. */
  sweep(): void {
    for (const fn of this.#slow) fn();
  }
}

const clock = new JumpingClock();
let upstream: Upstream;
let gateway: TestGateway;

const key = (name: string, limits: string) =>
  `  - { name: ${name}, secret: the-key-of-${name}, limits: [${limits}] }`;

beforeAll(async () => {
  upstream = await Upstream.shared('only', answerWell);
  gateway = await sharedGateway({
    clock,
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
    config: `providers:
  - { name: only, dialect: openai-chat, baseUrl: "${upstream.url}", private: true }
models:
  - { name: chat, targets: [{ provider: only, model: m, price: { input: 1000, output: 100000 } }] }
capture: { keep: 7d }
keys:
  - { name: client, secret: ${KEY} }
${key('minute', '{ requests: 2, per: 1m }')}
${key('daily', '{ cost: 1, unit: USD, per: day }')}
`,
  });
});
afterAll(async () => {
  clock.shift = 0;
  await gateway.stop();
  await upstream.close();
});

const ask = async (secret: string) => {
  const answer = await post(
    gateway.url,
    '/v1/chat/completions',
    { model: 'chat', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] },
    { authorization: `Bearer ${secret}` },
  );
  await answer.text();
  return { status: answer.status, retryAfter: Number(answer.headers.get('retry-after')) };
};

describe('MX11: a clock that jumps', () => {
  it.each([YEAR, -YEAR])('by %d ms ends no stream, and no length of time with it', async (jump) => {
    let end = () => {};
    upstream.script = (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of chatEvents.slice(0, 2)) response.write(event);
      end = () => response.end(chatEvents.slice(2).join(''));
    };
    const answer = await post(gateway.url, '/v1/chat/completions', {
      model: 'chat',
      stream: true,
      messages: [],
    });
    clock.shift = jump;
    const health = await fetch(`${gateway.url}/health`);
    expect([health.status, await health.json()]).toMatchObject([200, { status: 'healthy' }]);
    expect((await fetch(`${gateway.addresses.probes}/readyz`)).status).toBe(200);
    end();
    expect(await answer.text()).toMatch(/data: \[DONE\]\n\n$/);
    clock.shift = 0;
    upstream.script = answerWell;
  });

  it('opens no window of a limit, and closes none for longer', async () => {
    expect((await ask('the-key-of-minute')).status).toBe(200);
    clock.shift = YEAR;
    expect((await ask('the-key-of-minute')).status).toBe(200);
    for (const shift of [YEAR, -YEAR, 0]) {
      clock.shift = shift;
      const refused = await ask('the-key-of-minute');
      expect(refused.status).toBe(429);
      expect(refused.retryAfter).toBeGreaterThan(0);
      expect(refused.retryAfter).toBeLessThanOrEqual(60);
    }
  });

  it('gives a budget once a day, whatever the day is thought to be', async () => {
    // Each call costs 0.507 dollars.
    const statuses = [];
    for (const shift of [0, 0, 0, YEAR, 0, YEAR, YEAR, YEAR, 0]) {
      clock.shift = shift;
      statuses.push((await ask('the-key-of-daily')).status);
    }
    expect(statuses).toEqual([200, 429, 429, 200, 429, 429, 429, 429, 429]);
    clock.shift = DAY;
    expect((await ask('the-key-of-daily')).status).toBe(200);
    clock.shift = 0;
  });

  it('erases nothing that is kept for a time', async () => {
    const { call } = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
    // Rows and what was said are written down a moment after their calls.
    const id = await vi.waitFor(
      async () => {
        const { items } = await call('GET /api/requests', { query: { limit: 200 } });
        const served = items.find(({ outcome }) => outcome === 'completed')?.id ?? '';
        return (await call('GET /api/requests/{id}/capture', { params: { id: served } })).id;
      },
      { timeout: 20_000, interval: 50 },
    );
    const kept = () => call('GET /api/requests/{id}/capture', { params: { id } });
    clock.shift = 10 * YEAR;
    clock.sweep();
    clock.shift = 0;
    clock.sweep();
    expect(await kept()).toMatchObject({ id });
  });

  it('leaves a ledger in which nothing took less than no time', async () => {
    const rows = await vi.waitFor(() => {
      const all = ledgerOf(gateway.databasePath);
      expect(all.length).toBeGreaterThan(10);
      return all;
    });
    for (const row of rows) {
      const lengths = Object.entries(row).filter(([name]) => name.endsWith('_ms'));
      expect(lengths.length).toBeGreaterThan(1);
      for (const [, ms] of lengths) expect(ms === null || (ms as number) >= 0).toBe(true);
      for (const [, ms] of lengths) expect(Number(ms)).toBeLessThan(60_000);
    }
  });
});
