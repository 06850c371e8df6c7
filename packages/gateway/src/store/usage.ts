import { sql, type RawBuilder, type SelectQueryBuilder } from 'kysely';
import type { Store } from './database.ts';
import type { LedgerRow, Tables } from './migrations.ts';

/** Cost is kept in billionths of a dollar. */
export const NANOS_PER_DOLLAR = 1_000_000_000;

export interface UsageFilter {
  readonly since: number;
  readonly until: number;
  readonly key?: string | undefined;
  readonly team?: string | undefined;
  readonly model?: string | undefined;
  /** `provider/model`. */
  readonly target?: string | undefined;
  /** Only what belongs to one of these. */
  readonly teams?: readonly string[] | undefined;
}

export interface UsageSum {
  readonly group: string;
  readonly requests: number;
  readonly failed: number;
  readonly abandoned: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** US dollars. */
  readonly cost: number;
  readonly unpriced: number;
}

export type Grouping =
  | 'key'
  | 'team'
  | 'owner'
  | 'model'
  | 'target'
  | { readonly stepMs: number }
  | 'all';

type Ledger = SelectQueryBuilder<Tables, 'ledger', object>;

/** What belongs to a team, when only some are to be seen; the keys of no team are nobody's. */
export function inSpan(query: Ledger, filter: UsageFilter): Ledger {
  const { since, until, key, team, model, target, teams } = filter;
  let found = query.where('at', '>=', since).where('at', '<', until);
  if (key !== undefined) found = found.where('key_id', '=', key);
  if (team !== undefined) found = found.where('team', '=', team);
  if (model !== undefined) found = found.where('model', '=', model);
  if (target !== undefined) {
    const slash = target.indexOf('/');
    found = found
      .where('provider', '=', target.slice(0, slash))
      .where('upstream_model', '=', target.slice(slash + 1));
  }
  // An empty list sees nothing.
  if (teams !== undefined) found = found.where('team', 'in', teams.length > 0 ? teams : ['\u0000']);
  return found;
}

/** Sums over the ledger, by a column or by steps of time; groups in ascending order. */
export async function sumUsage(
  store: Store,
  filter: UsageFilter,
  by: Grouping,
): Promise<UsageSum[]> {
  const group = groupOf(by);
  const sums = inSpan(store.db.selectFrom('ledger'), filter).select((row) => [
    group.as('group'),
    row.fn.countAll().as('requests'),
    row.fn.count(row.case().when('outcome', '=', 'failed').then(1).end()).as('failed'),
    row.fn.count(row.case().when('outcome', '=', 'abandoned').then(1).end()).as('abandoned'),
    row.fn.sum('input_tokens').as('inputTokens'),
    row.fn.sum('cached_tokens').as('cachedTokens'),
    row.fn.sum('output_tokens').as('outputTokens'),
    row.fn.sum('reasoning_tokens').as('reasoningTokens'),
    row.fn.sum('cost').as('cost'),
    row.fn.count('cost').as('priced'),
  ]);
  // PostgreSQL takes no constant to order by.
  const query = by === 'all' ? sums : sums.groupBy(group).orderBy(group);
  const rows = await query.execute();
  return rows.map((row) => ({
    group: String(row.group),
    requests: Number(row.requests),
    failed: Number(row.failed),
    abandoned: Number(row.abandoned),
    inputTokens: Number(row.inputTokens ?? 0),
    cachedTokens: Number(row.cachedTokens ?? 0),
    outputTokens: Number(row.outputTokens ?? 0),
    reasoningTokens: Number(row.reasoningTokens ?? 0),
    cost: Number(row.cost ?? 0) / NANOS_PER_DOLLAR,
    unpriced: Number(row.requests) - Number(row.priced),
  }));
}

function groupOf(by: Grouping): RawBuilder<string | number> {
  if (by === 'all') return sql<string>`''`;
  if (typeof by === 'object') {
    // Whole numbers on both engines; both bound, never written into the text.
    return sql<string | number>`CAST(${sql.ref('at')} / ${sql.lit(by.stepMs)} AS BIGINT)`;
  }
  if (by === 'target') {
    return sql<string>`COALESCE(${sql.ref('provider')} || '/' || ${sql.ref('upstream_model')}, '')`;
  }
  const column = { key: 'key_id', team: 'team', owner: 'owner', model: 'model' }[by];
  return sql<string>`COALESCE(${sql.ref(column)}, '')`;
}

/** Times to the first byte in a span, for quantiles; the newest so many. */
export async function firstTimes(
  store: Store,
  filter: UsageFilter,
  most: number,
): Promise<Pick<LedgerRow, 'at' | 'first_ms'>[]> {
  return inSpan(store.db.selectFrom('ledger'), filter)
    .select(['at', 'first_ms'])
    .where('first_ms', 'is not', null)
    .orderBy('at', 'desc')
    .limit(most)
    .execute();
}

/** When each key was used last. */
export async function lastUses(store: Store): Promise<Map<string, number>> {
  const rows = await store.db
    .selectFrom('ledger')
    .select((row) => ['key_id', row.fn.max('at').as('at')])
    .where('key_id', 'is not', null)
    .groupBy('key_id')
    .execute();
  return new Map(rows.map(({ key_id: id, at }) => [id ?? '', at]));
}
