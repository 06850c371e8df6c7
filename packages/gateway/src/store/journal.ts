import { closeSync, fdatasync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { Failure, StartFailure } from '@vitalgate/contract';
import type { Cancel, Clock } from '@vitalgate/health';
import { siblingModule } from '../sibling-module.ts';
import { valuesOf } from './journal-columns.ts';
import type { LedgerOrder, LedgerReport, LedgerWorkerData } from './ledger-worker.ts';
import type { LedgerRow } from './migrations.ts';
import { BEGINS } from './open-calls.ts';
import type { Place } from './place.ts';

/** A journal file is closed at this size, so that its space comes back. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** How often the worker is told to look; what waits meanwhile is safe in the journal. */
const WAKE_MS = 100;

/** A database that took nothing is asked again this much later. */
const AGAIN_MS = 1000;

/**
 * Rows that wait in memory while the disk refuses them. From the first number on no call is let in,
 * so that the second, at which the oldest is lost and counted, is not reached by those inside.
 */
const FULL_WAITING = 1000;
const MAX_WAITING = 20_000;

/**
 * The ledger's front. A row is appended to a file with one system call before the last byte of its
 * answer leaves, so a process that is killed loses none; a worker thread moves rows into the
 * database in batches and deletes what it has moved. Rows are inserted by request id, so a file
 * read twice counts once.
 */
export class Journal {
  /** Where it lies; no other process writes there. */
  readonly directory: string;
  /** Rows that could not be kept because disk and memory were full. */
  lost = 0;
  /** What the worker said last of rows on their way from the journal into the database. */
  report: LedgerReport = { problem: undefined, waitingBytes: 0, spoiled: 0 };
  /** Told of each row, once it is safe. */
  onAppend: ((row: LedgerRow) => void) | undefined;
  /** Told when the database begins to refuse rows, with why, and with undefined when it takes them. */
  onChange: (problem: string | undefined) => void = () => {};

  readonly #lock: DatabaseSync;
  #worker: Worker | undefined;
  readonly #stopWaking: Cancel;
  #file: string;
  #descriptor: number;
  #bytes = 0;
  readonly #run: string;
  #sequence = 0;
  #waiting: Buffer[] = [];
  /** The disk has not taken all it was given: what waits is tried again at the next waking. */
  #isRefused = false;
  /** Those that begin in this turn. */
  #begun: Promise<void> | undefined;
  #dirty = true;
  #isClosing = false;
  #againAt = Number.POSITIVE_INFINITY;
  readonly #isDurable: boolean;
  readonly #leftovers: readonly string[];
  /** Told when what is written now is on the disk. */
  #unsynced: ((isSafe: boolean) => void)[] = [];
  #isSyncing = false;
  #isUnsafe = false;
  #isRecovered: () => void = () => {};

  /**
   * Resolves when what earlier processes left has been looked at: it is in the database, or the
   * database takes nothing.
   */
  readonly recovered: Promise<void> = new Promise((resolve) => {
    this.#isRecovered = resolve;
  });

  constructor(place: Place, directory: string, isDurable: boolean, clock: Clock) {
    this.directory = directory;
    this.#isDurable = isDurable;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#lock = takeLock(join(directory, 'lock'), directory);
    this.#leftovers = readdirSync(directory).map((name) => join(directory, name));
    // Names sort by age; the wall clock tells the runs apart, and may be set back during one.
    this.#run = String(clock.wall()).padStart(15, '0');
    this.#file = this.#name();
    this.#descriptor = openSync(this.#file, 'a');
    this.#worker = this.#hire(place, clock);
    this.#stopWaking = clock.every(WAKE_MS, () => this.#wake(clock));
  }

  /**
   * Says that a call begins, with what it is expected to use: nothing of it may leave before this
   * resolves. Calls that begin in one turn of the event loop are written down together.
   *
   * @throws {Failure} `store_unavailable` where the ledger has to outlive a loss of power, and
   *   cannot be kept
   */
  begin(row: LedgerRow): Promise<void> {
    this.#keep(row, BEGINS);
    this.#begun ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#begun = undefined;
        if (!this.#isRefused) this.#flush();
        resolve(this.#isDurable ? this.#synced() : undefined);
      });
    });
    return this.#begun;
  }

  /** Resolves when all that was written by now is on the disk. */
  #synced(): Promise<void> {
    return new Promise((resolve, reject) => {
      const refuse = () =>
        reject(
          new Failure('store_unavailable', 'the ledger cannot be written; try again', {
            retryAfter: 5,
          }),
        );
      if (this.#isRefused || this.#isUnsafe) return refuse();
      this.#unsynced.push((isSafe) => (isSafe ? resolve() : refuse()));
      this.#sync();
    });
  }

  /** The disk has refused so many rows that calls should wait until it takes them. */
  get isFull(): boolean {
    return this.#isRefused && this.#waiting.length >= FULL_WAITING;
  }

  /** Keeps one row. Never throws: a call does not fail because its record could not be written. */
  append(row: LedgerRow): void {
    this.#keep(row, '');
    if (!this.#isRefused) this.#flush();
  }

  #keep(row: LedgerRow, before: string): void {
    // Refusals, of which there is no end, are not worth a call's room.
    const isUnserved = row.outcome === 'failed' || row.outcome === 'refused';
    if (this.isFull && isUnserved && row.attempts === 0) return;
    this.#dirty = true;
    this.#waiting.push(Buffer.from(`${before}${JSON.stringify(valuesOf(row))}\n`));
    this.onAppend?.(row);
    if (!this.#isRefused || this.#waiting.length <= MAX_WAITING) return;
    this.#waiting.shift();
    this.lost += 1;
  }

  /** Moves everything into the database and lets go of it. */
  async close(): Promise<void> {
    this.#stopWaking();
    this.#flush();
    while (this.#isSyncing) await new Promise((resolve) => this.#unsynced.push(resolve));
    closeSync(this.#descriptor);
    const worker = this.#worker;
    this.#isClosing = true;
    if (worker !== undefined) {
      const done = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      this.#tell({ finish: true });
      await done;
    }
    this.#lock.close();
  }

  /** Writes what waits. A disk that fills takes a part: the rest follows when there is room. */
  #flush(): void {
    if (this.#waiting.length === 0) return;
    const bytes = this.#waiting.length === 1 ? this.#waiting[0] : Buffer.concat(this.#waiting);
    if (bytes === undefined) return;
    try {
      const written = writeSync(this.#descriptor, bytes);
      this.#bytes += written;
      this.#isRefused = written < bytes.length;
      this.#waiting = this.#isRefused ? [bytes.subarray(written)] : [];
    } catch {
      this.#isRefused = true;
    }
  }

  /** One look at the disk serves all who wait by the time it begins; those who come later are next. */
  #sync(): void {
    if (this.#isSyncing || this.#unsynced.length === 0) return;
    this.#isSyncing = true;
    const served = this.#unsynced;
    this.#unsynced = [];
    fdatasync(this.#descriptor, (error) => {
      this.#isSyncing = false;
      for (const one of served) one(error === null);
      if (error !== null) throw this.#giveUp(error);
      this.#sync();
    });
  }

  /**
   * A disk that has failed once says that all is well the next time, of pages that it has dropped
   * (fsync(2)). Nothing may be promised on it again: this is thrown to end the process.
   */
  #giveUp(cause: Error): Failure {
    this.#isUnsafe = true;
    for (const one of this.#unsynced.splice(0)) one(false);
    const why = `the disk did not keep the ledger: ${cause.message}`;
    return new Failure('store_unavailable', why, { cause });
  }

  #wake(clock: Clock): void {
    this.#flush();
    const isRefused = this.report.problem !== undefined;
    if (isRefused ? clock.now() < this.#againAt : !this.#dirty) return;
    this.#againAt = Number.POSITIVE_INFINITY;
    this.#dirty = false;
    if (this.#bytes > MAX_FILE_BYTES && !this.#isSyncing) this.#rotate();
    this.#tell({ current: this.#file });
  }

  #tell(order: LedgerOrder): void {
    this.#worker?.postMessage(order);
  }

  /** Starts the thread; one that dies is replaced, for its rows are all in the journal. */
  #hire(place: Place, clock: Clock): Worker {
    const worker = new Worker(siblingModule('ledger-worker', import.meta.url), {
      workerData: {
        place,
        directory: this.directory,
        leftovers: this.#leftovers,
        isDurable: this.#isDurable,
      } satisfies LedgerWorkerData,
    });
    worker.on('message', (report: LedgerReport) => {
      this.#hear(report);
      this.#isRecovered();
      // What the database refused is tried again, also when no request comes.
      if (report.problem !== undefined) this.#againAt = clock.now() + AGAIN_MS;
    });
    worker.on('error', (error) => {
      this.#hear({ ...this.report, problem: `the ledger thread ended: ${error.message}` });
      this.#againAt = clock.now() + AGAIN_MS;
    });
    worker.on('exit', () => {
      this.#worker = undefined;
      if (!this.#isClosing) clock.after(AGAIN_MS, () => this.#replace(place, clock));
    });
    worker.postMessage({ current: this.#file } satisfies LedgerOrder);
    return worker;
  }

  #hear(report: LedgerReport): void {
    const before = this.report.problem;
    this.report = report;
    if ((before === undefined) !== (report.problem === undefined)) this.onChange(report.problem);
  }

  #replace(place: Place, clock: Clock): void {
    if (!this.#isClosing) this.#worker = this.#hire(place, clock);
  }

  /** Where no other can be opened, this one goes on: closed, its number would soon be another file's. */
  #rotate(): void {
    const file = this.#name();
    const descriptor = openSync(file, 'a');
    closeSync(this.#descriptor);
    this.#file = file;
    this.#descriptor = descriptor;
    this.#bytes = 0;
  }

  #name(): string {
    this.#sequence += 1;
    return join(this.directory, `${this.#run}-${String(this.#sequence).padStart(6, '0')}.jsonl`);
  }
}

/**
 * One process writes a journal. The lock is the operating system's, by way of SQLite: it ends with
 * the process, however that ends, where a file with a process id would outlive it and, in a
 * container that numbers its processes the same each time, name a stranger.
 */
function takeLock(file: string, directory: string): DatabaseSync {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    throw new StartFailure(
      'store_unavailable',
      `${directory} is in use by another Vitalgate; stop that one, or give this one another store or spool`,
      cause,
    );
  }
}
