import type { Store } from './database.ts';
import type { LedgerRow } from './migrations.ts';

/** Rows of the ledger, newest first. */
export function recentRequests(store: Store, limit: number): Promise<LedgerRow[]> {
  return store.db.selectFrom('ledger').selectAll().orderBy('at', 'desc').limit(limit).execute();
}

export interface RequestSearch {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly key?: string | undefined;
  readonly model?: string | undefined;
  /** `provider/model`. */
  readonly target?: string | undefined;
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
  let query = store.db.selectFrom('ledger').selectAll();
  const { since, until, key, model, target, outcome, status, q, before } = search;
  if (since !== undefined) query = query.where('at', '>=', since);
  if (until !== undefined) query = query.where('at', '<', until);
  if (key !== undefined) query = query.where('key_id', '=', key);
  if (model !== undefined) query = query.where('model', '=', model);
  if (outcome !== undefined) query = query.where('outcome', '=', outcome);
  if (status !== undefined) query = query.where('status', '=', status);
  if (target !== undefined) {
    const slash = target.indexOf('/');
    query = query
      .where('provider', '=', target.slice(0, slash))
      .where('upstream_model', '=', target.slice(slash + 1));
  }
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

export interface Traffic {
  readonly requests: number;
  readonly failed: number;
  readonly abandoned: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
  readonly firstTokenP50Ms: number | null;
  readonly firstTokenP95Ms: number | null;
}

/** Numbers of the traffic since a moment (wall-clock milliseconds). */
export async function trafficSince(store: Store, since: number): Promise<Traffic> {
  const { requests, failed, abandoned, inputTokens, outputTokens, timed } = await store.db
    .selectFrom('ledger')
    .where('at', '>=', since)
    .select((row) => [
      row.fn.countAll().as('requests'),
      row.fn.count(row.case().when('outcome', '=', 'failed').then(1).end()).as('failed'),
      row.fn.count(row.case().when('outcome', '=', 'abandoned').then(1).end()).as('abandoned'),
      row.fn.sum('input_tokens').as('inputTokens'),
      row.fn.sum('output_tokens').as('outputTokens'),
      row.fn.count('first_ms').as('timed'),
    ])
    .executeTakeFirstOrThrow();
  const quantile = async (q: number): Promise<number | null> => {
    const rank = Math.floor(Number(timed) * q);
    const row = await store.db
      .selectFrom('ledger')
      .select('first_ms')
      .where('at', '>=', since)
      .where('first_ms', 'is not', null)
      .orderBy('first_ms')
      .offset(Math.min(rank, Math.max(Number(timed) - 1, 0)))
      .limit(1)
      .executeTakeFirst();
    return row?.first_ms ?? null;
  };
  return {
    requests: Number(requests),
    failed: Number(failed),
    abandoned: Number(abandoned),
    inputTokens: Number(inputTokens ?? 0),
    outputTokens: Number(outputTokens ?? 0),
    cost: 0,
    firstTokenP50Ms: await quantile(0.5),
    firstTokenP95Ms: await quantile(0.95),
  };
}
