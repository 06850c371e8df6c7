import type { Written } from '@vitalgate/formats';
import type { Running } from '../running.ts';
import type { Conclude } from './answer.ts';
import { commonHead } from './answer-head.ts';
import type { Arrival } from './exchange.ts';
import type { Recorded } from './recording.ts';

/** Answers with a document of our own making. */
export function answerOwn(
  arrived: Arrival,
  running: Running,
  { bytes, contentType }: Written,
  conclude: Conclude,
  more: readonly string[] = [],
): void {
  const { receipt, response } = arrived;
  receipt.status = 200;
  const head = commonHead(arrived, running);
  if (receipt.target !== undefined) {
    head.push('x-vitalgate-target', receipt.target.id);
    head.push('x-vitalgate-attempts', String(receipt.attempts));
  }
  head.push(...more, 'content-type', contentType, 'content-length', String(bytes.length));
  conclude('completed', undefined);
  response.writeHead(200, head);
  response.end(bytes);
}

/** Answers as another request was answered that asked the same. */
export function replay(
  arrived: Arrival,
  running: Running,
  { status, head: kept, body }: Recorded,
  concluded: () => void,
): void {
  arrived.receipt.status = status;
  const head = commonHead(arrived, running);
  head.push(...kept, 'idempotent-replayed', 'true', 'content-length', String(body?.length ?? 0));
  concluded();
  arrived.response.writeHead(status, head);
  arrived.response.end(body);
}
