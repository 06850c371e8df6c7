import type { Store } from './database.ts';

/** Keeps the digest of an admin token; false when there is one already. */
export async function keepFirstAdminToken(
  store: Store,
  digest: Buffer,
  now: number,
): Promise<boolean> {
  return store.db.transaction().execute(async (transaction) => {
    const known = await transaction.selectFrom('admin_tokens').select('digest').executeTakeFirst();
    if (known !== undefined) return false;
    await transaction
      .insertInto('admin_tokens')
      .values({ digest: digest.toString('hex'), created_at: now })
      .execute();
    return true;
  });
}

export async function loadAdminTokens(store: Store): Promise<Buffer[]> {
  const rows = await store.db.selectFrom('admin_tokens').select('digest').execute();
  return rows.map(({ digest }) => Buffer.from(digest, 'hex'));
}
