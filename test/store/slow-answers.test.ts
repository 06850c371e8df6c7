/**
 * The configuration, the keys and the store's answers change at the same time. A table that is locked
 * holds an answer back for as long as a test wants: what it told before must not undo what came since.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createClient } from '@vitalgate/contract/api/client';
import pg from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import { chatConfig, KEY, post, testGateway, type TestGateway } from '../harness/gateway.ts';
import { ask, testDatabase } from '../harness/postgres.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const ADMIN = 'an-admin-token-of-32-characters-or-more';

const soon = { timeout: 20_000, interval: 50 };
const DAILY = 'limits: [{ requests: 1000, per: day }]\n';

async function rig() {
  const [upstream, store] = await Promise.all([Upstream.start('only', answerWell), testDatabase()]);
  const gateway = await testGateway({
    config: chatConfig('openai-chat', [upstream]) + DAILY,
    store,
    environment: { VITALGATE_ADMIN_TOKEN: ADMIN },
  });
  // Whoever sums the ledger reads the same tables; the next time is in half a minute.
  const summed = 'SELECT 1 FROM usage_summed WHERE since = 0 AND until > 0';
  await vi.waitFor(async () => expect(await ask(store, summed)).toHaveLength(1), soon);
  const owner = createClient({ baseUrl: gateway.addresses.admin, token: ADMIN });
  return { gateway, store, owner };
}

/** Locks a table; gives what resolves when somebody waits for it, and what lets them go on. */
async function hold(store: string, table: string) {
  const client = new pg.Client({ connectionString: store });
  await client.connect();
  let isEnded = false;
  const letGo = async (): Promise<void> => {
    if (isEnded) return;
    isEnded = true;
    await client.end();
  };
  onTestFinished(letGo);
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  const waiting = 'SELECT pid FROM pg_locks WHERE relation = $1::regclass AND NOT granted';
  return {
    letGo,
    /** Breaks the connections of those who wait. */
    cut: async () =>
      void (await ask(store, `SELECT pg_terminate_backend(pid) FROM (${waiting}) AS them`, [
        table,
      ])),
    isWaitedFor: () =>
      vi.waitFor(async () => expect(await ask(store, waiting, [table])).not.toEqual([]), {
        timeout: 20_000,
        interval: 20,
      }),
  };
}

async function statusOf(gateway: TestGateway, model: string, secret = KEY): Promise<number> {
  const headers = { authorization: `Bearer ${secret}` };
  const answer = await post(gateway.url, '/v1/chat/completions', { model }, headers);
  await answer.text();
  return answer.status;
}

it('does not go back to the configuration that was in use when it asked for keys', async () => {
  const { gateway, store, owner } = await rig();
  const held = await hold(store, 'admin_tokens');
  const made = owner.call('POST /api/keys', { body: { name: 'one-more' } });
  await held.isWaitedFor();
  await gateway.reload();
  await held.letGo();
  await made;
  expect(await statusOf(gateway, 'chat')).toBe(200);
});

it('does not give a key back that was revoked while a configuration was taken up', async () => {
  const { gateway, store, owner } = await rig();
  const { key, secret } = await owner.call('POST /api/keys', { body: { name: 'leaked' } });
  expect(await statusOf(gateway, 'chat', secret)).toBe(200);
  const held = await hold(store, 'usage_summed');
  const reloaded = gateway.reload();
  await held.isWaitedFor();
  await owner.call('POST /api/keys/{id}/revoke', { params: { id: key.id } });
  expect(await statusOf(gateway, 'chat', secret)).toBe(401);
  await held.letGo();
  await reloaded;
  expect(await statusOf(gateway, 'chat', secret)).toBe(401);
});

/** As another instance does it. */
const configureElsewhere = (store: string, text: string) =>
  ask(
    store,
    `INSERT INTO configurations (number, text, author, note, at)
     SELECT coalesce(max(number), 0) + 1, $1, 'somebody', NULL, 0 FROM configurations`,
    [text],
  );

const modelNamed = (name: string) =>
  `models: [{ name: ${name}, targets: [{ provider: only, model: upstream-model }] }]\n`;

it('takes a configuration up when the store answers again', async () => {
  const { gateway, store } = await rig();
  const held = await hold(store, 'usage_summed');
  await configureElsewhere(store, modelNamed('made-elsewhere'));
  await held.isWaitedFor();
  await held.cut();
  await held.letGo();
  await vi.waitFor(async () => expect(await statusOf(gateway, 'made-elsewhere')).toBe(200), soon);
});

it('takes a file up that was changed while the store did not answer', async () => {
  const { gateway, store } = await rig();
  const held = await hold(store, 'configurations');
  const text = readFileSync(gateway.configFile, 'utf8');
  writeFileSync(gateway.configFile, text.replace('name: chat', 'name: renamed'));
  const reloaded = gateway.reload();
  await held.isWaitedFor();
  await held.cut();
  await reloaded;
  // The one that has seen the file change.
  await held.isWaitedFor();
  await held.cut();
  await held.letGo();
  await vi.waitFor(async () => expect(await statusOf(gateway, 'renamed')).toBe(200), soon);
});

it('hears of a key that is revoked while a configuration takes long, and blames no store', async () => {
  const { gateway, store, owner } = await rig();
  const { secret } = await owner.call('POST /api/keys', { body: { name: 'leaked' } });
  const held = await hold(store, 'usage_summed');
  await configureElsewhere(store, modelNamed('made-elsewhere'));
  await held.isWaitedFor();
  await ask(store, 'UPDATE keys SET revoked_at = 1 WHERE name = $1', ['leaked']);
  await vi.waitFor(async () => expect(await statusOf(gateway, 'chat', secret)).toBe(401), soon);
  await held.letGo();
  await vi.waitFor(async () => expect(await statusOf(gateway, 'made-elsewhere')).toBe(200), soon);
  expect(gateway.logged.filter((line) => line.includes('the store does not answer'))).toEqual([]);
});

it('counts what was spent before, though the ledger could not be read at first', async () => {
  const { gateway, store } = await rig();
  expect(await statusOf(gateway, 'chat')).toBe(200);
  await vi.waitFor(
    async () => expect(await ask(store, 'SELECT 1 FROM ledger')).toHaveLength(1),
    soon,
  );
  const held = await hold(store, 'usage_summed');
  const text = readFileSync(gateway.configFile, 'utf8');
  writeFileSync(
    gateway.configFile,
    text.replace('requests: 1000, per: day', 'requests: 1, per: month'),
  );
  const reloaded = gateway.reload();
  await held.isWaitedFor();
  await held.cut();
  await held.letGo();
  await reloaded;
  await gateway.reload();
  expect(await statusOf(gateway, 'chat')).toBe(429);
});
