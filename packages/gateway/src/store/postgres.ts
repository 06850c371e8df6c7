import { PostgresDialect, sql } from 'kysely';
import { Pool, type Client, type PoolClient, type PoolConfig } from 'pg';
import type { EngineParts } from './engine.ts';
import { postgresSettings } from './postgres-settings.ts';

/** Enough for an admin API; requests of callers ask nothing of the store. */
const MAX_CONNECTIONS = 5;

/** PostgreSQL, for more than one instance. Connects at the first question. */
export function postgresParts(url: string): EngineParts {
  const settings = postgresSettings(url);
  const connections = new Connections({ ...settings, max: MAX_CONNECTIONS });
  return {
    dialect: new PostgresDialect({ pool: connections }),
    // Kysely's migrator holds an advisory lock and a transaction around all steps.
    migrating: (act) =>
      act(new PostgresDialect({ pool: new Connections({ ...settings, query_timeout: 0 }) })),
    async lock(transaction, name) {
      await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`vitalgate ${name}`}, 0))`.execute(
        transaction,
      );
    },
    renew: () => connections.renew(),
  };
}

/**
 * A pool that can be let go of as a whole. A server that stands still leaves every connection with a
 * question that nobody answers, and a network that drops packets leaves them so for a quarter of an
 * hour after it is well.
 */
class Connections {
  readonly options: PoolConfig;
  #pool: Pool;
  #clients = new Set<PoolClient>();

  constructor(options: PoolConfig) {
    this.options = options;
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
      // One that breaks in use tells its question so; as an event besides it would end the process.
      client.on('error', () => {});
    });
    pool.on('remove', (client) => clients.delete(client));
    // A connection that breaks while nobody uses it; without a listener it would end the process.
    pool.on('error', () => {});
    return pool;
  }
}
