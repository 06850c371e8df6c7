import { randomBytes, randomUUID } from 'node:crypto';
import { digestOf } from '../access/keys.ts';
import type { Store } from './database.ts';
import type { SessionRow } from './migrations.ts';

/** What may be shown of a session. */
export type SessionListing = Omit<SessionRow, 'digest'>;

/** A session is seen often; it is written down this seldom. */
const SEEN_MS = 60_000;

/** Begins a session; the token is in the result and nowhere else. */
export async function startSession(
  store: Store,
  userId: string,
  from: { readonly address: string; readonly userAgent: string },
  now: number,
  expiresAt: number,
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await store.db
    .insertInto('sessions')
    .values({
      id: `session_${randomUUID()}`,
      digest: digestOf(token).toString('hex'),
      user_id: userId,
      created_at: now,
      last_seen_at: now,
      expires_at: expiresAt,
      address: from.address,
      user_agent: from.userAgent.slice(0, 256),
    })
    .execute();
  await store.db.updateTable('users').set({ last_seen_at: now }).where('id', '=', userId).execute();
  return token;
}

/** The session of a token, if it has neither expired nor been idle for too long. */
export async function findSession(
  store: Store,
  token: string,
  now: number,
  idleMs: number,
): Promise<SessionListing | undefined> {
  const row = await store.db
    .selectFrom('sessions')
    .select(['id', 'user_id', 'created_at', 'last_seen_at', 'expires_at', 'address', 'user_agent'])
    .where('digest', '=', digestOf(token).toString('hex'))
    .executeTakeFirst();
  if (row === undefined || row.expires_at <= now || row.last_seen_at + idleMs <= now) {
    return undefined;
  }
  if (now - row.last_seen_at > SEEN_MS) {
    await store.db
      .updateTable('sessions')
      .set({ last_seen_at: now })
      .where('id', '=', row.id)
      .execute();
  }
  return row;
}

export function listSessions(
  store: Store,
  userId: string,
  now: number,
  idleMs: number,
): Promise<SessionListing[]> {
  return store.db
    .selectFrom('sessions')
    .select(['id', 'user_id', 'created_at', 'last_seen_at', 'expires_at', 'address', 'user_agent'])
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .where('last_seen_at', '>', now - idleMs)
    .orderBy('created_at', 'desc')
    .execute();
}

/** Ends one session of a user, or all but one, or all; gives how many. */
export async function endSessions(
  store: Store,
  userId: string,
  which: { readonly only?: string; readonly except?: string } = {},
): Promise<number> {
  let query = store.db.deleteFrom('sessions').where('user_id', '=', userId);
  if (which.only !== undefined) query = query.where('id', '=', which.only);
  if (which.except !== undefined) query = query.where('id', '!=', which.except);
  const { numDeletedRows } = await query.executeTakeFirst();
  return Number(numDeletedRows);
}

/** Forgets sessions and links that nobody can use any more. */
export async function sweepSessions(store: Store, now: number, idleMs: number): Promise<void> {
  await store.db
    .deleteFrom('sessions')
    .where((row) => row.or([row('expires_at', '<=', now), row('last_seen_at', '<=', now - idleMs)]))
    .execute();
  await store.db.deleteFrom('user_links').where('expires_at', '<=', now).execute();
}
