import { asking, unanswered, type Found } from './asking.ts';
import type { Look, Measurement } from './outcome.ts';

/** What the pools and clients of pg, mysql2 (with and without promises) and mariadb have in common. */
export interface SqlClient {
  query(text: string): unknown;
  /** mysql2 with callbacks offers its promises here. */
  promise?(): { query(text: string): unknown };
  /** Counted by the pool of pg alone. */
  readonly totalCount?: number;
  readonly idleCount?: number;
  readonly waitingCount?: number;
  readonly options?: { readonly max?: number };
}

export interface SqlCheck {
  /** Must not write; `SELECT 1` when not given. */
  readonly query?: string;
}

/**
 * Well when the application's own client gets an answer. With the pool of pg, a pool whose
 * connections are all in use is told apart from a database that does not answer: `pool_exhausted`.
 */
export function sql(client: SqlClient, { query = 'SELECT 1' }: SqlCheck = {}): Look {
  return asking(
    async (): Promise<Found> => {
      await (client.promise?.() ?? client).query(query);
      return { status: 'pass', measured: connections(client) };
    },
    (error) => {
      const { fault, ...found } = { ...unanswered(error), measured: connections(client) };
      // Nobody else's failure: this process holds all the connections it allows itself.
      if (isExhausted(client)) return { ...found, reason: 'pool_exhausted' };
      return fault === undefined ? found : { ...found, fault };
    },
  );
}

function isExhausted({ totalCount, idleCount, waitingCount, options }: SqlClient): boolean {
  if (totalCount === undefined || waitingCount === undefined) return false;
  return waitingCount > 0 && idleCount === 0 && totalCount >= (options?.max ?? Infinity);
}

function connections({ totalCount, idleCount, waitingCount }: SqlClient): Measurement[] {
  if (totalCount === undefined || idleCount === undefined) return [];
  return [
    { name: 'connections', value: totalCount },
    { name: 'idle', value: idleCount },
    ...(waitingCount === undefined ? [] : [{ name: 'waiting', value: waitingCount }]),
  ];
}
