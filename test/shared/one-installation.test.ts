import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Daemon } from '../harness/daemon.ts';
import { PATIENCE_MS } from '../harness/daemon.ts';
import { chatConfig, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { ask as query, sharedDatabase } from '../harness/postgres.ts';
import { startRedis } from '../harness/redis.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

/** Two instances on one PostgreSQL and one Redis are one installation to whoever calls. */

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const PATH = '/v1/chat/completions';
/** Seven tokens read and five written, at the prices below. */
const CALL = 7 * 1000 + 5 * 10_000;
const WITHIN_MS = 5000;

let redis: Daemon;
let store: string;
let drop: () => Promise<void>;
let upstream: Upstream;
let gateways: [TestGateway, TestGateway];
let clients: [ApiClient, ApiClient];

beforeAll(async () => {
  const started = await startRedis();
  redis = started.server;
  ({ url: store, drop } = await sharedDatabase());
  upstream = await Upstream.shared('only', answerWell);
  const config = `shared: ${started.url}
access: { wrongKeys: 20, trustedProxies: [127.0.0.1] }
${chatConfig('openai-chat', [upstream]).replace('model: upstream-model }', 'model: upstream-model, price: { input: 1, output: 10 } }')}`;
  const start = () =>
    sharedGateway({ config, store, environment: { VITALGATE_ADMIN_TOKEN: TOKEN } });
  gateways = await Promise.all([start(), start()]);
  clients = gateways.map(({ addresses }) =>
    createClient({ baseUrl: addresses.admin, token: TOKEN }),
  ) as [ApiClient, ApiClient];
}, PATIENCE_MS);
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await upstream.close();
  await drop();
  await redis.remove();
});

const ask = (at: number, secret: string, more: Record<string, string> = {}) =>
  post(
    gateways[at % 2 === 0 ? 0 : 1].url,
    PATH,
    { model: 'chat', max_tokens: 5 },
    { authorization: `Bearer ${secret}`, 'x-forwarded-for': '198.51.100.1', ...more },
  );

async function codeAt(...asked: Parameters<typeof ask>): Promise<string> {
  const answer = await ask(...asked);
  if (answer.status === 200) return (await answer.text()) && 'ok';
  return String(codeOf((await answer.json()) as Refusal));
}

/** Asks until it is so, and says how long that took; one look is under way at the end. */
async function waited(isSo: () => Promise<boolean>): Promise<number> {
  const from = performance.now();
  await until(isSo, Boolean);
  return performance.now() - from;
}

/** Looked at and not asked with, so that nothing of its limits is used. */
const isKnownAt = async (gateway: TestGateway, secret: string) => {
  const answer = await fetch(`${gateway.url}/health`, { headers: { 'x-api-key': secret } });
  return 'dependencies' in ((await answer.json()) as object);
};

async function keyKnownAtBoth(body: { name: string; limits?: object[] }) {
  const made = await clients[0].call('POST /api/keys', { body: body as { name: string } });
  await waited(() => isKnownAt(gateways[1], made.secret));
  return made;
}

describe('what one instance takes away, the other refuses within five seconds', () => {
  it('keys, models of keys, and admin tokens', async () => {
    const { key, secret } = await keyKnownAtBoth({ name: 'to-revoke' });
    expect(await codeAt(1, secret)).toBe('ok');
    await clients[0].call('POST /api/keys/{id}/revoke', { params: { id: key.id } });
    expect(await codeAt(0, secret)).toBe('invalid_key');
    const revoked = await waited(async () => (await codeAt(1, secret)) === 'invalid_key');
    expect(revoked).toBeLessThan(WITHIN_MS);

    const other = await keyKnownAtBoth({ name: 'to-narrow' });
    expect(await codeAt(1, other.secret)).toBe('ok');
    await clients[0].call('PATCH /api/keys/{id}', {
      params: { id: other.key.id },
      ifMatch: other.key.version,
      body: { models: [] },
    });
    const narrowed = await waited(async () => (await codeAt(1, other.secret)) === 'model_denied');
    expect(narrowed).toBeLessThan(WITHIN_MS);

    const { token, secret: admin } = await clients[0].call('POST /api/admin-tokens', {
      body: { name: 'to-revoke', role: 'viewer' },
    });
    const statusAtOther = async () =>
      (
        await fetch(`${gateways[1].addresses.admin}/api/session`, {
          headers: { authorization: `Bearer ${admin}`, 'x-forwarded-for': '198.51.100.7' },
        })
      ).status;
    await waited(async () => (await statusAtOther()) === 200);
    await clients[0].call('DELETE /api/admin-tokens/{id}', { params: { id: token.id } });
    expect(await waited(async () => (await statusAtOther()) !== 200)).toBeLessThan(WITHIN_MS);
  });
});

describe('what is limited is limited for both together', () => {
  it('requests and money of a key of the store, to the last one', async () => {
    const few = await keyKnownAtBoth({ name: 'few', limits: [{ requests: 10, per: '1h' }] });
    const codes = await Promise.all(Array.from({ length: 60 }, (_, i) => codeAt(i, few.secret)));
    expect(codes.filter((code) => code === 'ok')).toHaveLength(10);
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(50);

    const budget = { cost: (CALL * 10) / 1e9, unit: 'USD', per: 'month' };
    const poor = await keyKnownAtBoth({ name: 'poor', limits: [budget] });
    const before = upstream.calls.length;
    await Promise.all(Array.from({ length: 60 }, (_, i) => codeAt(i, poor.secret)));
    let spent: string;
    do spent = await codeAt(0, poor.secret);
    while (spent === 'ok');
    expect([spent, await codeAt(1, poor.secret)]).toEqual(['budget_exhausted', 'budget_exhausted']);
    const calls = upstream.calls.length - before;
    expect(calls).toBeLessThanOrEqual(10);
    expect(calls).toBeGreaterThanOrEqual(8);
    const paid = async () =>
      (await query(store, `SELECT cost FROM ledger WHERE key_id = '${poor.key.id}' AND cost > 0`))
        .length;
    await waited(async () => (await paid()) >= calls);
    expect(await paid()).toBe(calls);
  });

  it('wrong keys', async () => {
    const from = { 'x-forwarded-for': '198.51.100.9' };
    for (let i = 0; i < 20; i += 1) expect(await codeAt(i, `wrong-${i}`, from)).toBe('invalid_key');
    for (const at of [0, 1]) expect(await codeAt(at, 'wrong-again', from)).toBe('rate_limited');
    expect(await codeAt(1, 'wrong', { 'x-forwarded-for': '198.51.100.10' })).toBe('invalid_key');
  });

  it('calls with one idempotency-key', async () => {
    const { secret } = await keyKnownAtBoth({ name: 'once' });
    const once = { 'idempotency-key': 'once' };
    const before = upstream.calls.length;
    const codes = await Promise.all(Array.from({ length: 10 }, (_, i) => codeAt(i, secret, once)));
    expect(new Set(codes)).toContain('ok');
    for (const code of codes) expect(['ok', 'idempotency_conflict']).toContain(code);
    for (const at of [0, 1]) expect(await codeAt(at, secret, once)).toBe('ok');
    expect(upstream.calls.length - before).toBe(1);
  });
});
