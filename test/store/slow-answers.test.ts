/**
 * The configuration, the keys and the store's answers change at the same time. A table that is locked
 * holds an answer back for as long as a test wants: what it told before must not undo what came since.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@vitalgate/contract/api/client';
import { openStore } from '@vitalgate/gateway';
import pg from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Captures } from '../../packages/gateway/src/capture/captures.ts';
import {
  chatConfig,
  KEY,
  post,
  temporaryFolder,
  testGateway,
  type TestGateway,
} from '../harness/gateway.ts';
import { ask, testDatabase } from '../harness/postgres.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const ADMIN = 'an-admin-token-of-32-characters-or-more';

const soon = { timeout: 20_000, interval: 50 };
const DAILY = 'limits: [{ requests: 1000, per: day }]\n';

async function rig() {
  const [upstream, store] = await Promise.all([Upstream.start('only', answerWell), testDatabase()]);
  const gateway = await testGateway({
    config: chatConfig('openai-chat', [upstream], DAILY),
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
async function hold(store: string, table: string, mode = 'ACCESS EXCLUSIVE') {
  const client = new pg.Client({ connectionString: store });
  await client.connect();
  let isEnded = false;
  const letGo = async (): Promise<void> => {
    if (isEnded) return;
    isEnded = true;
    await client.end();
  };
  onTestFinished(letGo);
  await client.query(`BEGIN; LOCK TABLE ${table} IN ${mode} MODE`);
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

it('counts each prompt once that is written down while the gateway ends', async () => {
  const store = await testDatabase();
  await (await openStore(store)).close();
  const captures = new Captures(store, temporaryFolder(), () => {});
  const add = (id: number) =>
    captures.add({
      id: `call-${id}`,
      at: 0,
      key_id: 'key',
      team: null,
      owner: null,
      redact: [],
      request: undefined,
      answer: undefined,
    });
  const held = await hold(store, 'captures');
  add(0);
  await held.isWaitedFor();
  for (let i = 1; i <= 150; i += 1) add(i);
  const closed = captures.close();
  // In the time of these, whoever writes them down comes to know of all, and of the end.
  for (let i = 0; i < 30; i += 1) await ask(store, 'SELECT 1');
  await held.letGo();
  await closed;
  expect([captures.kept, captures.lost]).toEqual([151, 0]);
  expect(await ask(store, 'SELECT 1 FROM captures')).toHaveLength(151);
});

it('takes up what a file became while the gateway started', async () => {
  const { store, gateway } = await rig();
  await gateway.stop();
  const held = await hold(store, 'keys');
  const folder = temporaryFolder();
  const upstream = await Upstream.start('only', answerWell);
  const starting = testGateway({ folder, config: chatConfig('openai-chat', [upstream]), store });
  await held.isWaitedFor();
  const file = join(folder, 'vitalgate.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('name: chat', 'name: renamed'));
  await held.letGo();
  const started = await starting;
  await vi.waitFor(async () => expect(await statusOf(started, 'renamed')).toBe(200), soon);
});

it('keeps an owner where two take each other away', async () => {
  const { store, owner } = await rig();
  for (const name of ['ada', 'bob']) {
    await owner.call('POST /api/users', {
      body: { email: `${name}@example.com`, name, role: 'owner', teams: [] },
    });
  }
  await ask(store, "UPDATE users SET password = 'known'");
  const { items } = await owner.call('GET /api/users');
  const held = await hold(store, 'users', 'SHARE');
  const gone = items.map(({ id }) =>
    owner.call('DELETE /api/users/{id}', { params: { id } }).then(
      () => true,
      () => false,
    ),
  );
  await held.isWaitedFor();
  await held.letGo();
  await Promise.all(gone);
  expect((await owner.call('GET /api/users')).items).toHaveLength(1);
});
