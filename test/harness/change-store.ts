import { DatabaseSync } from 'node:sqlite';
import { untilFree } from '../../packages/gateway/src/store/until-free.ts';

const PATIENCE_MS = 30_000;

/**
 * Writes into the database of a gateway of this process, all or nothing. A transaction of the gateway's
 * own ends only while we wait: SQLite's patience would hold up both.
 */
export async function changeStore(
  path: string,
  act: (database: DatabaseSync) => unknown,
): Promise<void> {
  const database = new DatabaseSync(path);
  await untilFree(() => database.exec('BEGIN IMMEDIATE'), PATIENCE_MS);
  act(database);
  database.exec('COMMIT');
  database.close();
}
