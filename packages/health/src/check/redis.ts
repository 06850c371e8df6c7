import { asking, unanswered, well, type Found } from './asking.ts';
import type { Look } from './outcome.ts';

/** What node-redis, ioredis, iovalkey and GLIDE have in common. */
export interface RedisClient {
  ping(): Promise<unknown>;
  /** node-redis: whether commands are sent at once. */
  readonly isReady?: boolean;
  /** ioredis: `ready` when they are. */
  readonly status?: string;
}

/**
 * Well when Redis or Valkey answers a PING. A client that is not connected keeps commands in a
 * queue, so that a PING would wait for as long as the outage lasts: it is not asked at all.
 */
export function redis(client: RedisClient): Look {
  return asking(async (): Promise<Found> => {
    const isReady = client.isReady ?? (client.status === undefined || client.status === 'ready');
    if (!isReady) return { status: 'fail', reason: 'not_connected', fault: 'network' };
    await client.ping();
    return well;
  }, refused);
}

/** Redis names its errors in the first word (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
const reasons: Readonly<Record<string, string>> = {
  LOADING: 'starting_up',
  NOAUTH: 'credentials_refused',
  WRONGPASS: 'credentials_refused',
  NOPERM: 'credentials_refused',
  CLUSTERDOWN: 'cluster_down',
  MASTERDOWN: 'primary_down',
  MISCONF: 'not_persisting',
};

function refused(error: unknown): Found {
  const found = unanswered(error);
  const word = error instanceof Error ? (/^[A-Z]+/.exec(error.message)?.[0] ?? '') : '';
  const reason = reasons[word];
  return reason === undefined ? found : { ...found, reason, fault: 'provider' };
}
