import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { StartFailure } from '@vitalgate/contract';
import type { Cancel, Clock } from '@vitalgate/health';
import { siblingModule } from '../sibling-module.ts';
import { journalColumns } from './journal-columns.ts';
import type { LedgerRow } from './migrations.ts';

/** A journal file is closed at this size, so that its space comes back. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** How often the worker is told to look; what waits meanwhile is safe in the journal. */
const WAKE_MS = 100;

/** Rows kept in memory while the disk refuses them; beyond, the oldest is lost and counted. */
const MAX_WAITING = 10_000;

/**
 * The ledger's front. A row is appended to a file with one system call before the last byte of its
 * answer leaves, so a process that is killed loses none; a worker thread moves rows into the
 * database in batches and deletes what it has moved. Rows are inserted by request id, so a file
 * read twice counts once.
 */
export class Journal {
  /** Rows that could not be kept because disk and memory were full. */
  lost = 0;

  readonly #directory: string;
  readonly #lock: DatabaseSync;
  readonly #worker: Worker;
  readonly #stopWaking: Cancel;
  #file: string;
  #descriptor: number;
  #bytes = 0;
  #sequence = 0;
  #waiting: string[] = [];
  #dirty = true;

  constructor(databasePath: string, clock: Clock) {
    this.#directory = `${databasePath}.journal`;
    mkdirSync(this.#directory, { recursive: true });
    this.#lock = takeLock(join(this.#directory, 'lock'), databasePath);
    // Names sort by age; the wall clock tells the runs apart.
    this.#file = this.#name(clock.wall());
    this.#descriptor = openSync(this.#file, 'a');
    this.#worker = new Worker(siblingModule('ledger-worker', import.meta.url), {
      workerData: { databasePath, directory: this.#directory },
    });
    // What the database refused is tried again at the next waking, also when no request comes.
    this.#worker.on('message', () => {
      this.#dirty = true;
    });
    this.#worker.postMessage({ current: this.#file });
    this.#stopWaking = clock.every(WAKE_MS, () => this.#wake(clock));
  }

  /** Keeps one row. Never throws: a call does not fail because its record could not be written. */
  append(row: LedgerRow): void {
    const line = `${JSON.stringify(journalColumns.map((column) => row[column]))}\n`;
    this.#dirty = true;
    if (this.#waiting.length > 0 || !this.#write(line)) this.#wait(line);
  }

  /** Moves everything into the database and lets go of it. */
  async close(): Promise<void> {
    this.#stopWaking();
    if (this.#waiting.length > 0 && this.#write(this.#waiting.join(''))) this.#waiting = [];
    closeSync(this.#descriptor);
    const done = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.postMessage({ finish: true });
    await done;
    this.#lock.close();
  }

  #write(text: string): boolean {
    try {
      this.#bytes += writeSync(this.#descriptor, text);
      return true;
    } catch {
      return false;
    }
  }

  #wait(line: string): void {
    this.#waiting.push(line);
    if (this.#waiting.length <= MAX_WAITING) return;
    this.#waiting.shift();
    this.lost += 1;
  }

  #wake(clock: Clock): void {
    if (this.#waiting.length > 0 && this.#write(this.#waiting.join(''))) this.#waiting = [];
    if (!this.#dirty) return;
    this.#dirty = false;
    if (this.#bytes > MAX_FILE_BYTES) this.#rotate(clock);
    this.#worker.postMessage({ current: this.#file });
  }

  #rotate(clock: Clock): void {
    closeSync(this.#descriptor);
    this.#file = this.#name(clock.wall());
    this.#descriptor = openSync(this.#file, 'a');
    this.#bytes = 0;
  }

  #name(wall: number): string {
    this.#sequence += 1;
    const started = String(wall).padStart(15, '0');
    return join(this.#directory, `${started}-${String(this.#sequence).padStart(6, '0')}.jsonl`);
  }
}

/**
 * One process writes a journal. The lock is the operating system's, by way of SQLite: it ends with
 * the process, however that ends, where a file with a process id would outlive it and, in a
 * container that numbers its processes the same each time, name a stranger.
 */
function takeLock(file: string, databasePath: string): DatabaseSync {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    throw new StartFailure(
      'store_unavailable',
      `${databasePath} is in use by another Vitalgate; stop that one, or give this one another store`,
      cause,
    );
  }
}
