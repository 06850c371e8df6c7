import { PostgresDialect, sql } from 'kysely';
import { Pool, type Client, type PoolClient, type PoolConfig } from 'pg';
import { SEARCH_MS } from './cut-short.ts';
import type { EngineParts } from './engine.ts';
import { postgresSettings } from './postgres-settings.ts';

/** Enough for an admin API; requests of callers ask nothing of the store. */
const MAX_CONNECTIONS = 5;
const MAX_SEARCHES = 2;
/** A server that does not end a search when told to, does not answer at all. */
const GRACE_MS = 1000;
/** For how long a transaction of ours may ask nothing. */
const IDLE_MS = 10_000;

/** PostgreSQL, for more than one instance. Connects at the first question. */
export function postgresParts(url: string): EngineParts {
  const settings = postgresSettings(url);
  const connections = new Connections({ ...settings, max: MAX_CONNECTIONS });
  const searching = { ...settings, max: MAX_SEARCHES, query_timeout: SEARCH_MS + GRACE_MS };
  const searches = new Connections(searching, SEARCH_MS);
  return {
    dialect: new PostgresDialect({ pool: connections }),
    searches: { dialect: new PostgresDialect({ pool: searches }) },
    // Kysely's migrator holds an advisory lock and a transaction around all steps.
    migrating: (act) =>
      act(new PostgresDialect({ pool: new Connections({ ...settings, query_timeout: 0 }) })),
    async lock(transaction, name) {
      // Whoever stands still in it would hold up all others until its connection is given up.
      await sql`SELECT set_config('idle_in_transaction_session_timeout', ${String(IDLE_MS)}, true)`.execute(
        transaction,
      );
      await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`vitalgate ${name}`}, 0))`.execute(
        transaction,
      );
    },
    renew() {
      connections.renew();
      searches.renew();
    },
    // Kysely ends the pools that were used, and the others hold nothing.
    async close() {},
  };
}

/**
 * A pool that can be let go of as a whole. A server that stands still leaves every connection with a
 * question that nobody answers, and a network that drops packets leaves them so for a quarter of an
 * hour after it is well.
 */
class Connections {
  readonly options: PoolConfig;
  readonly #mostMs: number;
  #pool: Pool;
  #clients = new Set<PoolClient>();

  /** @param mostMs after which the server is to end a question; never where that is 0 */
  constructor(options: PoolConfig, mostMs: number = options.query_timeout ?? 0) {
    this.options = options;
    this.#mostMs = mostMs;
    this.#pool = this.#fresh();
  }

  connect(): Promise<PoolClient> {
    return this.#pool.connect();
  }

  async end(): Promise<void> {
    this.#letGo(this.#pool, this.#clients);
  }

  renew(): void {
    this.#letGo(this.#pool, this.#clients);
    this.#clients = new Set();
    this.#pool = this.#fresh();
  }

  #letGo(pool: Pool, clients: ReadonlySet<PoolClient>): void {
    pool.end().catch(() => undefined);
    // Ending one that waits for an answer cuts its socket.
    for (const client of clients) void (client as unknown as Client).end();
  }

  #fresh(): Pool {
    const pool = new Pool(this.options);
    const clients = this.#clients;
    pool.on('connect', (client) => {
      clients.add(client);
      // What we no longer wait for, the server need not go on with; poolers take it as a question only.
      client
        .query("SELECT set_config('statement_timeout', $1, false)", [String(this.#mostMs)])
        .catch(() => undefined);
      // One that breaks in use tells its question so; as an event besides it would end the process.
      client.on('error', () => {});
    });
    pool.on('remove', (client) => clients.delete(client));
    // A connection that breaks while nobody uses it; without a listener it would end the process.
    pool.on('error', () => {});
    return pool;
  }
}
