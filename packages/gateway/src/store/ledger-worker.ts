/**
 * The ledger's back: moves rows from the journal into the database, off the main thread, because
 * a batch takes milliseconds that no stream should wait for.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
// Nothing heavier: this is loaded again for the thread.
import type { LedgerSink, Values } from './ledger-sink.ts';
import { OpenCalls } from './open-calls.ts';
import type { Place } from './place.ts';

/** What the ledger's front asks. */
export interface LedgerOrder {
  /** The file that is being written; all others are whole. */
  readonly current?: string;
  /** No more rows will come: move the rest and end. */
  readonly finish?: boolean;
}

/** What it is told after each look. */
export interface LedgerReport {
  /** Why the database takes no rows; undefined when it took all there were. */
  readonly problem: string | undefined;
  /** Bytes of rows that are in the journal and not in the database. */
  readonly waitingBytes: number;
  /** Rows that no database could take, since the start. */
  readonly spoiled: number;
}

export interface LedgerWorkerData {
  readonly place: Place;
  readonly directory: string;
  /** Files of processes that have ended: what is open in them will not end any more. */
  readonly leftovers: readonly string[];
  /** Whether what the database has must outlive a loss of power. */
  readonly isDurable: boolean;
}

const READ_BYTES = 1024 * 1024;
const LF = 0x0a;

const { place, directory, leftovers, isDurable } = workerData as LedgerWorkerData;
const sink = await openSink(place);
const open = new OpenCalls();
const offsets = new Map<string, number>();
const buffer = Buffer.allocUnsafe(READ_BYTES);
/** The file that has calls which were carried over, and nothing else. */
let carried: string | undefined;
let spoiled = 0;
let next: LedgerOrder | undefined;
let isWorking = false;

parentPort?.on('message', (order: LedgerOrder) => {
  // A look finds all that has come; orders that came during one are one more look.
  next = { ...next, ...order };
  if (!isWorking) void work();
});

async function openSink({ engine, at }: Place): Promise<LedgerSink> {
  if (engine === 'sqlite') return (await import('./sqlite-sink.ts')).sqliteSink(at, isDurable);
  return (await import('./postgres-sink.ts')).postgresSink(at);
}

async function work(): Promise<void> {
  isWorking = true;
  while (next !== undefined) {
    const { current, finish = false } = next;
    next = undefined;
    const problem = await moveAll(finish ? undefined : current);
    const report: LedgerReport = { problem, waitingBytes: waitingBytes(), spoiled };
    parentPort?.postMessage(report);
    if (finish) {
      await sink.close();
      parentPort?.close();
      return;
    }
  }
  isWorking = false;
}

/** Moves what there is, oldest first; the problem that stopped it, if one did. */
async function moveAll(current: string | undefined): Promise<string | undefined> {
  const files = journalFiles();
  try {
    for (const file of files) await moveRows(file);
    // Without a current file this process ends as well.
    const isOver = (file: string) => current === undefined || leftovers.includes(file);
    await insert(open.interrupted(isOver));
  } catch (error) {
    return error instanceof Error && error.message !== '' ? error.message : String(error);
  }
  // The front may have begun another since it said which is current, and that one is not whole.
  const isWhole = (file: string) =>
    current === undefined || file < current || leftovers.includes(file);
  letGo(files.filter((file) => file !== current && isWhole(file)));
  return undefined;
}

/**
 * Deletes files that are in the database. Some calls are open for days, as WebSockets are: what says
 * that they have begun is carried over into one file, or each of them would keep a whole one.
 */
function letGo(files: readonly string[]): void {
  const held = files.filter((file) => open.isOpenIn(file));
  const into = held.at(-1);
  if (into !== undefined && (held.length > 1 || into !== carried)) {
    if (!isCarriedOver(new Set(held), into)) return;
    carried = into;
  }
  for (const file of files) {
    if (file === into) continue;
    rmSync(file, { force: true });
    offsets.delete(file);
  }
}

/** Puts all open calls of some files into one of them, and nothing else; false on a full disk. */
function isCarriedOver(from: ReadonlySet<string>, into: string): boolean {
  const bytes = Buffer.from(`${open.linesIn(from).join('\n')}\n`);
  const next = `${into}.new`;
  try {
    writeFileSync(next, bytes, { flush: true });
    renameSync(next, into);
  } catch {
    return false;
  }
  if (isDurable) flushFolder();
  offsets.set(into, bytes.length);
  open.moved(from, into);
  return true;
}

/** The name of a file outlives a loss of power only with its folder. */
function flushFolder(): void {
  const folder = openSync(directory, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

const journalFiles = (): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .map((name) => join(directory, name));

function waitingBytes(): number {
  let bytes = 0;
  for (const file of journalFiles()) bytes += statSync(file).size - (offsets.get(file) ?? 0);
  return bytes;
}

/**
 * Moves the whole lines that have been added to `file` since it was last looked at. What the
 * database refuses (busy, full, gone) stays in the journal until the next look.
 */
async function moveRows(file: string): Promise<void> {
  const descriptor = openSync(file, 'r');
  try {
    for (;;) {
      const offset = offsets.get(file) ?? 0;
      const read = readSync(descriptor, buffer, 0, buffer.length, offset);
      const end = buffer.subarray(0, read).lastIndexOf(LF);
      // A line without its end is being written, or was cut by a full disk and says nothing.
      if (end === -1) return;
      await insert(open.take(file, buffer.toString('utf8', 0, end).split('\n')));
      offsets.set(file, offset + end + 1);
      if (read < buffer.length) return;
    }
  } finally {
    closeSync(descriptor);
  }
}

async function insert(rows: readonly Values[]): Promise<void> {
  // An older program's row ends before the columns that it did not know.
  for (const alike of Map.groupBy(rows, ({ length }) => length).values()) {
    spoiled += await sink.insert(alike);
  }
  open.ended(rows);
}
