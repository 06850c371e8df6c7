import type { Answer } from '@vitalgate/contract/api';
import type { Family } from '../observe/metrics.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { forgetAnswers } from '../store/erase.ts';
import type { Handlers } from './asked.ts';

type Cache = Answer<'GET /api/caches'>['items'][number];

interface CacheOptions {
  readonly store: Store;
  readonly current: () => Running;
  /** What is counted, over all workers. */
  readonly counted: () => readonly Family[];
  /** Takes up what has changed in the store. */
  readonly refresh: () => Promise<void>;
}

/** What is remembered, how often that helped, and that it is forgotten. */
export function cacheHandlers({ store, current, counted, refresh }: CacheOptions): Handlers {
  return {
    'GET /api/caches'() {
      const { config, answers } = current();
      const { models, apis, cache } = config;
      const lookups = counted().find(({ name }) => name === 'vitalgate_cache_lookups');
      const of = (name: string, result: string) =>
        lookups?.samples.find(
          ({ labels }) =>
            new Map(labels).get('name') === name && new Map(labels).get('result') === result,
        )?.value ?? 0;
      const told = (
        kind: Cache['kind'],
        name: string,
        { scope, maxAnswer, ttl }: Pick<Cache, 'scope' | 'maxAnswer'> & { readonly ttl?: number },
      ): Cache => ({
        name,
        kind,
        scope,
        maxAnswer,
        ttlMs: ttl ?? null,
        hits: of(name, 'hit'),
        misses: of(name, 'miss'),
        bypasses: of(name, 'bypass'),
      });
      return {
        memory: cache.memory,
        store: cache.store,
        size: cache.store === 'memory' ? null : cache.size,
        problem: answers.problem ?? null,
        items: [
          ...models.flatMap((one) =>
            one.cache === undefined ? [] : [told('model', one.name, one.cache)],
          ),
          ...apis.flatMap((one) =>
            one.cache === undefined ? [] : [told('api', one.name, one.cache)],
          ),
        ],
      };
    },
    async 'DELETE /api/caches'() {
      await forgetAnswers(store);
      await refresh();
      return undefined;
    },
  };
}
