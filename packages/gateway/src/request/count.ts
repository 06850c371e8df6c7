import { Failure } from '@vitalgate/contract';
import { estimateCount, RequestError } from '@vitalgate/dialects';
import type { Running } from '../running.ts';
import { answerOwn } from './own-answer.ts';
import { speakingTargets } from './choose.ts';
import { conclude } from './conclude.ts';
import type { Reserved } from './exchange.ts';

/** Whether tokens are to be counted and no target has a way to be asked for it. */
export const isUncountable = (reserved: Reserved): boolean =>
  reserved.operation === 'count-tokens' && speakingTargets(reserved).length === 0;

/** Answers with an estimate, and says so; see docs/decisions/0014-counting-tokens.md. */
export function answerEstimate(reserved: Reserved, running: Running): void {
  const { dialect, body, scanned, id, headers, route } = reserved;
  let estimate;
  try {
    estimate = estimateCount({ dialect, body, model: scanned.model, id });
  } catch (error) {
    if (error instanceof RequestError) throw new Failure('invalid_request', error.message);
    throw error;
  }
  if (headers.isStrict || route.strict) {
    const [loss] = estimate.losses.all;
    throw new Failure('unsupported_in_dialect', `${loss?.path} would be ${loss?.reason}`);
  }
  const lost = estimate.losses.header();
  answerOwn(
    reserved,
    running,
    { bytes: Buffer.from(estimate.body), contentType: 'application/json' },
    (outcome, reason) => conclude(reserved, running, outcome, reason),
    lost === undefined ? [] : ['x-vitalgate-warnings', lost],
  );
}
