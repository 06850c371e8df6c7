import { ApiFailure } from '@vitalgate/contract/api';

/** A place in a list that is sorted by time and id, as text that means nothing to others. */
export const cursorOf = (at: number, id: string): string =>
  Buffer.from(JSON.stringify([at, id])).toString('base64url');

export interface Place {
  readonly at: number;
  readonly id: string;
}

/** @throws {ApiFailure} `invalid_request` for what is no cursor of ours. */
export function readCursor(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    // PostgreSQL takes neither fractions for a time nor NUL in a text.
    if (Number.isSafeInteger(at) && typeof id === 'string' && !id.includes('\0')) {
      return { at: Number(at), id };
    }
  } catch {
    // Told below.
  }
  throw noCursor();
}

/**
 * A place in a list that is sorted by number, or that is counted.
 *
 * @throws {ApiFailure} `invalid_request`
 */
export function readNumber(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (!/^\d{1,15}$/.test(cursor)) throw noCursor();
  return Number(cursor);
}

export const noCursor = (): ApiFailure =>
  new ApiFailure('invalid_request', 'the cursor is not one that a list has given', {
    errors: [{ path: 'cursor', message: 'expected the `next` of an earlier page' }],
  });
