import type { Failure } from '@vitalgate/contract';
import { conclude } from '../request/conclude.ts';
import { endOf } from '../request/ending.ts';
import { problemDetails } from '../request/problem.ts';
import type { Passing } from './passing.ts';

/**
 * Ends an answer of which nothing more may pass: as a failure where nothing has left, as an event of a stream
 * that stands between two, and else cut, where nothing could be told.
 */
export function endRefused(passing: Passing, failure: Failure, isBetweenEvents: boolean): void {
  const { exchange, running } = passing;
  const { response, receipt, id } = exchange;
  passing.cancel();
  if (!response.headersSent) {
    passing.giveUp(failure);
    return;
  }
  if (!receipt.streamed || !isBetweenEvents) {
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

/**
 * Where a stream of events stands: after the empty line that ends one, or within one, which would be told as if it
 * were whole if another line came (HTML Living Standard, "server-sent events").
 */
export class EventPlace {
  #end = '';

  heed(chunk: Buffer): void {
    const end = chunk.toString('latin1', Math.max(0, chunk.length - LONGEST_END));
    this.#end = end.length < LONGEST_END ? (this.#end + end).slice(-LONGEST_END) : end;
  }

  get isBetween(): boolean {
    return this.#end === '' || EMPTY_LINE.test(this.#end);
  }
}

const EMPTY_LINE = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)$/;
const LONGEST_END = 4;
