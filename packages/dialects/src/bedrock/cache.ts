import type { CacheHint } from '../intent.ts';
import type { Losses } from '../losses.ts';
import type { Profile } from '../profile.ts';

/** More than these a request may not have (Amazon Bedrock User Guide, "Prompt caching"). */
const MOST = 4;

/** Hints to cache, which stand behind what they are about and are few. */
export class CachePoints {
  #left: number;
  readonly #losses: Losses;

  constructor({ converse }: Profile, losses: Losses) {
    this.#left = converse === 'plain' ? 0 : MOST;
    this.#losses = losses;
  }

  after(cache: CacheHint | undefined, path: string): object[] {
    if (cache === undefined) return [];
    if (this.#left === 0) {
      this.#losses.dropped(`${path}.cache_control`, 'this model takes no more hints to cache');
      return [];
    }
    this.#left -= 1;
    if (cache.ttl !== undefined && cache.ttl !== '5m') {
      this.#losses.altered(`${path}.cache_control.ttl`, 'kept as long as this provider likes');
    }
    return [{ cachePoint: { type: 'default' } }];
  }
}
