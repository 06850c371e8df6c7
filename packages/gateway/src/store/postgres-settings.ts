import { types, type ClientConfig } from 'pg';

/** A server that has not answered within these is down, for all that we can tell. */
const CONNECT_MS = 3000;
const ANSWER_MS = 10_000;

const INT8 = 20;

/** How every connection to PostgreSQL is made. */
export function postgresSettings(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'vitalgate',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    types: {
      // Text by default, where SQLite gives numbers. What we count stays below 2^53.
      getTypeParser: (id: number, format?: 'text' | 'binary') =>
        id === INT8 ? Number : types.getTypeParser(id, format),
    },
  };
}
