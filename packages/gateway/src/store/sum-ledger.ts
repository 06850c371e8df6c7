import { sql, type Kysely, type RawBuilder, type SelectQueryBuilder, type SqlBool } from 'kysely';
import type { Tables } from './migrations.ts';
import { NUMBERS, SUMMED_MS, type UsageNumber } from './usage-sums.ts';

/** What to sum; times are milliseconds since the epoch, `until` is not included. */
export interface LedgerSums<Group extends string, Numbers extends UsageNumber> {
  readonly since: number;
  readonly until: number;
  /** On columns that rows and sums have. */
  readonly which: readonly RawBuilder<SqlBool>[];
  /** Of columns that rows and sums have; with `stepMs` of nothing but `at`, in steps of that length. */
  readonly groups: Readonly<Partial<Record<Group, RawBuilder<unknown>>>>;
  readonly numbers: readonly Numbers[];
  readonly stepMs?: number | undefined;
}

export type LedgerSum<Group extends string, Numbers extends UsageNumber> = Readonly<
  Partial<Record<Group, string | number | null>> & Record<Numbers, number>
>;

/** A stretch of time, and where it is read from. */
interface Part {
  readonly since: number;
  readonly until: number;
  /** Length of the spans whose sums are read; undefined: its rows. */
  readonly ms: number | undefined;
}

type PartQuery = SelectQueryBuilder<Tables, 'ledger', Record<string, string | number | null>>;

/**
 * Sums over the ledger, exact to the millisecond: of whole spans the sums that are kept, of the rest
 * the rows; in the order of their groups.
 *
 * What is summed only grows, and equals its rows at any time: so one may look how much it is before,
 * in a question of its own.
 */
export function sumLedger<Group extends string, Numbers extends UsageNumber>(
  db: Kysely<Tables>,
  wanted: LedgerSums<Group, Numbers>,
): Promise<LedgerSum<Group, Numbers>[]> {
  return db.connection().execute((one) => sumOver(one, wanted));
}

async function sumOver<Group extends string, Numbers extends UsageNumber>(
  db: Kysely<Tables>,
  wanted: LedgerSums<Group, Numbers>,
): Promise<LedgerSum<Group, Numbers>[]> {
  const summed = await db.selectFrom('usage_summed').selectAll().executeTakeFirstOrThrow();
  const [first, ...others] = partsOf(wanted, summed).map((part) => queryOf(db, wanted, part));
  if (first === undefined) return [];
  const parts = others.reduce((all, part) => all.unionAll(part), first).as('parts');
  const groups = Object.keys(wanted.groups).map((name) => sql.ref<string | number | null>(name));
  const sums = db.selectFrom(parts).select([
    ...Object.keys(wanted.groups).map((name) => sql.ref<string | number | null>(name).as(name)),
    // As text: SQLite tells no number above 2^53, which is nine million dollars.
    ...wanted.numbers.map((name) => sql<string>`CAST(sum(${sql.ref(name)}) AS text)`.as(name)),
  ]);
  // Nothing to tell apart is one sum of all.
  let query = groups.length === 0 ? sums : sums.groupBy(groups);
  for (const group of groups) query = query.orderBy(group);
  const rows = await query.execute();
  return rows.map(
    (row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          name in wanted.groups ? value : Number(value),
        ]),
      ) as LedgerSum<Group, Numbers>,
  );
}

function queryOf<Group extends string, Numbers extends UsageNumber>(
  db: Kysely<Tables>,
  { which, groups, numbers, stepMs }: LedgerSums<Group, Numbers>,
  { since, until, ms }: Part,
): PartQuery {
  const number = (name: Numbers) => (ms === undefined ? NUMBERS[name] : sql.ref(name));
  const named = Object.entries(groups) as [string, RawBuilder<unknown>][];
  const selections = [
    ...named.map(([name, of]) => sql<string | number | null>`${of}`.as(name)),
    ...numbers.map((name) => sql<number>`sum(${number(name)})`.as(name)),
  ];
  const rows =
    ms === undefined
      ? db.selectFrom('ledger').select(selections)
      : // They have the columns that may be asked for, of the same names.
        (db
          .selectFrom('usage_sums')
          .where('step_ms', '=', ms)
          .select(selections) as unknown as PartQuery);
  let query: PartQuery = rows.where('at', '>=', since).where('at', '<', until);
  for (const one of which) query = query.where(one);
  // In the order in which sums lie, they need not be sorted first.
  if (ms !== undefined && stepMs !== undefined) return query.groupBy('at');
  return named.length === 0 ? query : query.groupBy(named.map(([, of]) => of));
}

/** The longest spans that fit, and what remains at either end in shorter ones, or by rows. */
function partsOf(
  {
    since,
    until,
    stepMs,
  }: Pick<Part, 'since' | 'until'> & { readonly stepMs?: number | undefined },
  summed: Pick<Part, 'since' | 'until'>,
): Part[] {
  const lengths = SUMMED_MS.filter((ms) => stepMs === undefined || stepMs % ms === 0);
  const [from, to] = [Math.max(since, summed.since), Math.min(until, summed.until)];
  if (from >= to) return cut(since, until, []);
  return [...cut(since, from, []), ...cut(from, to, lengths), ...cut(to, until, [])];
}

function cut(since: number, until: number, lengths: readonly number[]): Part[] {
  if (since >= until) return [];
  const ms = lengths.at(-1);
  const shorter = lengths.slice(0, -1);
  if (ms === undefined) return [{ since, until, ms }];
  const first = Math.ceil(since / ms) * ms;
  const last = Math.floor(until / ms) * ms;
  if (first >= last) return cut(since, until, shorter);
  return [
    ...cut(since, first, shorter),
    { since: first, until: last, ms },
    ...cut(last, until, shorter),
  ];
}
