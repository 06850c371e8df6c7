import * as z from 'zod/mini';
import { cacheStores } from '../cache-stores.ts';
import { count, ms, named } from './common.ts';
import { operators, viewers, type EndpointTable } from './endpoint.ts';

const cache = named(
  'Cache',
  'What one model or API remembers, and how often that helped since the start.',
  z.object({
    name: z.string(),
    kind: z.enum(['model', 'api']),
    /** Who shares answers. */
    scope: z.enum(['key', 'team', 'all']),
    /** Of a model; an API's upstream says it of each answer. */
    ttlMs: z.nullable(ms),
    /** Bytes; a larger answer is not remembered. */
    maxAnswer: count,
    hits: count,
    misses: count,
    /** Answers that the caller wanted anew, or that nothing may be remembered of. */
    bypasses: count,
  }),
);

export const cacheEndpoints = {
  'GET /api/caches': {
    tag: 'caches',
    summary: 'Models and APIs that remember answers; counts of all workers of this instance.',
    allow: viewers,
    answer: z.object({
      /** Bytes that all of them may take together, in the memory of each process. */
      memory: count,
      /** Where they are kept. */
      store: z.enum(cacheStores),
      /** Bytes that they may take there; null for `memory`. */
      size: z.nullable(count),
      /** Why nothing is remembered there now. */
      problem: z.nullable(z.string()),
      items: z.array(cache),
    }),
  },
  'DELETE /api/caches': {
    tag: 'caches',
    summary: 'Forgets every remembered answer, in all instances within seconds.',
    allow: operators,
  },
} as const satisfies EndpointTable;
