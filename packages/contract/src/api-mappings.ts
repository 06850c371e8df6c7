import { z } from 'zod';
import { known } from './fields.ts';

/** An expression of JSONata (https://docs.jsonata.org). */
export const mapping = z.string().min(1).max(65_536).optional();

/**
 * The part `mappings` of an API: expressions that say what becomes of a head. Each gives a record;
 * null takes a name away, a list repeats it.
 */
export const mappings = known({
  request: known({
    /** Gives one of the methods that may have any body. */
    method: mapping,
    /** Takes the place of the whole query. */
    query: mapping,
    /** Fields to be set; others stay. */
    headers: mapping,
  }).prefault({}),
  answer: known({ headers: mapping }).prefault({}),
  /** Of answers with a status from 400. */
  error: known({ headers: mapping }).prefault({}),
});
