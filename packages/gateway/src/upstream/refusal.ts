import { refine, type Verdict } from './classify.ts';
import { readRetryDelay } from './retry-after.ts';

/** Of an error answer, this much is read for what it means. */
const READ_BYTES = 8192;

/** What an error answer says beyond its status. */
export interface Refusal {
  readonly verdict: Verdict;
  /** How long the provider asks to be left alone, in milliseconds, where its body says so. */
  readonly retryDelayMs: number | undefined;
  /** It speaks of the model. */
  readonly isAboutModel: boolean;
}

export function readRefusal(verdict: Verdict, status: number, body: Buffer): Refusal {
  const words = body.toString('utf8', 0, READ_BYTES);
  return {
    verdict: refine(verdict, status, words),
    retryDelayMs: readRetryDelay(words),
    isAboutModel: /\bmodel/i.test(words),
  };
}
