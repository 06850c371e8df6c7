import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Keeper } from '../cache/kept.ts';
import { SqliteThread } from './sqlite-thread.ts';
import type { SqliteAnswer } from './sqlite-worker.ts';

/** For how long the lock of another process is waited for. */
const PATIENCE_MS = 1000;
/** What an entry takes beside its bytes. */
const OVERHEAD_BYTES = 256;
/** Shares of the whole: after so much was written it is looked at, and made so small if need be. */
const LOOK_SHARE = 1 / 16;
const LEFT_SHARE = 15 / 16;

/** Of another version, a file of answers is begun anew: it holds nothing that cannot be asked for. */
const VERSION = 1;

const SCHEMA = [
  'DROP TABLE IF EXISTS answers',
  'DROP TABLE IF EXISTS erasures',
  'CREATE TABLE answers (key TEXT PRIMARY KEY, size INTEGER NOT NULL, used INTEGER NOT NULL, ends INTEGER NOT NULL, bytes BLOB NOT NULL)',
  'CREATE INDEX answers_used ON answers (used, size)',
  'CREATE INDEX answers_ends ON answers (ends)',
  'CREATE TABLE erasures (erasure TEXT PRIMARY KEY)',
  `PRAGMA user_version = ${VERSION}`,
];

/** Keeps remembered answers in a file of its own, on a thread; it is only as large as it may be, about. */
export class SqliteAnswers implements Keeper {
  readonly #thread: SqliteThread;
  readonly #mostBytes: number;
  /** Bytes written since it was last looked how much there is. */
  #written = Number.POSITIVE_INFINITY;

  private constructor(thread: SqliteThread, mostBytes: number) {
    this.#thread = thread;
    this.#mostBytes = mostBytes;
  }

  /** A file that is none of SQLite's is thrown away; one that is only in use by others is not. */
  static async open(file: string, mostBytes: number): Promise<SqliteAnswers> {
    const thread = new SqliteThread(file);
    const answers = new SqliteAnswers(thread, mostBytes);
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      await answers.#prepare();
    } catch (error) {
      if (/not a database|malformed/.test(String(error))) {
        await thread.close();
        for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
      }
    }
    return answers;
  }

  async read(key: string, now: number): Promise<Buffer | undefined> {
    const sql = 'SELECT bytes, used FROM answers WHERE key = ? AND ends > ?';
    const [row] = (await this.#ask('reader', sql, [key, now])).rows as readonly {
      readonly bytes: Uint8Array;
      readonly used: number;
    }[];
    if (row === undefined) return undefined;
    const { buffer, byteOffset, length } = row.bytes;
    if (now - row.used > USED_STEP_MS) this.#touch(key, now);
    return Buffer.from(buffer, byteOffset, length);
  }

  async write(key: string, bytes: Buffer, now: number, ends: number): Promise<void> {
    const size = bytes.length + key.length + OVERHEAD_BYTES;
    await this.#ask('writer', 'INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)', [
      key,
      size,
      now,
      ends,
      bytes,
    ]);
    this.#written += size;
    if (this.#written > this.#mostBytes * LOOK_SHARE) await this.#makeRoom(now);
  }

  remove(key: string): Promise<unknown> {
    return this.#ask('writer', 'DELETE FROM answers WHERE key = ?', [key]);
  }

  /** Comes before all else, and so makes what could not be made when it was opened. */
  async erase(erasure: string): Promise<void> {
    await this.#prepare();
    const noted = await this.#ask('writer', 'INSERT OR IGNORE INTO erasures VALUES (?)', [erasure]);
    if (noted.changes === 0) return;
    await this.#ask('writer', 'DELETE FROM answers', []);
    // What was erased is in the log as well.
    await this.#ask('writer', 'PRAGMA wal_checkpoint(TRUNCATE)', []);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  async #prepare(): Promise<void> {
    const [row] = (await this.#ask('writer', 'PRAGMA user_version', [])).rows as readonly {
      readonly user_version: number;
    }[];
    if (row?.user_version === VERSION) return;
    for (const sql of SCHEMA) await this.#ask('writer', sql, []);
  }

  async #makeRoom(now: number): Promise<void> {
    this.#written = 0;
    await this.#ask('writer', 'DELETE FROM answers WHERE ends <= ?', [now]);
    const [row] = (await this.#ask('reader', 'SELECT sum(size) AS all_of_it FROM answers', []))
      .rows as readonly { readonly all_of_it: number | null }[];
    if ((row?.all_of_it ?? 0) <= this.#mostBytes * LEFT_SHARE) return;
    await this.#ask(
      'writer',
      `DELETE FROM answers WHERE rowid IN (SELECT rowid FROM (
         SELECT rowid, sum(size) OVER (ORDER BY used DESC, rowid DESC) AS newer FROM answers
       ) WHERE newer > ?)`,
      [Math.floor(this.#mostBytes * (LEFT_SHARE - LOOK_SHARE))],
    );
  }

  #touch(key: string, now: number): void {
    const sql = 'UPDATE answers SET used = ? WHERE key = ?';
    this.#ask('writer', sql, [now, key]).catch(() => undefined);
  }

  #ask(of: 'reader' | 'writer', sql: string, values: readonly unknown[]): Promise<SqliteAnswer> {
    return this.#thread.life().ask({ of, sql, values, patienceMs: PATIENCE_MS });
  }
}

/** When an entry was used is written down this exactly, so that few readings write. */
const USED_STEP_MS = 60_000;
