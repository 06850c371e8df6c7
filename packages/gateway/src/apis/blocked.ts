import type { Guardrail } from '../guard/guardrail.ts';
import { conclude } from '../request/conclude.ts';
import { endOf } from '../request/ending.ts';
import { blocked } from '../request/guard.ts';
import { problemDetails } from '../request/problem.ts';
import type { Passing } from './passing.ts';

/**
 * Ends an answer of which a guardrail lets nothing more pass: as a failure where nothing has left, as an
 * event of a stream that has begun, and else cut, where nothing could be told.
 */
export function endBlocked(passing: Passing, guardrail: Guardrail): void {
  const { exchange, running } = passing;
  const { response, receipt, id } = exchange;
  const failure = blocked(guardrail, 'answer');
  passing.cancel();
  if (!response.headersSent) {
    passing.giveUp(failure);
    return;
  }
  if (!receipt.streamed) {
    passing.cut(failure.code);
    return;
  }
  conclude(exchange, running, endOf(failure), failure.code);
  const { code, message, kind } = failure;
  const told = { code, message, status: kind.status, requestId: id, mistakes: [] };
  const problem = Buffer.from(problemDetails(told, 'application/json').bytes).toString();
  response.write(`event: error\ndata: ${problem}\n\n`, () => response.destroy());
  passing.finish();
}
