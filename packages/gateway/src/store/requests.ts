import type { Store } from './database.ts';
import type { LedgerRow } from './migrations.ts';
import { inSpan, type UsageFilter } from './usage.ts';

/** Rows of the ledger, newest first. */
export function recentRequests(store: Store, limit: number): Promise<LedgerRow[]> {
  return store.db.selectFrom('ledger').selectAll().orderBy('at', 'desc').limit(limit).execute();
}

export interface RequestSearch extends UsageFilter {
  readonly outcome?: string | undefined;
  readonly status?: number | undefined;
  /** The beginning of an id or of a model's name. */
  readonly q?: string | undefined;
  /** Only what is older than this. */
  readonly before?: { readonly at: number; readonly id: string } | undefined;
  readonly limit: number;
}

/** Rows that fit, newest first. */
export function searchRequests(store: Store, search: RequestSearch): Promise<LedgerRow[]> {
  const { outcome, status, q, before } = search;
  let query = inSpan(store.db.selectFrom('ledger'), search).selectAll();
  if (outcome !== undefined) query = query.where('outcome', '=', outcome);
  if (status !== undefined) query = query.where('status', '=', status);
  if (q !== undefined) {
    // A range instead of LIKE: what a caller writes cannot become a pattern, and an index serves it.
    const end = `${q}\u{10ffff}`;
    query = query.where((row) =>
      row.or([
        row.and([row('id', '>=', q), row('id', '<', end)]),
        row.and([row('model', '>=', q), row('model', '<', end)]),
      ]),
    );
  }
  if (before !== undefined) {
    query = query.where((row) =>
      row.or([
        row('at', '<', before.at),
        row.and([row('at', '=', before.at), row('id', '<', before.id)]),
      ]),
    );
  }
  return query.orderBy('at', 'desc').orderBy('id', 'desc').limit(search.limit).execute();
}

/** The row of one request, by the id its caller was told. */
export function findRequest(store: Store, id: string): Promise<LedgerRow | undefined> {
  return store.db.selectFrom('ledger').selectAll().where('id', '=', id).executeTakeFirst();
}
