import {
  SelectQueryNode,
  SqliteAdapter,
  SqliteDialect,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely';
import { systemClock } from '@vitalgate/health';
import type { SqliteLife, SqliteThread } from './sqlite-thread.ts';
import type { SqliteAnswer, SqliteQuestion } from './sqlite-worker.ts';
import type { Turns } from '../turns.ts';

interface SqliteThreadConfig {
  readonly thread: SqliteThread;
  /** Of those who write. */
  readonly turns: Turns;
  /** For how long the write lock of another program is waited for. */
  readonly patienceMs: number;
  /** How long all that is asked over one connection may take; without a limit where nothing is said. */
  readonly mostMs?: number;
}

/** SQLite, asked on a thread. Readings go on beside the one write that there can be. */
export class SqliteThreadDialect extends SqliteDialect {
  readonly #config: SqliteThreadConfig;

  constructor(config: SqliteThreadConfig) {
    super({ database: () => Promise.reject(new TypeError('the thread has the database')) });
    this.#config = config;
  }

  override createDriver(): Driver {
    return new SqliteThreadDriver(this.#config);
  }

  override createAdapter(): SqliteAdapter {
    return new SqliteThreadAdapter();
  }
}

class SqliteThreadAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  /** Kysely's migrator then takes all steps or none (sqlite.org/lang_transaction.html). */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class SqliteThreadDriver implements Driver {
  readonly #config: SqliteThreadConfig;

  constructor(config: SqliteThreadConfig) {
    this.#config = config;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    return new SqliteConnection(this.#config);
  }

  beginTransaction(connection: SqliteConnection): Promise<void> {
    return connection.begin();
  }

  commitTransaction(connection: SqliteConnection): Promise<void> {
    return connection.commit();
  }

  rollbackTransaction(connection: SqliteConnection): Promise<void> {
    return connection.rollback();
  }

  async releaseConnection(connection: SqliteConnection): Promise<void> {
    connection.release();
  }

  /** The thread may be another's as well, and Kysely says nothing to a driver that was never asked. */
  async destroy(): Promise<void> {}
}

class SqliteConnection implements DatabaseConnection {
  readonly #config: SqliteThreadConfig;
  /** The thread in which a transaction is open: another would know nothing of it. */
  #life: SqliteLife | undefined;
  #giveBack: () => void = () => {};
  /** On the monotonic clock. */
  readonly #until: number | undefined;

  constructor(config: SqliteThreadConfig) {
    this.#config = config;
    const { mostMs } = config;
    this.#until = mostMs === undefined ? undefined : systemClock.now() + mostMs;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes, insertId } = await this.#answer(query);
    return {
      rows: rows as Row[],
      ...(changes !== undefined && { numAffectedRows: BigInt(changes) }),
      ...(insertId !== undefined && { insertId: BigInt(insertId) }),
    };
  }

  /** In one piece: who asks for many rows asks for a page at a time. */
  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }

  /** With the lock from the start: SQLite would refuse it to one who has read before others wrote. */
  async begin(): Promise<void> {
    this.#giveBack = await this.#config.turns.take();
    this.#life = this.#config.thread.life();
    await this.#ask('writer', 'BEGIN IMMEDIATE');
  }

  async commit(): Promise<void> {
    await this.#ask('writer', 'COMMIT');
  }

  async rollback(): Promise<void> {
    // A full disk has rolled it back already, and so has the end of its thread.
    await this.#ask('writer', 'ROLLBACK').catch(() => undefined);
  }

  release(): void {
    this.#life = undefined;
    this.#giveBack();
  }

  async #answer({ sql, parameters, query }: CompiledQuery): Promise<SqliteAnswer> {
    if (this.#life !== undefined) return this.#ask('writer', sql, parameters);
    if (SelectQueryNode.is(query)) return this.#ask('reader', sql, parameters);
    const giveBack = await this.#config.turns.take();
    try {
      return await this.#ask('writer', sql, parameters);
    } finally {
      giveBack();
    }
  }

  #ask(
    of: SqliteQuestion['of'],
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<SqliteAnswer> {
    const { thread, patienceMs } = this.#config;
    const question = { of, sql, values, patienceMs, until: this.#until };
    return (this.#life ?? thread.life()).ask(question);
  }
}
