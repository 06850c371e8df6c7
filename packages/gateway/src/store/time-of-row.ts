import type { Kysely } from 'kysely';
import type { Tables } from './migrations.ts';

interface Span {
  readonly since: number;
  readonly until: number;
}

/**
 * When the row was written that stands behind so many others of a span.
 *
 * @param from the end of the span that is counted from
 * @returns undefined where the span has no more rows than these
 */
export async function timeOfRow(
  db: Kysely<Tables>,
  { since, until }: Span,
  rows: number,
  from: 'oldest' | 'newest',
): Promise<number | undefined> {
  const row = await db
    .selectFrom('ledger')
    .select('at')
    .where('at', '>=', since)
    .where('at', '<', until)
    .orderBy('at', from === 'oldest' ? 'asc' : 'desc')
    .offset(rows)
    .limit(1)
    .executeTakeFirst();
  return row?.at;
}
