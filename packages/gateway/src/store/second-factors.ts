import { randomBytes } from 'node:crypto';
import { digestOf } from '../access/keys.ts';
import type { Store } from './database.ts';
import type { PasskeyRow } from './migrations.ts';

const CODES = 10;

const digestOfCode = (code: string) =>
  digestOf(code.toUpperCase().replaceAll(/[^A-Z2-7]/g, '')).toString('hex');

/** Sixteen of base32: 80 bits, so that a digest keeps them. */
function newRecoveryCode(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const letters = [...randomBytes(16)].map((byte) => alphabet[byte % 32] ?? '').join('');
  return letters.match(/.{4}/g)?.join('-') ?? letters;
}

/** Turns the authenticator on; gives recovery codes, which are not to be had again. */
export async function addAuthenticator(
  store: Store,
  userId: string,
  step: number,
): Promise<string[]> {
  const codes = Array.from({ length: CODES }, newRecoveryCode);
  await store.db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('authenticators').where('user_id', '=', userId).execute();
    await transaction.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
    await transaction
      .insertInto('authenticators')
      .values({ user_id: userId, last_step: step })
      .execute();
    await transaction
      .insertInto('recovery_codes')
      .values(codes.map((code) => ({ digest: digestOfCode(code), user_id: userId })))
      .execute();
    await transaction
      .updateTable('users')
      .set({ second_factor: 1 })
      .where('id', '=', userId)
      .execute();
  });
  return codes;
}

export async function removeAuthenticator(store: Store, userId: string): Promise<void> {
  await store.db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('authenticators').where('user_id', '=', userId).execute();
    await transaction.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
    await transaction
      .updateTable('users')
      .set({ second_factor: 0 })
      .where('id', '=', userId)
      .execute();
  });
}

/** Takes the code of a step; false when it, or one after it, was taken before (RFC 6238, 5.2). */
export async function takeStep(store: Store, userId: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('authenticators')
    .set({ last_step: step })
    .where('user_id', '=', userId)
    .where('last_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Uses up a recovery code; false when it is none. */
export async function takeRecoveryCode(
  store: Store,
  userId: string,
  code: string,
): Promise<boolean> {
  const { numDeletedRows } = await store.db
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('digest', '=', digestOfCode(code))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export function listPasskeys(store: Store, userId: string): Promise<PasskeyRow[]> {
  return store.db
    .selectFrom('passkeys')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .execute();
}

export function findPasskey(store: Store, id: string): Promise<PasskeyRow | undefined> {
  return store.db.selectFrom('passkeys').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function addPasskey(store: Store, row: PasskeyRow): Promise<void> {
  await store.db.insertInto('passkeys').values(row).execute();
}

export async function usePasskey(
  store: Store,
  id: string,
  { counter, now }: { readonly counter: number; readonly now: number },
): Promise<void> {
  await store.db
    .updateTable('passkeys')
    .set({ counter, last_used_at: now })
    .where('id', '=', id)
    .execute();
}

export async function removePasskey(store: Store, userId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await store.db
    .deleteFrom('passkeys')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
