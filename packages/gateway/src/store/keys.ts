import { randomUUID } from 'node:crypto';
import { digestOf, newSecret, type Key } from '../access/keys.ts';
import type { Kysely } from 'kysely';
import type { Store } from './database.ts';
import type { KeyRow, Tables } from './migrations.ts';

/** What may be shown of a stored key. */
export type KeyListing = Omit<KeyRow, 'digest'>;

/** Makes a key; its secret is in the result and nowhere else, ever again. */
export async function createKey(
  store: { readonly db: Kysely<Tables> },
  name: string,
  now: number,
  expiresAt: number | null = null,
): Promise<{ id: string; secret: string }> {
  const secret = newSecret();
  const id = randomUUID();
  await store.db
    .insertInto('keys')
    .values({
      id,
      name,
      digest: digestOf(secret).toString('hex'),
      hint: secret.slice(0, 7),
      created_at: now,
      expires_at: expiresAt,
      revoked_at: null,
    })
    .execute();
  return { id, secret };
}

/** A key for whoever starts for the first time; undefined when there has been one before. */
export function createFirstKey(store: Store, now: number): Promise<string | undefined> {
  return store.alone('first key', async (db) => {
    const known = await db.selectFrom('keys').select('id').executeTakeFirst();
    return known === undefined ? (await createKey({ db }, 'first', now)).secret : undefined;
  });
}

export function listKeys(store: Store): Promise<KeyListing[]> {
  return store.db
    .selectFrom('keys')
    .select(['id', 'name', 'hint', 'created_at', 'expires_at', 'revoked_at'])
    .orderBy('created_at')
    .execute();
}

/** Revokes by id or name; false when there is no such key, or it was revoked before. */
export async function revokeKey(store: Store, idOrName: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('keys')
    .set({ revoked_at: now })
    .where((row) => row.or([row('id', '=', idOrName), row('name', '=', idOrName)]))
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** The keys that have not been revoked. */
export async function loadKeys(store: Store): Promise<Key[]> {
  const rows = await store.db
    .selectFrom('keys')
    .selectAll()
    .where('revoked_at', 'is', null)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    digest: Buffer.from(row.digest, 'hex'),
    team: undefined,
    models: undefined,
    apis: undefined,
    ips: undefined,
    expires: row.expires_at ?? undefined,
    limits: [],
    source: 'store',
  }));
}
