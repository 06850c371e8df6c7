import { sql, type Transaction } from 'kysely';
import type { Cancel, Clock } from '@vitalgate/health';
import type { Log } from '../observe/log.ts';
import type { Store } from './database.ts';
import type { Tables } from './migrations.ts';
import type { SteadyWall } from './steady-wall.ts';
import { timeOfRow } from './time-of-row.ts';
import { addition, SUMMING } from './usage-sums.ts';

const LOOK_MS = 30_000;
/** Most calls are over by then: what comes later is added row by row, which costs more. */
const LATE_MS = 300_000;
/** Rows that are summed at once: some milliseconds, in which nobody else writes to SQLite. */
const PIECE_ROWS = 2000;

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly steadyWall: SteadyWall;
}

/**
 * Sums what has come into the ledger, now and from time to time, and then, newest first, what was in
 * it before there were sums. All that is not summed yet is read from its rows (see usage.ts).
 */
export function keepSums({ store, clock, log, steadyWall }: Parts): Cancel {
  let isLooking = false;
  const over = new AbortController();
  const look = async () => {
    // A wall that is ahead would have all that comes after it added row by row.
    if (isLooking || !steadyWall.isSteady) return;
    isLooking = true;
    // Of one moment: after each piece some more is late enough, and there would be no end.
    const until = clock.wall() - LATE_MS;
    try {
      while (!over.signal.aborted && (await sumPiece(store, until)));
    } catch (error) {
      if (!over.signal.aborted) {
        log.warn({ err: error }, 'the ledger is not summed; usage is read from its rows');
      }
    }
    isLooking = false;
  };
  void look();
  const stop = clock.every(LOOK_MS, () => void look());
  return () => {
    over.abort();
    stop();
  };
}

/**
 * Adds some rows of the ledger to the sums.
 *
 * @param until before which all rows are to be summed, in milliseconds since the epoch
 * @param most rows at once
 * @returns whether there may be more
 */
export function sumPiece(store: Store, until: number, most: number = PIECE_ROWS): Promise<boolean> {
  return store.alone(SUMMING, async (db) => {
    const summed = await db.selectFrom('usage_summed').selectAll().executeTakeFirstOrThrow();
    // A clock that begins with the epoch has no past.
    if (until <= 0) return false;
    if (summed.until === 0) {
      await db.updateTable('usage_summed').set({ since: until, until }).execute();
      return true;
    }
    if (summed.until < until) {
      const end = await endOfPiece(db, summed.until, until, most);
      await add(store, db, summed.until, end);
      await db.updateTable('usage_summed').set({ until: end }).execute();
      return true;
    }
    if (summed.since <= 0) return false;
    const begin = await beginOfPiece(db, summed.since, most);
    await add(store, db, begin, summed.since);
    await db.updateTable('usage_summed').set({ since: begin }).execute();
    return true;
  });
}

async function add({ engine }: Store, db: Transaction<Tables>, since: number, until: number) {
  const which = sql`at >= ${since} AND at < ${until}`;
  await addition(engine, sql.table('ledger'), which).execute(db);
}

async function endOfPiece(
  db: Transaction<Tables>,
  since: number,
  until: number,
  most: number,
): Promise<number> {
  const beyond = await timeOfRow(db, { since, until }, most, 'oldest');
  // Of one millisecond there may be more than fit.
  return beyond === undefined ? until : Math.max(beyond, since + 1);
}

async function beginOfPiece(db: Transaction<Tables>, until: number, most: number): Promise<number> {
  const beyond = await timeOfRow(db, { since: 0, until }, most, 'newest');
  return beyond === undefined ? 0 : Math.min(beyond + 1, until - 1);
}
