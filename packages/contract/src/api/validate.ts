import * as z from 'zod/mini';
import { ApiFailure } from './problems.ts';

/**
 * Reads a part of a request as its schema says.
 *
 * @throws {ApiFailure} `invalid_request` with every mistake; it quotes nothing of what was sent.
 */
export function readAs(
  schema: z.core.$ZodType | undefined,
  input: unknown,
  part: 'query' | 'body',
): unknown {
  if (schema === undefined) return undefined;
  const result = z.safeParse(schema, input);
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => ({
    path: [part, ...path.map(String)].join('.'),
    message,
  }));
  const [first] = errors;
  throw new ApiFailure('invalid_request', `${first?.path}: ${first?.message}`, { errors });
}

/** What the schema says of an answer, and nothing that it does not name. */
export function writeAs(schema: z.core.$ZodType, answer: unknown): unknown {
  return z.parse(schema, answer);
}
