import type { Failure, FailureCode } from '@vitalgate/contract';
import { type DialectName, wires } from '@vitalgate/dialects';
import type { Running } from '../running.ts';
import { commonHead } from './answer-head.ts';
import type { ApiArrived, Arrival } from './exchange.ts';
import { problemDetails } from './problem.ts';

/** After these the rest of the connection is not worth, or not safe, reading. */
const closesConnection: ReadonlySet<FailureCode> = new Set(['request_timeout', 'draining']);

/** Answers a request that is refused or given up before any byte was promised. */
export function refuse(
  arrived: Arrival & Partial<Pick<ApiArrived, 'matched'>>,
  running: Running,
  failure: Failure,
): void {
  const { request, response, id, dialect, receipt, matched, prompt } = arrived;
  const isApi = dialect === 'http' || prompt !== undefined;
  const { code, message, kind, retryAfter } = failure;
  const told = { code, status: kind.status, message, requestId: id };
  const { bytes: body, contentType } = isApi
    ? problemDetails(
        { ...told, mistakes: failure.mistakes },
        request.headers.accept,
        matched?.api.translation?.offered ?? prompt?.offered,
      )
    : { bytes: wires[dialect].writeFailure(told), contentType: 'application/json' };
  const head = commonHead(arrived, running);
  if (receipt.attempts > 0) head.push('x-vitalgate-attempts', String(receipt.attempts));
  head.push('content-type', contentType, 'content-length', String(Buffer.byteLength(body)));
  if (!isApi) head.push(...failureHeader(dialect, kind.status));
  if (retryAfter !== undefined) head.push('retry-after', String(retryAfter));
  if (code === 'missing_key' || code === 'invalid_key') head.push('www-authenticate', 'Bearer');
  if (closesConnection.has(code)) head.push('connection', 'close');
  response.writeHead(kind.status, head);
  response.end(body);
}

/** What a dialect says of a failure in its head. */
export const failureHeader = (dialect: DialectName, status: number): readonly string[] =>
  wires[dialect].failureHeader?.(status) ?? [];
