import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openStore } from '@vitalgate/gateway';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { untilFree } from '../../packages/gateway/src/store/until-free.ts';
import { changeStore } from '../harness/change-store.ts';
import {
  chatConfig,
  post,
  sharedGateway,
  temporaryFolder,
  type TestGateway,
} from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
/** A search that finds none of them reads them all. */
const ROWS = 250_000;

let upstream: Upstream;
let gateway: TestGateway;
let owner: ApiClient;

beforeAll(async () => {
  upstream = await Upstream.shared('only', answerWell);
  gateway = await sharedGateway({
    config: chatConfig('openai-chat', [upstream]),
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  owner = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
  const rows = `
    INSERT INTO ledger (id, at, model, dialect, operation, streamed, status, outcome, attempts,
      total_ms, gateway_ms, tried, is_estimated)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
    SELECT 'old_' || i, i, 'chat', 'openai-chat', 'chat', 0, 200, 'completed', 1, 1, 1, '[]', 0 FROM n
  `;
  await changeStore(gateway.databasePath, (database) => database.exec(rows));
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

async function call(): Promise<number> {
  const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
  await answer.text();
  return answer.status;
}

const audit = () => owner.call('GET /api/audit', { query: { limit: 10 } });

/** Does it one at a time until all the work is done; how often that was. */
async function during(work: readonly Promise<unknown>[], act: () => Promise<unknown>) {
  const left = new Set(work);
  for (const one of work) void one.finally(() => left.delete(one));
  let count = 0;
  for (; left.size > 0; count += 1) await act();
  await Promise.all(work);
  return count;
}

describe('a gateway whose store is a file', () => {
  it('answers calls, and other questions of operators, while one searches', async () => {
    await call();
    const search = () => owner.call('GET /api/requests', { query: { limit: 10, status: 418 } });
    const searches = () => [search(), search(), search()];
    expect(await during(searches(), call)).toBeGreaterThan(10);
    expect(await during(searches(), audit)).toBeGreaterThan(10);
  });

  it('reads while a write waits for another program', async () => {
    const other = new DatabaseSync(gateway.databasePath);
    await untilFree(() => other.exec('BEGIN IMMEDIATE'), 30_000);
    let isMade = false;
    const made = owner.call('POST /api/keys', { body: { name: 'later' } });
    void made.then(() => (isMade = true));
    expect((await audit()).items).toEqual([]);
    expect(isMade).toBe(false);
    other.exec('ROLLBACK');
    other.close();
    expect(await made).toMatchObject({ key: { name: 'later' } });
    expect((await audit()).items).toMatchObject([{ action: 'POST /api/keys', status: 201 }]);
  });
});

const threads = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;

describe('a store in a file', () => {
  it('ends its threads when it is closed, whatever it was asked before', async () => {
    const before = threads();
    const store = await openStore(`sqlite:${join(temporaryFolder(), 'store.db')}`);
    // Of the dialects that share a thread, one was never asked.
    await store.searches.selectFrom('ledger').selectAll().execute();
    expect(threads()).toBeGreaterThan(before);
    await store.close();
    expect(threads()).toBeLessThanOrEqual(before);
  });

  it('fails a question whose answer ends its thread, and answers the next', async () => {
    const store = await openStore(`sqlite:${join(temporaryFolder(), 'store.db')}`);
    onTestFinished(() => store.close());
    const state = { name: 'large', value: 'x'.repeat(2_000_000) };
    await store.db.insertInto('state').values(state).execute();
    for (let i = 0; i < 6; i += 1) {
      const row = { name: `small ${i}`, value: '{}' };
      await store.db.insertInto('state').values(row).execute();
    }
    const large = () =>
      store.reports
        .selectFrom(['state', 'state as a', 'state as b', 'state as c'])
        .select('state.value')
        .where('state.name', '=', 'large')
        .execute();
    await expect(large()).rejects.toMatchObject({ code: 'store_unavailable' });
    const names = await store.reports.selectFrom('state').select('name').execute();
    expect(names).toHaveLength(7);
  });

  it('undoes a transaction of which a question fails, and goes on', async () => {
    const store = await openStore(`sqlite:${join(temporaryFolder(), 'store.db')}`);
    onTestFinished(() => store.close());
    const row = { name: 'one', value: '{}' };
    const twice = store.db.transaction().execute(async (transaction) => {
      await transaction.insertInto('state').values(row).execute();
      await transaction.insertInto('state').values(row).execute();
    });
    await expect(twice).rejects.toThrow(/UNIQUE constraint failed/);
    await store.db.insertInto('state').values(row).execute();
    expect(await store.db.selectFrom('state').select('name').execute()).toEqual([{ name: 'one' }]);
  });
});
