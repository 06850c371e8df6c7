import type { Store } from './database.ts';
import type { LedgerRow } from './migrations.ts';

/** Rows of the ledger, newest first. */
export function recentRequests(store: Store, limit: number): Promise<LedgerRow[]> {
  return store.db.selectFrom('ledger').selectAll().orderBy('at', 'desc').limit(limit).execute();
}

/** The row of one request, by the id its caller was told. */
export function findRequest(store: Store, id: string): Promise<LedgerRow | undefined> {
  return store.db.selectFrom('ledger').selectAll().where('id', '=', id).executeTakeFirst();
}
