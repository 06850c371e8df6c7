import { sql, type SelectQueryBuilder } from 'kysely';
import type { Store } from './database.ts';
import type { LedgerRow, Tables } from './migrations.ts';

/** Which rows are meant; times are milliseconds since the epoch, `until` is not included. */
export interface LedgerFilter {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Id or name of a key. */
  readonly key?: string | undefined;
  readonly team?: string | undefined;
  readonly owner?: string | undefined;
  readonly model?: string | undefined;
  readonly outcome?: string | undefined;
}

/** A row for people: with the name of its key. */
export type NamedRow = LedgerRow & { readonly key: string | null };

const PAGE = 1000;

/** Rows that fit, oldest first, a page at a time: a ledger may be larger than the memory. */
export async function* readLedger(store: Store, filter: LedgerFilter): AsyncGenerator<NamedRow[]> {
  const names = await keyNames(store);
  let after: { at: number; id: string } | undefined;
  for (;;) {
    let query = fitting(store.reports.selectFrom('ledger').selectAll(), filter, names);
    if (after !== undefined) {
      const { at, id } = after;
      // The first condition is what an index can begin at: without it each page reads all before it.
      query = query
        .where('at', '>=', at)
        .where((row) => row.or([row('at', '>', at), row('id', '>', id)]));
    }
    const rows = await query.orderBy('at').orderBy('id').limit(PAGE).execute();
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map((row) => ({ ...row, key: nameOf(row.key_id, names) }));
    after = { at: last.at, id: last.id };
  }
}

export const costGroups = ['day', 'key', 'team', 'owner', 'model', 'provider'] as const;
export type CostGroup = (typeof costGroups)[number];

/** What one group has cost. */
export interface Costs {
  /** By the names of what they were grouped by; days as `2026-11-28`, in UTC. */
  readonly group: Readonly<Partial<Record<CostGroup, string | null>>>;
  readonly requests: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** Billionths of a US dollar; what nobody knows the price of is not in it. */
  readonly cost: number;
  /** Requests whose tokens have no price, and those that were estimated in part. */
  readonly unpriced: number;
  readonly estimated: number;
}

const columns: Readonly<
  Record<CostGroup, 'key_id' | 'team' | 'owner' | 'model' | 'provider' | 'day'>
> = {
  day: 'day',
  key: 'key_id',
  team: 'team',
  owner: 'owner',
  model: 'model',
  provider: 'provider',
};

const DAY_MS = 86_400_000;

/** Requests, tokens and money by any of day, key, team, owner, model and provider. */
export async function costsBy(
  store: Store,
  groups: readonly CostGroup[],
  filter: LedgerFilter,
): Promise<Costs[]> {
  const names = await keyNames(store);
  const day = sql<number | string | null>`at / ${sql.lit(DAY_MS)}`;
  const expressions = groups.map((group) =>
    (group === 'day' ? day : sql<number | string | null>`${sql.ref(columns[group])}`).as(
      columns[group],
    ),
  );
  let query = fitting(store.reports.selectFrom('ledger'), filter, names).select([
    ...expressions,
    sql<number | string>`count(*)`.as('requests'),
    sql<number | string>`coalesce(sum(input_tokens), 0)`.as('input'),
    sql<number | string>`coalesce(sum(cached_tokens), 0)`.as('cached'),
    sql<number | string>`coalesce(sum(output_tokens), 0)`.as('output'),
    sql<number | string>`coalesce(sum(cost), 0)`.as('cost'),
    sql<number | string>`count(case when cost is null and input_tokens is not null then 1 end)`.as(
      'unpriced',
    ),
    sql<number | string>`count(case when is_estimated = 1 then 1 end)`.as('estimated'),
  ]);
  for (const group of groups) {
    query = query.groupBy(group === 'day' ? day : sql.ref(columns[group]));
  }
  const rows = (await query.execute()) as unknown as Record<string, number | string | null>[];
  return rows.map((row) => ({
    group: Object.fromEntries(
      groups.map((group) => [group, shown(group, row[columns[group]] ?? null, names)]),
    ),
    requests: Number(row['requests']),
    inputTokens: Number(row['input']),
    cachedTokens: Number(row['cached']),
    outputTokens: Number(row['output']),
    cost: Number(row['cost']),
    unpriced: Number(row['unpriced']),
    estimated: Number(row['estimated']),
  }));
}

function fitting<Row>(
  query: SelectQueryBuilder<Tables, 'ledger', Row>,
  { since, until, key, team, owner, model, outcome }: LedgerFilter,
  names: ReadonlyMap<string, string>,
): SelectQueryBuilder<Tables, 'ledger', Row> {
  let fit = query;
  if (since !== undefined) fit = fit.where('at', '>=', since);
  if (until !== undefined) fit = fit.where('at', '<', until);
  if (team !== undefined) fit = fit.where('team', '=', team);
  if (owner !== undefined) fit = fit.where('owner', '=', owner);
  if (model !== undefined) fit = fit.where('model', '=', model);
  if (outcome !== undefined) fit = fit.where('outcome', '=', outcome);
  if (key !== undefined) {
    const named = [...names].filter(([, name]) => name === key).map(([id]) => id);
    fit = fit.where('key_id', 'in', [key, `file:${key}`, ...named]);
  }
  return fit;
}

async function keyNames(store: Store): Promise<ReadonlyMap<string, string>> {
  const keys = await store.db.selectFrom('keys').select(['id', 'name']).execute();
  return new Map(keys.map(({ id, name }) => [id, name]));
}

/** Keys of the file carry their name in their id. */
const nameOf = (id: string | null, names: ReadonlyMap<string, string>): string | null =>
  id === null ? null : (names.get(id) ?? id.replace(/^file:/, ''));

function shown(
  group: CostGroup,
  value: number | string | null,
  names: ReadonlyMap<string, string>,
): string | null {
  if (value === null) return null;
  if (group === 'day') {
    return new Date(Math.floor(Number(value)) * DAY_MS).toISOString().slice(0, 10);
  }
  return group === 'key' ? nameOf(String(value), names) : String(value);
}
