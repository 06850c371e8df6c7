import { z } from 'zod';
import { known } from './fields.ts';
import { duration, size } from './quantities.ts';

/** What answers are remembered: the section `cache`, and that of a model. */

export const cache = known({
  /** All that is remembered, of models and of APIs; what was used longest ago goes first. */
  memory: size().default(64 * 1024 ** 2),
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
