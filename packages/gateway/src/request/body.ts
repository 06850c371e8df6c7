import type { IncomingMessage, ServerResponse } from 'node:http';
import { Failure } from '@vitalgate/contract';
import type { Running } from '../running.ts';
import type { Arrival } from './exchange.ts';
import { LIGHT } from './headroom.ts';

/**
 * Reads a body whole, up to a limit and with no pause longer than `idleMs`; a large one as far as
 * there is room for it in the heap.
 */
export function readBody(
  exchange: Pick<Arrival, 'request' | 'response' | 'headers' | 'room'>,
  limit: number,
  idleMs: number,
  { deadlines, clock, headroom }: Pick<Running, 'deadlines' | 'clock' | 'headroom'>,
): Promise<Buffer> {
  const { request, response, headers } = exchange;
  const fits = (bytes: number): boolean => {
    if (bytes <= LIGHT) return true;
    exchange.room ??= headroom.room();
    return exchange.room.grow(bytes);
  };
  const told = Math.min(headers.contentLength ?? 0, limit);
  // Who says how much will come has sent none of it yet, and holds nothing that others need.
  if (told > LIGHT && !headroom.fits(told)) return Promise.reject(noRoom());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const lastAt = clock.now() + idleMs * LONGEST_BODY;
    const due = {
      dueAt: clock.now() + idleMs,
      onDue: () => finish(new Failure('request_timeout', `the body paused for ${idleMs} ms`)),
    };
    deadlines.add(due);
    let isOver = false;
    const finish = (failure?: unknown) => {
      if (isOver) return;
      isOver = true;
      deadlines.delete(due);
      if (failure === undefined) {
        resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
        return;
      }
      // Of one that has ended nothing more will be heard, and taking listeners off costs as much.
      request.off('data', onChunk).off('end', onEnd).off('error', onError).off('close', onError);
      reject(failure);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) return finish(tooLarge(limit));
      if (!fits(length)) return finish(noRoom());
      due.dueAt = Math.min(clock.now() + idleMs, lastAt);
      chunks.push(chunk);
    };
    const onEnd = () => finish();
    // A request that was read whole closes as well: making a failure costs more than reading it did.
    const onError = () => {
      if (!isOver) finish(new Failure('invalid_request', 'the body broke off'));
    };
    // Thrown out of an event, a defect would be the process's and not this request's.
    const onChunk = (chunk: Buffer) => {
      try {
        onData(chunk);
      } catch (error) {
        finish(error);
      }
    };
    request.on('data', onChunk).on('end', onEnd).on('error', onError).on('close', onError);
    continueIfExpected(request, response);
  });
}

/** A body may go on as long as it does not pause, but not for longer than so many pauses. */
const LONGEST_BODY = 10;

/**
 * A caller that expects it sends its body once it is told to go on: not before the request was
 * found to be one worth sending (RFC 9110, section 10.1.1). One of HTTP/1.0 cannot expect it, and would
 * take what it is told for its answer.
 */
export function continueIfExpected(request: IncomingMessage, response: ServerResponse): void {
  const { httpVersion, headers } = request;
  if (headers.expect === undefined || httpVersion === '1.0' || response.headersSent) return;
  response.writeContinue();
}

const noRoom = (): Failure =>
  new Failure('overloaded', 'this instance has no memory for a body of this size now; try again', {
    retryAfter: 1,
  });

export const tooLarge = (limit: number): Failure =>
  new Failure('request_too_large', `found a body of more than ${limit} bytes, which is the limit`);
