import { sql, type Kysely, type RawBuilder, type SelectQueryBuilder, type SqlBool } from 'kysely';
import type { Store } from './database.ts';
import type { LedgerRow, Tables } from './migrations.ts';
import { sumLedger } from './sum-ledger.ts';
import { timeOfRow } from './time-of-row.ts';

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
  /** For what its caller alone could have made otherwise; no failure. */
  readonly refused: number;
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

/** Share of those that were let in which failed. */
export const errorRatio = ({
  requests,
  refused,
  failed,
}: Pick<UsageSum, 'requests' | 'refused' | 'failed'>): number =>
  requests === refused ? 0 : failed / (requests - refused);

type Ledger = SelectQueryBuilder<Tables, 'ledger', object>;

export function inSpan(query: Ledger, filter: UsageFilter): Ledger {
  const { since, until } = filter;
  let found = query.where('at', '>=', since).where('at', '<', until);
  for (const one of conditionsOf(filter)) found = found.where(one);
  return found;
}

/** What belongs to a team, when only some are to be seen; the keys of no team are nobody's. */
export function conditionsOf({
  key,
  team,
  model,
  target,
  teams,
}: UsageFilter): RawBuilder<SqlBool>[] {
  const found: RawBuilder<SqlBool>[] = [];
  if (key !== undefined) found.push(sql`key_id = ${key}`);
  if (team !== undefined) found.push(sql`team = ${team}`);
  if (model !== undefined) found.push(sql`model = ${model}`);
  if (target !== undefined) {
    const slash = target.indexOf('/');
    found.push(sql`provider = ${target.slice(0, slash)}`);
    found.push(sql`upstream_model = ${target.slice(slash + 1)}`);
  }
  // Who is in no team sees nothing.
  if (teams !== undefined) {
    found.push(teams.length === 0 ? sql`1 = 0` : sql`team IN (${sql.join(teams)})`);
  }
  return found;
}

/** Sums over the ledger, by a column or by steps of time; groups in ascending order. */
export async function sumUsage(
  ledger: Kysely<Tables>,
  filter: UsageFilter,
  by: Grouping,
): Promise<UsageSum[]> {
  const { since, until } = filter;
  const sums = await sumLedger(ledger, {
    since,
    until,
    which: conditionsOf(filter),
    groups: groupsOf(by),
    numbers: NUMBERS,
    stepMs: typeof by === 'object' ? by.stepMs : undefined,
  });
  return sums.map((sum) => ({
    group: String(sum.group ?? ''),
    requests: sum.requests,
    // What the gateway did not live to end has failed its caller too.
    failed: sum.failed + sum.interrupted,
    refused: sum.refused,
    abandoned: sum.abandoned,
    inputTokens: sum.input_tokens,
    cachedTokens: sum.cached_tokens,
    outputTokens: sum.output_tokens,
    reasoningTokens: sum.reasoning_tokens,
    cost: sum.cost / NANOS_PER_DOLLAR,
    unpriced: sum.requests - sum.priced,
  }));
}

const NUMBERS = [
  'requests',
  'failed',
  'refused',
  'abandoned',
  'interrupted',
  'input_tokens',
  'cached_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost',
  'priced',
] as const;

function groupsOf(by: Grouping): { readonly group?: RawBuilder<unknown> } {
  if (by === 'all') return {};
  // Whole numbers on both engines.
  if (typeof by === 'object') return { group: sql`CAST(at / ${sql.lit(by.stepMs)} AS BIGINT)` };
  if (by === 'target') return { group: sql`COALESCE(provider || '/' || upstream_model, '')` };
  const column = { key: 'key_id', team: 'team', owner: 'owner', model: 'model' }[by];
  return { group: sql`COALESCE(${sql.ref(column)}, '')` };
}

/** Rows that are looked at for each time that is wanted: few of those that come may be the ones. */
const LOOKED_AT = 5;

/** Times to the first byte in a span, for quantiles; the newest so many. */
export async function firstTimes(
  ledger: Kysely<Tables>,
  filter: UsageFilter,
  most: number,
): Promise<Pick<LedgerRow, 'at' | 'first_ms'>[]> {
  const since = filter.key === undefined ? await reached(ledger, filter, most) : filter.since;
  return inSpan(ledger.selectFrom('ledger'), { ...filter, since })
    .select(['at', 'first_ms'])
    .where('first_ms', 'is not', null)
    .orderBy('at', 'desc')
    .limit(most)
    .execute();
}

interface Steps {
  readonly most: number;
  readonly stepMs: number;
}

type TimesByStep = ReadonlyMap<number, { readonly p50: number; readonly p95: number }>;

/** Times to the first byte by steps of time: by number of the step, for the newest so many calls. */
export function firstTimesByStep(
  ledger: Kysely<Tables>,
  filter: UsageFilter,
  steps: Steps,
): Promise<TimesByStep> {
  return ledger.connection().execute((one) => timesOver(one, filter, steps));
}

async function timesOver(
  ledger: Kysely<Tables>,
  filter: UsageFilter,
  { most, stepMs }: Steps,
): Promise<TimesByStep> {
  const since = filter.key === undefined ? await reached(ledger, filter, most) : filter.since;
  const times = inSpan(ledger.selectFrom('ledger'), { ...filter, since })
    .select([sql<number>`CAST(at / ${sql.lit(stepMs)} AS BIGINT)`.as('step'), 'first_ms'])
    .where('first_ms', 'is not', null)
    .orderBy('at', 'desc')
    .limit(most);
  const ranked = ledger
    .selectFrom(times.as('times'))
    .select([
      'step',
      'first_ms',
      sql<number>`row_number() OVER (PARTITION BY step ORDER BY first_ms) - 1`.as('place'),
      sql<number>`count(*) OVER (PARTITION BY step)`.as('calls'),
    ]);
  // Ranked by the database: thousands of rows would take the main thread's time to arrive.
  const rows = await ledger
    .selectFrom(ranked.as('ranked'))
    .select([
      'step',
      sql<number>`max(CASE WHEN place = calls * 50 / 100 THEN first_ms END)`.as('p50'),
      sql<number>`max(CASE WHEN place = calls * 95 / 100 THEN first_ms END)`.as('p95'),
    ])
    .groupBy('step')
    .execute();
  return new Map(rows.map(({ step, p50, p95 }) => [step, { p50, p95 }]));
}

/** Back to when it is looked for times; further back it would take seconds to find what is seldom. */
async function reached(
  ledger: Kysely<Tables>,
  { since, until }: UsageFilter,
  most: number,
): Promise<number> {
  const span = { since, until };
  return (await timeOfRow(ledger, span, most * LOOKED_AT, 'newest')) ?? since;
}

/**
 * When each key was used last. Goes from one key to the next in the index, where grouping would look
 * at every call there was.
 */
export async function lastUses(store: Store): Promise<Map<string, number>> {
  const { rows } = await sql<{ id: string; at: number }>`
    WITH RECURSIVE used (id) AS (
      SELECT min(key_id) FROM ledger
      UNION ALL
      SELECT (SELECT min(key_id) FROM ledger WHERE key_id > used.id) FROM used WHERE used.id IS NOT NULL
    )
    SELECT id, (SELECT max(at) FROM ledger WHERE key_id = used.id) AS at FROM used WHERE id IS NOT NULL
  `.execute(store.reports);
  return new Map(rows.map(({ id, at }) => [id, at]));
}
