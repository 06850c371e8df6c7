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
  const errors = result.error.issues.map((issue) => ({
    path: [part, ...issue.path.map(String)].join('.'),
    message: wordsOf(issue),
  }));
  const [first] = errors;
  throw new ApiFailure('invalid_request', `${first?.path}: ${first?.message}`, { errors });
}

/** What is too short or too long in words that a person is shown under the form they filled in. */
function wordsOf(issue: z.core.$ZodIssue): string {
  const isText = 'origin' in issue && issue.origin === 'string';
  if (issue.code === 'too_small' && isText) {
    return issue.minimum === 1
      ? 'expected a text, found an empty one'
      : `expected ${issue.minimum} characters or more`;
  }
  if (issue.code === 'too_big' && isText) return `expected ${issue.maximum} characters or fewer`;
  return issue.message;
}

/** What the schema says of an answer, and nothing that it does not name. */
export function writeAs(schema: z.core.$ZodType, answer: unknown): unknown {
  return z.parse(schema, answer);
}
