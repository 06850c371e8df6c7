import { ApiFailure } from '@vitalgate/contract/api';
import type { Clock } from '@vitalgate/health';
import { SEARCH_MS } from '../store/cut-short.ts';

/** What one statement may take; an answer is of two at most, and those wait for others. */
const ANSWER_MS = SEARCH_MS + 100;

/**
 * What was looked for, or why it was not waited for.
 *
 * @throws {ApiFailure} `too_broad`
 */
export function inTime<Found>(clock: Clock, looking: Promise<Found>): Promise<Found> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(ANSWER_MS, () => late.reject(tooBroad()));
  return Promise.race([looking, late.promise]).finally(cancel);
}

export const tooBroad = (): ApiFailure =>
  new ApiFailure('too_broad', 'this looks through more than can be read in 2 seconds; narrow it');
