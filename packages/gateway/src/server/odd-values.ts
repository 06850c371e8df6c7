import { ApiFailure } from '@vitalgate/contract/api';

/**
 * What no endpoint of the admin API takes, wherever in a request it stands.
 *
 * A NUL, which PostgreSQL's `text` cannot hold: there it would end in an error of the store, and in
 * none on SQLite. And values within values without end: whoever walks through them, as the audit log
 * does with what was refused, would fill the stack.
 *
 * @throws {ApiFailure} `invalid_request`
 */
export function refuseOddValues(...told: readonly unknown[]): void {
  for (const one of told) look(one, 0);
}

/** Deeper than anything that is taken. */
const DEEPEST = 64;

function look(value: unknown, depth: number): void {
  if (typeof value === 'string') refuseNul(value);
  if (typeof value !== 'object' || value === null) return;
  if (depth === DEEPEST) {
    throw new ApiFailure('invalid_request', `found more than ${DEEPEST} levels; send fewer`);
  }
  for (const [name, one] of Object.entries(value)) {
    refuseNul(name);
    look(one, depth + 1);
  }
}

function refuseNul(text: string): void {
  if (!text.includes('\0')) return;
  throw new ApiFailure('invalid_request', 'found a NUL character; send texts without one');
}
