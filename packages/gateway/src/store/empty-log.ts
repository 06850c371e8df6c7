import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Store } from './database.ts';

const ASK_MS = 20;
/** For five seconds. */
const MOST_ASKED = 250;

/** What was erased would stand in SQLite's log until others have written over it. */
export async function emptyLog({ db, engine }: Store): Promise<void> {
  if (engine !== 'sqlite') return;
  for (let asked = 1; asked <= MOST_ASKED; asked += 1) {
    const { rows } = await sql<{ busy: number }>`PRAGMA wal_checkpoint(TRUNCATE)`.execute(db);
    // Whoever reads the log is waited for (sqlite.org/pragma.html#pragma_wal_checkpoint).
    if (rows[0]?.busy !== 1) return;
    await setTimeout(ASK_MS);
  }
}
