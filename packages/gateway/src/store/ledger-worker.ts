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
   SELECT ${journalColumns.map((_, i) => `value ->> ${i}`).join(', ')} FROM json_each(?)`,
);

const offsets = new Map<string, number>();
const buffer = Buffer.allocUnsafe(READ_BYTES);
let current: string | undefined;

parentPort?.on('message', (message: Message) => {
  current = message.finish === true ? undefined : (message.current ?? current);
  const files = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
  for (const name of files.toSorted()) {
    const file = join(directory, name);
    const moved = moveRows(file);
    if (moved && file !== current) {
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

/** A row is one JSON array, so all of them are one JSON array of arrays, and one statement. */
function insertLines(lines: string): boolean {
  const all = inserted(`[${lines.replaceAll('\n', ',')}]`);
  if (all !== 'unreadable') return all === 'yes';
  // One line that is no JSON must not hold up the others: a torn write after a full disk.
  return lines.split('\n').every((line) => inserted(`[${line}]`) !== 'refused');
}

function inserted(rows: string): 'yes' | 'unreadable' | 'refused' {
  try {
    insert.run(rows);
    return 'yes';
  } catch (error) {
    return /malformed JSON/i.test(String(error)) ? 'unreadable' : 'refused';
  }
}
