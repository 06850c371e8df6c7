import { ApiFailure } from '@vitalgate/contract/api';
import { digestOf } from '../access/keys.ts';
import type { Clock } from '@vitalgate/health';

/** What the first request with a key was answered. */
export interface Told {
  readonly status: number;
  readonly body: unknown;
}

interface Known {
  readonly request: string;
  readonly at: number;
  told: Told | undefined;
}

const KEPT_MS = 24 * 60 * 60_000;
const MOST = 1000;

/**
 * Answers to POST requests by their `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header),
 * so that a change whose answer was lost can be asked for again and happens once. Kept in memory
 * alone: an answer may hold the secret that is told only once, and no disk should.
 */
export class Idempotency {
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Does `work` once for a key, and tells every later request the same.
   *
   * @throws {ApiFailure} `key_reused` for another request, `conflict` while the first still runs.
   */
  async once(
    actor: string,
    key: string | undefined,
    request: unknown,
    work: () => Promise<Told>,
  ): Promise<Told> {
    if (key === undefined) return work();
    const id = digestOf(`${actor} ${key}`).toString('base64');
    const digest = digestOf(JSON.stringify(request)).toString('base64');
    const now = this.#clock.now();
    const known = this.#known.get(id);
    if (known !== undefined && now - known.at < KEPT_MS) {
      if (known.request !== digest) {
        throw new ApiFailure('key_reused', 'this Idempotency-Key belongs to another request');
      }
      if (known.told === undefined) {
        throw new ApiFailure('conflict', 'the first request with this key still runs', {
          retryAfter: 1,
        });
      }
      return known.told;
    }
    const entry: Known = { request: digest, at: now, told: undefined };
    this.#known.delete(id);
    this.#known.set(id, entry);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
    try {
      entry.told = await work();
      return entry.told;
    } catch (error) {
      // A refusal changed nothing: the caller may mend the request and try again.
      this.#known.delete(id);
      throw error;
    }
  }
}
