import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** One connection with the settings that every connection to this file needs. */
export function openSqlite(path: string): DatabaseSync {
  // For its owner alone; SQLite gives the files beside it the same mode.
  closeSync(openSync(path, 'a', 0o600));
  const sqlite = new DatabaseSync(path, { timeout: 5000 });
  // WAL: readers and the one writer do not wait for each other. NORMAL survives a killed process;
  // only power loss can cost the last commits (sqlite.org/wal.html, "Performance").
  // What is deleted is gone from the file too.
  sqlite.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;',
  );
  return sqlite;
}
