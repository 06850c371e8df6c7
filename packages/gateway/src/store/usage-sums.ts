import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Engine } from './migrations/step.ts';

/** Lengths of the spans that are summed, all of them in UTC; each divides the next. */
export const SUMMED_MS = [900_000, 3_600_000, 86_400_000] as const;

/** By what sums are told apart beside their span. */
const GROUPS = ['key_id', 'team', 'owner', 'model', 'provider', 'upstream_model', 'route'];

export type UsageNumber =
  | 'requests'
  | 'failed'
  | 'refused'
  | 'abandoned'
  | 'interrupted'
  | 'input_tokens'
  | 'cached_tokens'
  | 'output_tokens'
  | 'reasoning_tokens'
  | 'cost'
  | 'priced'
  | 'unpriced'
  | 'estimated'
  | 'sent'
  | 'sent_tokens'
  | 'sent_cost';

const hasOutcome = (outcome: string) =>
  sql<number>`CASE WHEN outcome = ${sql.lit(outcome)} THEN 1 ELSE 0 END`;

/**
 * What a row of the ledger adds to each number of a sum. Tables and triggers were made of these by a
 * migration: another number is a column and a trigger in a migration of its own, and that one keeps what
 * it had.
 */
export const NUMBERS: Readonly<Record<UsageNumber, RawBuilder<number>>> = {
  requests: sql`1`,
  failed: hasOutcome('failed'),
  refused: hasOutcome('refused'),
  abandoned: hasOutcome('abandoned'),
  interrupted: hasOutcome('interrupted'),
  input_tokens: sql`coalesce(input_tokens, 0)`,
  cached_tokens: sql`coalesce(cached_tokens, 0)`,
  output_tokens: sql`coalesce(output_tokens, 0)`,
  reasoning_tokens: sql`coalesce(reasoning_tokens, 0)`,
  cost: sql`coalesce(cost, 0)`,
  priced: sql`CASE WHEN cost IS NULL THEN 0 ELSE 1 END`,
  /** Known in tokens and not in money. */
  unpriced: sql`CASE WHEN cost IS NULL AND input_tokens IS NOT NULL THEN 1 ELSE 0 END`,
  estimated: sql`is_estimated`,
  /** What reached a target, which budgets count. */
  sent: sql`CASE WHEN attempts > 0 THEN 1 ELSE 0 END`,
  sent_tokens: sql`CASE WHEN attempts > 0 THEN coalesce(input_tokens, 0) + coalesce(output_tokens, 0) ELSE 0 END`,
  sent_cost: sql`CASE WHEN attempts > 0 THEN coalesce(cost, 0) ELSE 0 END`,
};

/** Whoever moves the times that are summed does it alone: an argument of `Store.alone`. */
export const SUMMING = 'usage sums';

/**
 * A statement that adds rows like those of the ledger to the sums of their spans, or takes them out.
 *
 * @param rows a table, or a question in brackets
 * @param which a condition on `at`
 */
export function addition(
  engine: Engine,
  rows: RawBuilder<unknown>,
  which: RawBuilder<unknown>,
  sign: 1 | -1 = 1,
): RawBuilder<unknown> {
  const names = Object.keys(NUMBERS);
  const groups = refs(GROUPS);
  const columns = refs([...GROUPS, ...names]);
  const spans = sql.join(
    SUMMED_MS.map((ms) => sql`SELECT ${sql.lit(ms)} AS step_ms`),
    sql` UNION ALL `,
  );
  const summed = Object.entries(NUMBERS).map(
    ([name, of]) => sql`sum(${sql.lit(sign)} * (${of})) AS ${sql.ref(name)}`,
  );
  const added = names.map((name) => {
    const [before, more] = [sql.ref(`usage_sums.${name}`), sql.ref(`excluded.${name}`)];
    return sql`${sql.ref(name)} = ${before} + ${more}`;
  });
  // In an order that is the same for all: two who add at once would otherwise wait for each other.
  return sql`INSERT INTO usage_sums (step_ms, at, identity, ${columns})
    SELECT step_ms, span, ${identity(engine)} AS identity, ${columns}
    FROM (
      SELECT step_ms, at - at % step_ms AS span, ${groups}, ${sql.join(summed)}
      FROM ${rows} AS added CROSS JOIN (${spans}) AS spans
      WHERE ${which}
      GROUP BY step_ms, at - at % step_ms, ${groups}
    ) AS summed
    WHERE true
    ORDER BY step_ms, span, identity
    ON CONFLICT (step_ms, at, identity) DO UPDATE SET ${sql.join(added)}`;
}

/**
 * One text for all by which a sum is known within its span; nothing is another than an empty name. An
 * index of PostgreSQL takes no more than 2,704 bytes, and callers choose names of models.
 */
function identity(engine: Engine): RawBuilder<unknown> {
  const groups = refs(GROUPS);
  return engine === 'sqlite'
    ? sql`json_array(${groups})`
    : sql`encode(sha256(convert_to(json_build_array(${groups})::text, 'UTF8')), 'hex')`;
}

const refs = (names: readonly string[]) => sql.join(names.map((name) => sql.ref(name)));

/**
 * The tables, and triggers that keep sums equal to the ledger: what is written within the times that are
 * summed is added in the same transaction, whoever writes it. Outside of them nothing is done, so that
 * a row of now costs what it did.
 */
export async function createUsageSums(db: Kysely<unknown>, engine: Engine): Promise<void> {
  let sums = db.schema
    .createTable('usage_sums')
    .addColumn('step_ms', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('identity', 'text', (column) => column.notNull());
  for (const group of GROUPS) {
    // A model is sorted by its bytes, as in the ledger.
    const isOrdered = engine === 'postgres' && group === 'model';
    sums = sums.addColumn(group, isOrdered ? sql`text COLLATE "C"` : 'text');
  }
  for (const number of Object.keys(NUMBERS)) {
    sums = sums.addColumn(number, 'bigint', (column) => column.notNull());
  }
  sums = sums.addPrimaryKeyConstraint('usage_sums_key', ['step_ms', 'at', 'identity']);
  // In the order of the key, in which they are read.
  await (engine === 'sqlite' ? sums.modifyEnd(sql`WITHOUT ROWID`) : sums).execute();

  await db.schema
    .createTable('usage_summed')
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('until', 'bigint', (column) => column.notNull())
    .execute();
  await sql`INSERT INTO usage_summed (since, until) VALUES (0, 0)`.execute(db);
  await (engine === 'sqlite' ? watchSqlite(db) : watchPostgres(db));
}

async function watchSqlite(db: Kysely<unknown>): Promise<void> {
  const isSummed = (at: RawBuilder<unknown>) =>
    sql`${at} < (SELECT until FROM usage_summed) AND ${at} >= (SELECT since FROM usage_summed)`;
  const tokens = ['input_tokens', 'cached_tokens', 'output_tokens', 'reasoning_tokens'];
  const columns = [...GROUPS, ...tokens, 'at', 'outcome', 'attempts', 'is_estimated', 'cost'];
  const change = (row: 'NEW' | 'OLD', sign: 1 | -1) => {
    const fields = columns.map((name) => sql`${sql.ref(`${row}.${name}`)} AS ${sql.ref(name)}`);
    const rows = sql`(SELECT ${sql.join(fields)})`;
    return sql`${addition('sqlite', rows, isSummed(sql.ref('added.at')), sign)};`;
  };
  await sql`CREATE TRIGGER ledger_inserted AFTER INSERT ON ledger WHEN ${isSummed(sql.ref('NEW.at'))}
    BEGIN ${change('NEW', 1)} END`.execute(db);
  await sql`CREATE TRIGGER ledger_deleted AFTER DELETE ON ledger WHEN ${isSummed(sql.ref('OLD.at'))}
    BEGIN ${change('OLD', -1)} END`.execute(db);
  await sql`CREATE TRIGGER ledger_updated AFTER UPDATE ON ledger
    BEGIN ${change('OLD', -1)} ${change('NEW', 1)} END`.execute(db);
}

/**
 * For each statement, with all of its rows: they come by the thousand. Those who write the ledger share
 * a lock; who moves the times that are summed has it alone, or would not see what is not committed.
 */
async function watchPostgres(db: Kysely<unknown>): Promise<void> {
  const change = (rows: 'before' | 'after', sign: 1 | -1) =>
    addition('postgres', sql.table(rows), sql`at >= summed_since AND at < summed_until`, sign);
  await sql`CREATE FUNCTION vitalgate_ledger_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      summed_since bigint;
      summed_until bigint;
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(hashtextextended(${sql.lit(`vitalgate ${SUMMING}`)}, 0));
      SELECT since, until INTO summed_since, summed_until FROM usage_summed;
      IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM usage_sums;
      END IF;
      IF TG_OP IN ('UPDATE', 'DELETE') THEN
        ${change('before', -1)};
      END IF;
      IF TG_OP IN ('INSERT', 'UPDATE') THEN
        ${change('after', 1)};
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  const [before, after] = [sql`OLD TABLE AS before`, sql`NEW TABLE AS after`];
  const triggers = [
    ['ledger_inserted', sql`INSERT`, sql`REFERENCING ${after}`],
    ['ledger_deleted', sql`DELETE`, sql`REFERENCING ${before}`],
    ['ledger_updated', sql`UPDATE`, sql`REFERENCING ${before} ${after}`],
    ['ledger_emptied', sql`TRUNCATE`, sql``],
  ] as const;
  for (const [name, event, rows] of triggers) {
    await sql`CREATE TRIGGER ${sql.ref(name)} AFTER ${event} ON ledger ${rows}
      FOR EACH STATEMENT EXECUTE FUNCTION vitalgate_ledger_changed()`.execute(db);
  }
}
