import { createKey, listKeys, openStore, revokeKey, type Store } from '@vitalgate/gateway';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../harness/gateway.ts';
import { testDatabase } from '../harness/postgres.ts';

/** What a store promises, on each engine. */
const engines = {
  sqlite: async () => `sqlite:${join(temporaryFolder(), 'store.db')}`,
  postgres: testDatabase,
};

async function open(url: string): Promise<Store> {
  const store = await openStore(url);
  onTestFinished(() => store.close());
  return store;
}

describe.each(Object.entries(engines))('the store on %s', (engine, place) => {
  it('keeps keys as digests, and gives times and numbers as they were put in', async () => {
    const store = await open(await place());
    const { id, secret } = await createKey(store, 'ci', 1_790_000_000_000, 1_890_000_000_000);
    const listed = await listKeys(store);
    expect(listed[0]).not.toHaveProperty('digest');
    expect(listed).toMatchObject([
      {
        id,
        name: 'ci',
        hint: secret.slice(0, 7),
        created_at: 1_790_000_000_000,
        expires_at: 1_890_000_000_000,
        revoked_at: null,
      },
    ]);
    const rows = await store.db.selectFrom('keys').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(secret.slice(8));
  });

  it('revokes a key once', async () => {
    const store = await open(await place());
    await createKey(store, 'ci', 1);
    expect(await revokeKey(store, 'ci', 2)).toBe(true);
    expect(await revokeKey(store, 'ci', 3)).toBe(false);
    expect(await listKeys(store)).toMatchObject([{ revoked_at: 2 }]);
  });

  it('moves its revision with every change of keys, whoever makes it, and with no other', async () => {
    const url = await place();
    const [here, there] = [await open(url), await open(url)];
    const seen = [await here.revision()];
    const note = async () => seen.push(await here.revision());
    await createKey(there, 'ci', 1);
    await note();
    await revokeKey(there, 'ci', 2);
    await note();
    await there.db.deleteFrom('keys').execute();
    await note();
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
    await there.db.insertInto('state').values({ name: 'targets', value: '{}' }).execute();
    expect(await here.revision()).toBe(seen.at(-1));
  });

  it('lets one at a time do what is to be done once', async () => {
    const url = await place();
    const stores = [await open(url), await open(url), await open(url)];
    const isFirst = (store: Store) =>
      store.alone('first', async (db) => {
        const known = await db.selectFrom('state').select('name').executeTakeFirst();
        if (known !== undefined) return false;
        await db.insertInto('state').values({ name: 'first', value: '1' }).execute();
        return true;
      });
    const won = await Promise.all([...stores, ...stores].map(isFirst));
    expect(won.filter(Boolean)).toHaveLength(1);
  });

  it('is brought up to date once by those that start together, and again by nobody', async () => {
    const url = await place();
    const [store] = await Promise.all([open(url), open(url), open(url), open(url)]);
    await createKey(store, 'kept', 1);
    const again = await open(url);
    expect(await listKeys(again)).toMatchObject([{ name: 'kept' }]);
  });

  it('is refused when a newer program has written it', async () => {
    const url = await place();
    const store = await open(url);
    const row = { name: '9999-from-the-future', timestamp: new Date().toISOString() };
    await store.db
      .withTables<{ kysely_migration: typeof row }>()
      .insertInto('kysely_migration')
      .values(row)
      .execute();
    await expect(openStore(url)).rejects.toMatchObject({
      code: 'store_too_new',
      message: expect.stringMatching(/newer version/),
    });
    expect(engine).toBe(store.engine);
  });
});

describe('a PostgreSQL that cannot be used', () => {
  it.each([
    ['postgres://owner:hunter22secret@127.0.0.1:1/store', /ECONNREFUSED/],
    ['postgres://owner:hunter22secret@127.0.0.1:1/store?password=hunter22secret', /ECONNREFUSED/],
  ])('is told with its place and without its password: %s', async (url, why) => {
    const failure = await openStore(url).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({
      code: 'store_unavailable',
      message: expect.stringMatching(why),
    });
    expect((failure as Error).message).toContain('127.0.0.1:1/store');
    expect((failure as Error).message).not.toContain('hunter22secret');
  });

  it('is told as a password that is refused', async () => {
    const url = new URL(await testDatabase());
    url.password = 'not-the-password';
    await expect(openStore(url.href)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringMatching(/password authentication failed/),
    });
  });
});
