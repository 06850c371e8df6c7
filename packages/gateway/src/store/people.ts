import { randomBytes, randomUUID } from 'node:crypto';
import { ApiFailure, type Role } from '@vitalgate/contract/api';
import { digestOf } from '../access/keys.ts';
import type { Store } from './database.ts';
import type { Insertable, Selectable } from 'kysely';
import type { UserRow } from './migrations.ts';
import { OF_PEOPLE } from './secrets.ts';

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly teams: readonly string[];
  /** PHC string; null until the invitation is accepted. */
  readonly password: string | null;
  readonly isDisabled: boolean;
  readonly createdAt: number;
  readonly lastSeenAt: number | null;
  readonly version: number;
  readonly hasSecondFactor: boolean;
  /** They have come by single sign-on. */
  readonly isLinked: boolean;
}

const userOf = (row: Selectable<UserRow>): User => ({
  id: row.id,
  email: row.email,
  name: row.name,
  role: row.role as Role,
  teams: JSON.parse(row.teams) as string[],
  password: row.password,
  isDisabled: row.disabled_at !== null,
  createdAt: row.created_at,
  lastSeenAt: row.last_seen_at,
  version: row.version,
  hasSecondFactor: row.second_factor === 1,
  isLinked: row.subject !== null,
});

export async function hasUsers(store: Store): Promise<boolean> {
  const row = await store.db.selectFrom('users').select('id').limit(1).executeTakeFirst();
  return row !== undefined;
}

/** By time and id, for paging. */
export async function listUsers(
  store: Store,
  after: { readonly at: number; readonly id: string } | undefined,
  limit: number,
): Promise<User[]> {
  let query = store.db.selectFrom('users').selectAll();
  if (after !== undefined) {
    query = query.where((row) =>
      row.or([
        row('created_at', '>', after.at),
        row.and([row('created_at', '=', after.at), row('id', '>', after.id)]),
      ]),
    );
  }
  const rows = await query.orderBy('created_at').orderBy('id').limit(limit).execute();
  return rows.map(userOf);
}

export async function findUser(
  store: Store,
  by: { readonly id: string } | { readonly email: string } | { readonly subject: string },
): Promise<User | undefined> {
  const query = store.db.selectFrom('users').selectAll();
  const fit =
    'id' in by
      ? query.where('id', '=', by.id)
      : 'email' in by
        ? query.where('email', '=', by.email)
        : query.where('subject', '=', by.subject);
  const row = await fit.executeTakeFirst();
  return row === undefined ? undefined : userOf(row);
}

interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly teams: readonly string[];
  readonly password: string | null;
}

/**
 * @param isFirst makes the user only where there is none yet
 * @throws {ApiFailure} `already_exists`, or `link_invalid` when it is not the first
 */
export async function createUser(
  store: Store,
  { teams, ...user }: NewUser,
  now: number,
  isFirst = false,
): Promise<User> {
  const row = {
    ...user,
    id: `user_${randomUUID()}`,
    teams: JSON.stringify(teams),
    disabled_at: null,
    created_at: now,
    last_seen_at: null,
    version: 1,
    second_factor: 0,
    subject: null,
  } satisfies Insertable<UserRow>;
  await store.alone('first owner', async (transaction) => {
    const all = transaction.selectFrom('users').select('id').limit(1);
    const query = isFirst ? all : all.where('email', '=', user.email);
    const known = await query.executeTakeFirst();
    if (known !== undefined) {
      throw isFirst
        ? new ApiFailure('link_invalid', 'there is an owner already')
        : new ApiFailure('already_exists', 'there is a user of this e-mail address already');
    }
    await transaction.insertInto('users').values(row).execute();
  });
  return userOf(row);
}

export interface UserChange {
  readonly name?: string | undefined;
  readonly role?: Role | undefined;
  readonly teams?: readonly string[] | undefined;
  readonly password?: string | undefined;
  readonly isDisabled?: boolean | undefined;
}

/**
 * Changes a user if it is still as it was read.
 *
 * @throws {ApiFailure} `version_changed`
 */
export async function changeUser(
  store: Pick<Store, 'db'>,
  { id, version }: User,
  { isDisabled, teams, ...change }: UserChange,
  now: number,
): Promise<void> {
  const { numUpdatedRows } = await store.db
    .updateTable('users')
    .set({
      ...change,
      ...(teams !== undefined && { teams: JSON.stringify(teams) }),
      ...(isDisabled !== undefined && { disabled_at: isDisabled ? now : null }),
      version: version + 1,
    })
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) {
    throw new ApiFailure('version_changed', 'somebody else has changed this user meanwhile');
  }
}

/** Nobody is in a team that is gone; whoever was has to sign in again. */
export async function leaveTeam(store: Store, team: string): Promise<void> {
  await store.db.transaction().execute(async (transaction) => {
    const rows = await transaction.selectFrom('users').select(['id', 'teams', 'version']).execute();
    for (const { id, teams, version } of rows) {
      const before = JSON.parse(teams) as string[];
      if (!before.includes(team)) continue;
      const left = JSON.stringify(before.filter((name) => name !== team));
      const changed = { teams: left, version: version + 1 };
      await transaction.updateTable('users').set(changed).where('id', '=', id).execute();
      await transaction.deleteFrom('sessions').where('user_id', '=', id).execute();
    }
  });
}

/** Remembers who somebody is at the single sign-on. */
export async function linkSubject(store: Store, id: string, subject: string): Promise<void> {
  await store.db.updateTable('users').set({ subject }).where('id', '=', id).execute();
}

/** To be called in a transaction. */
export async function deleteUser({ db }: Pick<Store, 'db'>, id: string): Promise<void> {
  await db.deleteFrom('sessions').where('user_id', '=', id).execute();
  for (const table of ['user_links', 'authenticators', 'recovery_codes', 'passkeys'] as const) {
    await db.deleteFrom(table).where('user_id', '=', id).execute();
  }
  await db.deleteFrom('secrets').where('name', 'like', `${OF_PEOPLE}${id}/%`).execute();
  await db.deleteFrom('users').where('id', '=', id).execute();
}

/** Active owners; the last one cannot be taken away. */
export async function countOwners(store: Pick<Store, 'db'>): Promise<number> {
  const { owners } = await store.db
    .selectFrom('users')
    .where('role', '=', 'owner')
    .where('disabled_at', 'is', null)
    .where('password', 'is not', null)
    .select((row) => row.fn.countAll().as('owners'))
    .executeTakeFirstOrThrow();
  return Number(owners);
}

/** A link with which one user sets a password: the newest works, once, until it expires. */
export async function createLink(store: Store, userId: string, expiresAt: number): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await store.db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('user_links').where('user_id', '=', userId).execute();
    await transaction
      .insertInto('user_links')
      .values({ digest: digestOf(token).toString('hex'), user_id: userId, expires_at: expiresAt })
      .execute();
  });
  return token;
}

/** The user whose link this is; undefined when it is not (or no longer) good. */
export async function findLink(
  store: Store,
  token: string,
  now: number,
): Promise<User | undefined> {
  const row = await store.db
    .selectFrom('user_links')
    .innerJoin('users', 'users.id', 'user_links.user_id')
    .selectAll('users')
    .where('digest', '=', digestOf(token).toString('hex'))
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row === undefined ? undefined : userOf(row);
}

/** Takes the link away; true for one of those who try at once. */
export async function redeemLink(store: Store, token: string): Promise<boolean> {
  const { numDeletedRows } = await store.db
    .deleteFrom('user_links')
    .where('digest', '=', digestOf(token).toString('hex'))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
