/**
 * The one who asks SQLite, on a thread of its own: a search through a large ledger takes seconds in
 * which no caller should wait. One connection is for writing, and one beside it for reading, which
 * goes on while a write waits for another program's lock.
 */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '@vitalgate/health';
// Nothing heavier: this is loaded again for the thread.
import { IN_TIME, cutShort } from './cut-short.ts';
import { openSqlite } from './sqlite.ts';
import { untilFree } from './until-free.ts';

export interface SqliteQuestion {
  readonly id: number;
  readonly of: 'reader' | 'writer';
  readonly sql: string;
  readonly values: readonly unknown[];
  /** For how long another connection's lock is waited for. */
  readonly patienceMs: number;
  /** When nobody waits any longer, on the monotonic clock; only what asks `IN_TIME` ends by itself. */
  readonly until?: number | undefined;
}

export interface SqliteAnswer {
  readonly rows: readonly unknown[];
  /** Of what is no reading. */
  readonly changes?: number | bigint;
  readonly insertId?: number | bigint;
}

export type SqliteReply = { readonly id: number } & (
  | { readonly answer: SqliteAnswer }
  | { readonly problem: SqliteProblem }
);

export interface SqliteProblem {
  readonly message: string;
  /** Result code of SQLite; undefined where it is not SQLite that fails. */
  readonly errcode: number | undefined;
}

export type SqliteOrder = SqliteQuestion | 'close';

type Values = Parameters<ReturnType<DatabaseSync['prepare']>['all']>;

const path = workerData as string;
const connections = new Map<SqliteQuestion['of'], DatabaseSync>();
/** Until when the statement that runs is waited for. */
let until = Number.POSITIVE_INFINITY;

parentPort?.on('message', (order: SqliteOrder) => {
  if (order === 'close') close();
  else void reply(order);
});

async function reply(question: SqliteQuestion): Promise<void> {
  const { id, patienceMs } = question;
  const tell = (told: SqliteReply) => parentPort?.postMessage(told);
  try {
    tell({ id, answer: await untilFree(() => ask(question), patienceMs) });
  } catch (error) {
    tell({ id, problem: problemOf(error) });
  }
}

function ask(question: SqliteQuestion): SqliteAnswer {
  const { of, sql, values } = question;
  until = question.until ?? Number.POSITIVE_INFINITY;
  if (systemClock.now() > until) throw cutShort();
  const statement = connectionOf(of).prepare(sql);
  if (statement.columns().length > 0) return { rows: statement.all(...(values as Values)) };
  const { changes, lastInsertRowid } = statement.run(...(values as Values));
  return { rows: [], changes, insertId: lastInsertRowid };
}

function connectionOf(of: SqliteQuestion['of']): DatabaseSync {
  const known = connections.get(of);
  if (known !== undefined) return known;
  const made = openSqlite(path);
  made.exec('PRAGMA busy_timeout = 0');
  made.exec(of === 'reader' ? 'PRAGMA query_only = ON' : 'PRAGMA query_only = OFF');
  made.function(IN_TIME, () => {
    if (systemClock.now() > until) throw cutShort();
    return 1;
  });
  connections.set(of, made);
  return made;
}

function close(): void {
  for (const one of connections.values()) one.close();
  parentPort?.close();
}

const problemOf = (error: unknown): SqliteProblem => ({
  message: error instanceof Error ? error.message : String(error),
  errcode: error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined,
});
