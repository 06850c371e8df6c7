import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createClient } from '@vitalgate/contract/api/client';
import { openStore, type Store } from '@vitalgate/gateway';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { KEY, post, testGateway, type TestGateway } from '../harness/gateway.ts';
import { testDatabase } from '../harness/postgres.ts';
import { answerJson, chatAnswer, Upstream } from '../harness/upstream.ts';

/** L08: what was said is erased for whom one asks, wherever it was kept. */

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const CHAT = '/v1/chat/completions';

let upstream: Upstream;
let config: string;

beforeAll(async () => {
  // What it answers says again what it was asked.
  upstream = await Upstream.shared('only', ({ body }, response) => {
    const { messages } = JSON.parse(body.toString()) as { messages: [{ content: string }] };
    const message = { role: 'assistant', content: `of ${messages[0].content}` };
    answerJson(response, 200, {
      ...chatAnswer,
      choices: [{ index: 0, message, finish_reason: 'stop' }],
    });
  });
  config = `capture: {}
teams: [{ name: red }]
providers:
  - { name: only, dialect: openai-chat, baseUrl: "${upstream.url}", private: true }
models:
  - { name: chat, targets: [{ provider: only, model: m }], cache: { ttl: 1h } }
keys:
  - { name: of-ada, secret: secret-of-the-key-of-ada, owner: ada }
  - { name: of-red, secret: secret-of-the-key-of-red, team: red }
  - { name: client, secret: ${KEY} }
`;
});
afterAll(() => upstream.close());

const start = (store?: string) =>
  testGateway({
    config,
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
    ...(store === undefined ? {} : { store }),
  });

async function say(gateway: TestGateway, secret: string, content: string) {
  const before = upstream.calls.length;
  const headers = { authorization: `Bearer ${secret}`, 'idempotency-key': `key-of-${content}` };
  const body = { model: 'chat', messages: [{ role: 'user', content }] };
  const answer = await post(gateway.url, CHAT, body, headers);
  expect([await answer.text(), answer.status]).toEqual([expect.stringContaining(content), 200]);
  return { id: answer.headers.get('x-request-id'), isAsked: upstream.calls.length > before };
}

/** The same without an idempotency-key: answered from memory where it is remembered. */
async function isRemembered(gateway: TestGateway, secret: string, content: string) {
  const before = upstream.calls.length;
  const body = { model: 'chat', messages: [{ role: 'user', content }] };
  await (await post(gateway.url, CHAT, body, { authorization: `Bearer ${secret}` })).text();
  return upstream.calls.length === before;
}

/** Texts in the tables that hold what was said, beside how many answers are kept for idempotency. */
async function kept(store: Store) {
  const captured = await store.db.selectFrom('captures').selectAll().execute();
  const once = await store.db.selectFrom('once').select(['key_id', 'answer']).execute();
  return {
    said: JSON.stringify(captured),
    answers: once.filter(({ answer }) => answer !== null).length,
  };
}

const owner = (gateway: TestGateway) =>
  createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });

/** Everything in the folder of a gateway: tables, log, spool. */
function filesOf(gateway: TestGateway): string {
  const folder = dirname(gateway.databasePath);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && !one.name.endsWith('-shm'))
    .map((one) => readFileSync(join(one.parentPath, one.name), 'latin1'))
    .join('\n');
}

it('is gone from every file and from memory, and the ledger keeps what it cost', async () => {
  const gateway = await start();
  const store = await openStore(`sqlite:${gateway.databasePath}`);
  onTestFinished(() => store.close());
  const { id } = await say(gateway, 'secret-of-the-key-of-ada', 'words-of-ada');
  await say(gateway, 'secret-of-the-key-of-red', 'words-of-red');
  await say(gateway, KEY, 'words-of-others');
  expect(await isRemembered(gateway, 'secret-of-the-key-of-ada', 'words-of-ada')).toBe(true);

  const erased = await owner(gateway).call('DELETE /api/captures', { query: { owner: 'ada' } });
  expect(erased.erased).toBeGreaterThan(0);
  expect(filesOf(gateway)).not.toContain('words-of-ada');
  expect(await kept(store)).toEqual({ said: expect.stringContaining('words-of-red'), answers: 2 });
  expect(await isRemembered(gateway, 'secret-of-the-key-of-ada', 'words-of-ada')).toBe(false);

  await owner(gateway).call('DELETE /api/captures', { query: { team: 'red' } });
  expect(filesOf(gateway)).not.toContain('words-of-red');
  expect(await kept(store)).toEqual({
    said: expect.stringContaining('words-of-others'),
    answers: 1,
  });
  const { items } = await owner(gateway).call('GET /api/requests', { query: { limit: 100 } });
  expect(items).toContainEqual(expect.objectContaining({ id, status: 200 }));
});

it('is forgotten by every instance', async () => {
  const url = await testDatabase();
  const [here, there] = await Promise.all([start(url), start(url)]);
  const store = await openStore(url);
  onTestFinished(() => store.close());
  for (const gateway of [here, there]) {
    await say(gateway, 'secret-of-the-key-of-ada', `words-at-${gateway.url}`);
  }
  await owner(here).call('DELETE /api/captures', { query: { owner: 'ada' } });
  expect((await kept(store)).answers).toBe(0);
  await vi.waitFor(
    async () => {
      const words = `words-at-${there.url}`;
      expect(await isRemembered(there, 'secret-of-the-key-of-ada', words)).toBe(false);
    },
    { timeout: 5000, interval: 200 },
  );
});
