import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { systemClock } from '@vitalgate/health';
import { SEARCH_MS } from './cut-short.ts';
import type { Store } from './database.ts';
import type { LedgerRow } from './migrations.ts';
import { inSpan, type UsageFilter } from './usage.ts';
import { whereFound } from './where-found.ts';

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

/** So many ids that begin alike are looked up; of more, enough are met with on the way through all rows. */
const MOST_ALIKE = 1000;

/** Rows that fit, newest first. */
export async function searchRequests(store: Store, search: RequestSearch): Promise<LedgerRow[]> {
  const { q, limit } = search;
  if (q === undefined) return rowsWhere(store, search);
  const byId = await rowsOfIds(store, search, q);
  const byModel = await rowsWhere(store, search, begins('model', q));
  const found = new Map([...byId, ...byModel].map((row) => [row.id, row]));
  return [...found.values()]
    .toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
    .slice(0, limit);
}

/** @param which beside the rest, on columns that sums have too */
async function rowsWhere(
  store: Store,
  search: RequestSearch,
  which?: RawBuilder<SqlBool>,
): Promise<LedgerRow[]> {
  const { since, before, limit } = search;
  const until = before === undefined ? search.until : Math.min(search.until, before.at + 1);
  const found: LedgerRow[] = [];
  // Whoever asked does not wait longer for all of it than for one statement.
  const end = systemClock.now() + 2 * SEARCH_MS;
  for await (const span of whereFound(store.searches, { ...search, since, until }, which)) {
    found.push(
      ...(await rowsIn(store, { ...search, ...span, limit: limit - found.length }, which)),
    );
    if (found.length >= limit || systemClock.now() > end) break;
  }
  return found;
}

async function rowsOfIds(store: Store, search: RequestSearch, q: string): Promise<LedgerRow[]> {
  const alike = await store.searches
    .selectFrom('ledger')
    .select('id')
    .where(begins('id', q))
    .orderBy('id')
    .limit(MOST_ALIKE + 1)
    .execute();
  if (alike.length === 0) return [];
  if (alike.length > MOST_ALIKE) return rowsIn(store, search, begins('id', q));
  return rowsIn(store, search, sql`id IN (${sql.join(alike.map(({ id }) => id))})`);
}

/** A range instead of LIKE: what a caller writes cannot become a pattern, and an index serves it. */
const begins = (column: 'id' | 'model', q: string): RawBuilder<SqlBool> =>
  sql`${sql.ref(column)} >= ${q} AND ${sql.ref(column)} < ${`${q}\u{10ffff}`}`;

function rowsIn(
  store: Store,
  search: RequestSearch,
  which: RawBuilder<SqlBool> | undefined,
): Promise<LedgerRow[]> {
  const { outcome, status, before } = search;
  let query = inSpan(store.searches.selectFrom('ledger'), search).selectAll();
  if (which !== undefined) query = query.where(which);
  if (outcome !== undefined) query = query.where('outcome', '=', outcome);
  if (status !== undefined) query = query.where('status', '=', status);
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
