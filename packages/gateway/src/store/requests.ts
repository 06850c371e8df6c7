import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import { systemClock } from '@vitalgate/health';
import { SEARCH_MS, cutShort } from './cut-short.ts';
import type { Store } from './database.ts';
import type { LedgerRow, Tables } from './migrations.ts';
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
export function searchRequests(store: Store, search: RequestSearch): Promise<LedgerRow[]> {
  return store.searches.connection().execute((one) => found(one, search));
}

async function found(db: Kysely<Tables>, search: RequestSearch): Promise<LedgerRow[]> {
  const { q, limit } = search;
  if (q === undefined) return rowsWhere(db, search);
  const byId = await rowsOfIds(db, search, q);
  const byModel = await rowsWhere(db, search, begins('model', q));
  const rows = new Map([...byId, ...byModel].map((row) => [row.id, row]));
  return [...rows.values()]
    .toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
    .slice(0, limit);
}

/** @param which beside the rest, on columns that sums have too */
async function rowsWhere(
  db: Kysely<Tables>,
  search: RequestSearch,
  which?: RawBuilder<SqlBool>,
): Promise<LedgerRow[]> {
  const { since, before, limit } = search;
  const until = before === undefined ? search.until : Math.min(search.until, before.at + 1);
  const rows: LedgerRow[] = [];
  // PostgreSQL ends one statement; nobody waits longer for all of them.
  const end = systemClock.now() + 2 * SEARCH_MS;
  for await (const span of whereFound(db, { ...search, since, until }, which)) {
    rows.push(...(await rowsIn(db, { ...search, ...span, limit: limit - rows.length }, which)));
    if (rows.length >= limit) break;
    if (systemClock.now() > end) throw cutShort();
  }
  return rows;
}

async function rowsOfIds(
  db: Kysely<Tables>,
  search: RequestSearch,
  q: string,
): Promise<LedgerRow[]> {
  const alike = await db
    .selectFrom('ledger')
    .select('id')
    .where(begins('id', q))
    .orderBy('id')
    .limit(MOST_ALIKE + 1)
    .execute();
  if (alike.length === 0) return [];
  if (alike.length > MOST_ALIKE) return rowsIn(db, search, begins('id', q));
  return rowsIn(db, search, sql`id IN (${sql.join(alike.map(({ id }) => id))})`);
}

/** A range instead of LIKE: what a caller writes cannot become a pattern, and an index serves it. */
const begins = (column: 'id' | 'model', q: string): RawBuilder<SqlBool> =>
  sql`${sql.ref(column)} >= ${q} AND ${sql.ref(column)} < ${`${q}\u{10ffff}`}`;

function rowsIn(
  db: Kysely<Tables>,
  search: RequestSearch,
  which: RawBuilder<SqlBool> | undefined,
): Promise<LedgerRow[]> {
  const { outcome, status, before } = search;
  let query = inSpan(db.selectFrom('ledger'), search).selectAll();
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
