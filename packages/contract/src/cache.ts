import { z } from 'zod';
import { cacheStores } from './cache-stores.ts';
import { known } from './fields.ts';
import { duration, size } from './quantities.ts';

/** What answers are remembered: the section `cache`, and that of a model. */

export const cache = known({
  /** All that a process remembers in its memory; what was used longest ago goes first. */
  memory: size().default(64 * 1024 ** 2),
  /** Where more is kept, which a restart leaves; `redis` is the server that `shared` names. */
  store: z
    .enum(cacheStores, { error: `expected one of: ${cacheStores.join(', ')}` })
    .default('memory'),
  /** What is kept there at most. */
  size: size().default(1024 ** 3),
  /** Of `sqlite`; beside the file of the store unless it is named. */
  file: z.string().min(1, { error: 'expected the path of a file' }).optional(),
});

/** Answers of one model to the very same question. */
export const modelCache = known({
  ttl: duration(),
  /** Who shares answers: each key has its own, or each team; nobody shares with strangers. */
  scope: z.enum(['key', 'team'], { error: 'expected one of: key, team' }).default('key'),
  /** A larger answer is not remembered. */
  maxAnswer: size().default(1024 ** 2),
});

/** Answers of one API to GET, as they allow it themselves (RFC 9111). */
export const apiCache = known({
  /** Whether each key has answers of its own, or all callers share them. */
  scope: z.enum(['key', 'all'], { error: 'expected one of: key, all' }).default('key'),
  /** A larger answer is not remembered. */
  maxAnswer: size().default(1024 ** 2),
});

export type ModelCacheConfig = z.output<typeof modelCache>;
