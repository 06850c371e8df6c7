import type { Kysely } from 'kysely';

/** What keeps the rows. */
export type Engine = 'sqlite' | 'postgres';

/**
 * One step of the tables forward, on either engine. Types that mean the same on both: `text`,
 * `bigint` (times, counts, flags as 0 and 1), `double precision`. PostgreSQL's `integer` ends at
 * 2^31, before any time in milliseconds.
 */
export type Step = (db: Kysely<unknown>, engine: Engine) => Promise<void>;
