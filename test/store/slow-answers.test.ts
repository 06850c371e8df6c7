/**
 * The configuration, the keys and the store's answers change at the same time. A table that is locked
 * holds an answer back for as long as a test wants: what it told before must not undo what came since.
 */
import { createClient } from '@vitalgate/contract/api/client';
import pg from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import { chatConfig, KEY, post, testGateway, type TestGateway } from '../harness/gateway.ts';
import { ask, testDatabase } from '../harness/postgres.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const ADMIN = 'an-admin-token-of-32-characters-or-more';

async function rig() {
  const [upstream, store] = await Promise.all([Upstream.start('only', answerWell), testDatabase()]);
  const gateway = await testGateway({
    config: `${chatConfig('openai-chat', [upstream])}limits: [{ requests: 1000, per: day }]\n`,
    store,
    environment: { VITALGATE_ADMIN_TOKEN: ADMIN },
  });
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
  const waiting = 'SELECT 1 FROM pg_locks WHERE relation = $1::regclass AND NOT granted';
  return {
    letGo,
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
