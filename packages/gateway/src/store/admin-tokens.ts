import { randomBytes, randomUUID } from 'node:crypto';
import type { Role } from '@vitalgate/contract/api';
import type { Selectable } from 'kysely';
import type { AdminToken } from '../access/admin-tokens.ts';
import { digestOf } from '../access/keys.ts';
import type { Store } from './database.ts';
import type { AdminTokenRow } from './migrations.ts';

/** Keeps the digest of an admin token; false when there is one already, or a user. */
export async function keepFirstAdminToken(
  store: Store,
  digest: Buffer,
  now: number,
): Promise<boolean> {
  return store.alone('first owner', async (transaction) => {
    const token = await transaction.selectFrom('admin_tokens').select('digest').executeTakeFirst();
    const user = await transaction.selectFrom('users').select('id').executeTakeFirst();
    if (token !== undefined || user !== undefined) return false;
    await transaction
      .insertInto('admin_tokens')
      .values({ digest: digest.toString('hex'), created_at: now })
      .execute();
    return true;
  });
}

/** What may be shown of a token. */
export interface AdminTokenListing extends Omit<AdminToken, 'digest'> {
  readonly hint: string;
  readonly createdBy: string;
  readonly createdAt: number;
}

interface NewToken {
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly string[] | null;
  readonly createdBy: string;
  readonly expiresAt: number | null;
}

/** Makes a token; its secret is in the result and nowhere else, ever again. */
export async function createAdminToken(
  store: Store,
  { name, role, scopes, createdBy, expiresAt }: NewToken,
  now: number,
): Promise<{ token: AdminTokenListing; secret: string }> {
  const secret = `vga_${randomBytes(32).toString('base64url')}`;
  const row = {
    id: `token_${randomUUID()}`,
    digest: digestOf(secret).toString('hex'),
    name,
    role,
    scopes: scopes === null ? null : JSON.stringify(scopes),
    hint: secret.slice(0, 8),
    created_by: createdBy,
    created_at: now,
    expires_at: expiresAt,
  };
  await store.db.insertInto('admin_tokens').values(row).execute();
  return { token: listingOf(row), secret };
}

export async function listAdminTokens(store: Store): Promise<AdminTokenListing[]> {
  const rows = await store.db
    .selectFrom('admin_tokens')
    .selectAll()
    .orderBy('created_at', 'desc')
    .execute();
  return rows.map(listingOf);
}

/** False when there is no such token. */
export async function revokeAdminToken(store: Store, id: string): Promise<boolean> {
  const { numDeletedRows } = await store.db
    .deleteFrom('admin_tokens')
    .where((row) => row.or([row('id', '=', id), row('digest', 'like', `${prefixOf(id)}%`)]))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function loadAdminTokens(store: Store): Promise<AdminToken[]> {
  const rows = await store.db.selectFrom('admin_tokens').selectAll().execute();
  return rows.map((row) => ({ ...listingOf(row), digest: Buffer.from(row.digest, 'hex') }));
}

const listingOf = (row: Selectable<AdminTokenRow>): AdminTokenListing => ({
  id: row.id ?? `token_${row.digest.slice(0, 16)}`,
  name: row.name,
  role: row.role as Role,
  scopes: row.scopes === null ? null : (JSON.parse(row.scopes) as string[]),
  hint: row.hint,
  createdBy: row.created_by,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
});

/** Tokens of the first versions have no id of their own; 16 digits of their digest stand for it. */
const prefixOf = (id: string) => /^token_([0-9a-f]{16})$/.exec(id)?.[1] ?? 'none';
