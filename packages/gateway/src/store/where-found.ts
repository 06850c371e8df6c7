import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { Tables } from './migrations.ts';
import { conditionsOf, type UsageFilter } from './usage.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Outcomes that are seldom, and counted in sums. */
const COUNTED = {
  refused: sql<SqlBool>`refused > 0`,
  failed: sql<SqlBool>`failed > 0`,
  abandoned: sql<SqlBool>`abandoned > 0`,
  interrupted: sql<SqlBool>`interrupted > 0`,
};

interface Span {
  readonly since: number;
  readonly until: number;
}

/**
 * Where in the ledger there may be rows that fit, newest first. The sums know of each hour what was in
 * it: whoever looks for what is seldom need not read a month of other rows.
 */
export async function* whereFound(
  db: Kysely<Tables>,
  filter: UsageFilter & { readonly outcome?: string | undefined },
  more?: RawBuilder<SqlBool>,
): AsyncGenerator<Span> {
  const { since, until, outcome } = filter;
  const which = conditionsOf(filter);
  if (more !== undefined) which.push(more);
  if (outcome !== undefined && outcome in COUNTED)
    which.push(COUNTED[outcome as keyof typeof COUNTED]);
  // The rows of a key have an index of their own.
  if (which.length === 0 || filter.key !== undefined) return yield { since, until };
  const summed = await db.selectFrom('usage_summed').selectAll().executeTakeFirstOrThrow();
  const known = { since: Math.max(since, summed.since), until: Math.min(until, summed.until) };
  if (known.since >= known.until) return yield { since, until };
  if (known.until < until) yield { since: known.until, until };
  for (const day of await begins(db, DAY_MS, known, which)) {
    const inDay = common({ since: day, until: day + DAY_MS }, known);
    for (const hour of await begins(db, HOUR_MS, inDay, which)) {
      yield common({ since: hour, until: hour + HOUR_MS }, known);
    }
  }
  if (since < known.since) yield { since, until: known.since };
}

/** Begins of the spans of this length in which there is something, newest first. */
async function begins(
  db: Kysely<Tables>,
  ms: number,
  { since, until }: Span,
  which: readonly RawBuilder<SqlBool>[],
): Promise<number[]> {
  let query = db
    .selectFrom('usage_sums')
    .select('at')
    .distinct()
    .where('step_ms', '=', ms)
    .where('at', '>', since - ms)
    .where('at', '<', until);
  for (const one of which) query = query.where(one);
  return (await query.orderBy('at', 'desc').execute()).map(({ at }) => at);
}

const common = (one: Span, other: Span): Span => ({
  since: Math.max(one.since, other.since),
  until: Math.min(one.until, other.until),
});
