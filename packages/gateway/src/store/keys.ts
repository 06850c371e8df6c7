import { randomUUID } from 'node:crypto';
import { readKeySettings, type KeySettings, type KeySettingsText } from '@vitalgate/contract';
import { digestOf, newSecret, type Key } from '../access/keys.ts';
import type { Kysely, Selectable } from 'kysely';
import { networks } from '../access/networks.ts';
import type { Store } from './database.ts';
import type { KeyRow, Tables } from './migrations.ts';

/** What may be shown of a stored key. */
export interface KeyListing {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly settings: KeySettingsText;
  readonly version: number;
}

const shown = [
  'id',
  'name',
  'hint',
  'created_at',
  'expires_at',
  'revoked_at',
  'settings',
  'version',
] as const;

/** Makes a key; its secret is in the result and nowhere else, ever again. */
export async function createKey(
  store: { readonly db: Kysely<Tables> },
  name: string,
  now: number,
  expiresAt: number | null = null,
  settings: KeySettingsText = {},
): Promise<{ id: string; secret: string }> {
  const secret = newSecret();
  const id = randomUUID();
  await store.db
    .insertInto('keys')
    .values({
      id,
      name,
      digest: digestOf(secret).toString('hex'),
      hint: hintOf(secret),
      created_at: now,
      expires_at: expiresAt,
      revoked_at: null,
      settings: JSON.stringify(settings),
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

const hintOf = (secret: string) => secret.slice(0, 7);

export async function listKeys(store: Store): Promise<KeyListing[]> {
  const rows = await store.db.selectFrom('keys').select(shown).orderBy('created_at').execute();
  return rows.map((row) => ({ ...row, settings: JSON.parse(row.settings) as KeySettingsText }));
}

/** Revokes by id or name; false when there is no such key, or it was revoked before. */
export async function revokeKey(store: Store, idOrName: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('keys')
    .set((row) => ({ revoked_at: now, version: row('version', '+', 1) }))
    .where((row) => row.or([row('id', '=', idOrName), row('name', '=', idOrName)]))
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Changes what a key may, if it is still as it was read; false when it is not. */
export async function changeKey(
  store: Store,
  { id, version }: Pick<KeyListing, 'id' | 'version'>,
  settings: KeySettingsText,
  expiresAt: number | null,
): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('keys')
    .set({ settings: JSON.stringify(settings), expires_at: expiresAt, version: version + 1 })
    .where('id', '=', id)
    .where('version', '=', version)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Gives a key another secret; the one it had is good until `previousUntil`. */
export async function rotateKey(
  store: Store,
  id: string,
  previousUntil: number,
): Promise<string | undefined> {
  const secret = newSecret();
  const { numUpdatedRows } = await store.db
    .updateTable('keys')
    .set((row) => ({
      previous_digest: row.ref('digest'),
      previous_until: previousUntil,
      digest: digestOf(secret).toString('hex'),
      hint: hintOf(secret),
      version: row('version', '+', 1),
    }))
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n ? secret : undefined;
}

/** The keys that have not been revoked; one that was rotated is there with both of its secrets. */
export async function loadKeys(store: Store): Promise<Key[]> {
  const rows = await store.db
    .selectFrom('keys')
    .selectAll()
    .where('revoked_at', 'is', null)
    .execute();
  return rows.flatMap((row) => {
    const key = keyOf(row);
    const { previous_digest: before, previous_until: until } = row;
    if (before === null || until === null) return [key];
    const expires = Math.min(until, key.expires ?? until);
    return [key, { ...key, digest: Buffer.from(before, 'hex'), expires }];
  });
}

function keyOf(row: Selectable<KeyRow>): Key {
  const read = readKeySettings(JSON.parse(row.settings));
  // Settings are checked before they are kept; what a newer version wrote opens nothing here.
  const closed: KeySettings = { models: [], apis: [], prompts: [], limits: [] };
  const { owner, team, models, apis, prompts, ips, limits, guardrails } =
    'settings' in read ? read.settings : closed;
  return {
    id: row.id,
    name: row.name,
    digest: Buffer.from(row.digest, 'hex'),
    owner,
    team,
    models: models === undefined ? undefined : new Set(models),
    apis: apis === undefined ? undefined : new Set(apis),
    prompts: prompts === undefined ? undefined : new Set(prompts),
    ips: ips === undefined ? undefined : networks(ips),
    expires: row.expires_at ?? undefined,
    limits,
    guardrails,
    source: 'store',
  };
}
