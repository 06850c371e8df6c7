import { setTimeout } from 'node:timers/promises';
import {
  SqliteDialect,
  SqliteDriver,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  type SqliteDialectConfig,
} from 'kysely';

/** Whoever holds the write lock is asked again after so long, and given five seconds. */
const ASK_MS = 20;
const MOST_ASKED = 250;
/** Result codes "SQLITE_BUSY" and "SQLITE_BUSY_RECOVERY" (sqlite.org/rescode.html). */
const BUSY: ReadonlySet<unknown> = new Set([5, 261]);

/**
 * Waits for the write lock without holding up the thread. Left to SQLite, another program that
 * writes for five seconds would keep every caller waiting for five seconds.
 */
export class PatientSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new PatientDriver(this.#config);
  }
}

class PatientDriver extends SqliteDriver {
  override async acquireConnection(): Promise<DatabaseConnection> {
    return new PatientConnection(await super.acquireConnection());
  }
}

class PatientConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection;

  constructor(connection: DatabaseConnection) {
    this.#connection = connection;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    for (let asked = 1; ; asked += 1) {
      try {
        return await this.#connection.executeQuery<Row>(query);
      } catch (error) {
        if (!isBusy(error) || asked === MOST_ASKED) throw error;
        await setTimeout(ASK_MS);
      }
    }
  }

  streamQuery<Row>(
    query: CompiledQuery,
    chunkSize: number,
  ): AsyncIterableIterator<QueryResult<Row>> {
    return this.#connection.streamQuery<Row>(query, chunkSize);
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && BUSY.has(error.errcode);
