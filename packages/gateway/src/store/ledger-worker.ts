/**
 * The ledger's back: moves rows from the journal into the database, off the main thread, because
 * a batch takes milliseconds that no stream should wait for.
 */
import { closeSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
// Nothing heavier: this is loaded again for the thread.
import { journalColumns } from './journal-columns.ts';
import { openSqlite } from './sqlite.ts';

interface Message {
  /** The file that is being written; all others are whole. */
  readonly current?: string;
  /** No more rows will come: move the rest and end. */
  readonly finish?: boolean;
}

const READ_BYTES = 1024 * 1024;
const LF = 0x0a;

const { databasePath, directory } = workerData as { databasePath: string; directory: string };
const sqlite = openSqlite(databasePath);
const insert = sqlite.prepare(
  `INSERT OR IGNORE INTO ledger (${journalColumns.join(', ')})
   VALUES (${journalColumns.map(() => '?').join(', ')})`,
);

const offsets = new Map<string, number>();
const buffer = Buffer.allocUnsafe(READ_BYTES);
let current: string | undefined;

parentPort?.on('message', (message: Message) => {
  current = message.finish === true ? undefined : (message.current ?? current);
  const files = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
  for (const name of files.toSorted()) {
    const file = join(directory, name);
    if (!moveRows(file)) {
      parentPort?.postMessage('refused');
    } else if (file !== current) {
      rmSync(file, { force: true });
      offsets.delete(file);
    }
  }
  if (message.finish === true) {
    sqlite.close();
    parentPort?.close();
  }
});

/**
 * Moves the whole lines that have been added to `file` since it was last looked at. False when
 * the database refused them (busy, full): they stay in the journal until the next look.
 */
function moveRows(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    for (;;) {
      const offset = offsets.get(file) ?? 0;
      const read = readSync(descriptor, buffer, 0, buffer.length, offset);
      const end = buffer.subarray(0, read).lastIndexOf(LF);
      // A line without its end is being written, or was cut by a full disk and says nothing.
      if (end === -1) return true;
      if (!insertLines(buffer.toString('utf8', 0, end))) return false;
      offsets.set(file, offset + end + 1);
      if (read < buffer.length) return true;
    }
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Inserts lines in one transaction. A line that is no row (torn by a full disk) is left out, so
 * that it does not hold up the others for ever.
 */
function insertLines(lines: string): boolean {
  try {
    sqlite.exec('BEGIN IMMEDIATE');
    for (const line of lines.split('\n')) {
      const row = readRow(line);
      if (row !== undefined) insert.run(...row);
    }
    sqlite.exec('COMMIT');
    return true;
  } catch {
    if (sqlite.isTransaction) sqlite.exec('ROLLBACK');
    return false;
  }
}

function readRow(line: string): (string | number | null)[] | undefined {
  try {
    const row: unknown = JSON.parse(line);
    return Array.isArray(row) && row.length === journalColumns.length ? row : undefined;
  } catch {
    return undefined;
  }
}
