import type { Failure, FailureAnswer, Occasion } from '../dialect.ts';
import { failure as anthropicFailure } from '../anthropic/failure.ts';
import { failure as googleFailure } from '../gemini/failure.ts';

/** What Claude's server refuses is said as Anthropic says it, everything else by Google. */
export function failure(failure: Failure, occasion: Occasion): FailureAnswer {
  const isOfServer = failure.status === 400 || failure.status === 529;
  return isOfServer ? anthropicFailure(failure, occasion) : googleFailure(failure, occasion);
}
