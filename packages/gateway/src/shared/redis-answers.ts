import { createClient, RESP_TYPES } from '@redis/client';
import type { Clock } from '@vitalgate/health';
import type { Keeper } from '../cache/kept.ts';

/** The number is that of the form of what is kept. */
const NAMES = ['entries', 'used', 'ends', 'size', 'erasures'].map(
  (name) => `vitalgate:{answers-1}:${name}`,
);
const [ENTRIES = '', USED = ''] = NAMES;
/** Those whom nobody asks any more go by themselves. */
const ABANDONED_MS = 30 * 24 * 3600 * 1000;
/** What an entry takes beside its bytes. */
const OVERHEAD_BYTES = 256;
/** Expired ones that are looked for at each writing. */
const MOST_EXPIRED = 32;

const DROP = `
local function drop(key)
  local size = redis.call('HSTRLEN', KEYS[1], key)
  if redis.call('HDEL', KEYS[1], key) == 1 then
    redis.call('DECRBY', KEYS[4], size + ${OVERHEAD_BYTES})
  end
  redis.call('ZREM', KEYS[2], key)
  redis.call('ZREM', KEYS[3], key)
end
`;

/** ARGV: key, bytes, now, when it ends, what all may take. What was used longest ago goes. */
const WRITE = `${DROP}
drop(ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
local size = redis.call('INCRBY', KEYS[4], #ARGV[2] + ${OVERHEAD_BYTES})
for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[3], 'LIMIT', 0, ${MOST_EXPIRED})) do
  drop(key)
end
while tonumber(redis.call('GET', KEYS[4])) > tonumber(ARGV[5]) do
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not oldest then break end
  drop(oldest)
end
for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ${ABANDONED_MS}) end
return 1
`;

/** ARGV: key. */
const REMOVE = `${DROP}
drop(ARGV[1])
return 1
`;

/** ARGV: erasure. Done once for each, whichever instance comes first. */
const ERASE = `
if redis.call('SADD', KEYS[5], ARGV[1]) == 1 then
  redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
end
redis.call('PEXPIRE', KEYS[5], ${2 * ABANDONED_MS})
return 1
`;

const clientOf = (url: string) =>
  createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
    socket: { connectTimeout: 2000, reconnectStrategy: 500 },
  });

/**
 * Keeps remembered answers at the server that instances share, for all of them. Over a connection of its
 * own: limits do not wait behind megabytes.
 */
export class RedisAnswers implements Keeper {
  readonly #client: ReturnType<typeof clientOf>;
  readonly #mostBytes: number;

  private constructor(client: ReturnType<typeof clientOf>, mostBytes: number) {
    this.#client = client;
    this.#mostBytes = mostBytes;
  }

  /** Resolves when it is connected, or when that has taken too long; the attempts go on. */
  static async open(url: string, mostBytes: number, clock: Clock): Promise<RedisAnswers> {
    const client = clientOf(url);
    // Each command that is lost says so itself.
    client.on('error', () => {});
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = clock.after(2000, resolve);
    // Rejects only when it is closed before.
    client.connect().then(
      () => resolve(),
      () => undefined,
    );
    await promise;
    stop();
    return new RedisAnswers(client, mostBytes);
  }

  async read(key: string, now: number): Promise<Buffer | undefined> {
    const found = await this.#client
      .withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
      .sendCommand(['HGET', ENTRIES, key]);
    if (!Buffer.isBuffer(found)) return undefined;
    // Its answer is of no interest.
    this.#client.sendCommand(['ZADD', USED, 'XX', String(now), key]).catch(() => {});
    return found;
  }

  write(key: string, bytes: Buffer, now: number, ends: number): Promise<unknown> {
    const most = String(this.#mostBytes);
    return this.#run(WRITE, [key, bytes, String(now), String(Math.round(ends)), most]);
  }

  remove(key: string): Promise<unknown> {
    return this.#run(REMOVE, [key]);
  }

  erase(erasure: string): Promise<unknown> {
    return this.#run(ERASE, [erasure]);
  }

  async close(): Promise<void> {
    if (this.#client.isReady) await this.#client.close();
    else this.#client.destroy();
  }

  #run(script: string, values: readonly (string | Buffer)[]): Promise<unknown> {
    return this.#client.sendCommand(['EVAL', script, String(NAMES.length), ...NAMES, ...values]);
  }
}
