import type { DialectName } from './dialect-name.ts';
import { RequestError } from './errors.ts';
import { requestRules } from './request-rules.ts';
import type { Operation } from './wire.ts';

/**
 * Refuses a request whose fields are of another type than its dialect has, or hold numbers that no
 * vendor takes, before anything is spent on it. The body is JSON, as `scanRequest` has found.
 *
 * @throws {RequestError} with the path of the first mistake, what was found and what was expected
 */
export function validateRequest(dialect: DialectName, operation: Operation, body: Buffer): void {
  const rule = requestRules[dialect][operation];
  if (rule === undefined) return;
  let asked: unknown;
  try {
    asked = JSON.parse(body.toString());
  } catch {
    // Only what a scan lets pass comes here: a line feed or an escape that no string may have.
    throw new RequestError(
      'body',
      undefined,
      'JSON whose strings have no bare control characters and no unknown escapes',
    );
  }
  const mistake = rule(asked);
  if (mistake === undefined) return;
  throw new RequestError(mistake.path || 'body', mistake.found, mistake.expected);
}
