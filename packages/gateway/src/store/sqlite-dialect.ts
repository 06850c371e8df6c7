import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { SEARCH_MS } from './cut-short.ts';
import type { EngineParts } from './engine.ts';
import { InTime } from './in-time.ts';
import { SqliteThreadDialect } from './sqlite-driver.ts';
import { SqliteThread } from './sqlite-thread.ts';
import { Turns } from '../turns.ts';

const PATIENCE_MS = 5000;
/** Another program brings the tables up to date. */
const MIGRATING_MS = 60_000;

/**
 * The embedded engine; makes the file and its folder where there is none.
 *
 * @throws {Failure} `store_unavailable`
 */
export async function sqliteParts(path: string): Promise<EngineParts> {
  mkdirSync(dirname(path), { recursive: true });
  const thread = new SqliteThread(path);
  await open(thread);
  const turns = new Turns();
  const parts = { thread, turns, patienceMs: PATIENCE_MS };
  const reporter = new SqliteThread(path);
  const reports = { ...parts, thread: reporter };
  return {
    dialect: new SqliteThreadDialect(parts),
    reports: new SqliteThreadDialect(reports),
    searches: {
      dialect: new SqliteThreadDialect({ ...reports, mostMs: SEARCH_MS }),
      plugins: [new InTime()],
    },
    migrating: (act) => act(new SqliteThreadDialect({ ...parts, patienceMs: MIGRATING_MS })),
    // A transaction has the one write lock there is.
    async lock() {},
    renew() {},
    async close() {
      // Whoever writes is left to its end; nobody comes after, for Kysely refuses them by now.
      await turns.take();
      await Promise.all([thread.close(), reporter.close()]);
    },
  };
}

async function open(thread: SqliteThread): Promise<void> {
  const question = { of: 'writer', sql: 'PRAGMA user_version', values: [] } as const;
  try {
    await thread.life().ask({ ...question, patienceMs: PATIENCE_MS });
  } catch (error) {
    await thread.close();
    throw error;
  }
}
