import {
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { failureKinds, type FailureCode } from '@vitalgate/contract';
import { wires } from '@vitalgate/dialects';
import { ANY_METHOD } from '../apis/match.ts';
import type { Running } from '../running.ts';
import { newRequestId } from './arrival.ts';
import { answeringOn, responseOver } from './upgrade.ts';

/** What node:http says of bytes that it cannot parse; `reason` is one of llhttp's own sentences. */
interface ParseError extends NodeJS.ErrnoException {
  readonly reason?: string;
  readonly rawPacket?: Buffer;
}

/** Answers what node:http cannot parse, before there is a request to speak of. */
export function refuseConnection(error: ParseError, socket: Socket, running: Running): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const code = codeOf(error);
  const { status, meaning } = failureKinds[code];
  const requestId = writeDown(code, undefined, socket, running);
  // Behind a pipelined request whose answer has begun, a second head would become part of it.
  if (answeringOn(socket)?.headersSent === true) {
    socket.destroy();
    return;
  }
  const message = messageOf(code, error) ?? meaning;
  const body = wires['openai-chat'].writeFailure({ code, status, message, requestId });
  const allow = code === 'method_not_allowed' ? `allow: ${ANY_METHOD.join(', ')}\r\n` : '';
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nx-request-id: ${requestId}\r\n${allow}` +
      `connection: close\r\n\r\n${body}`,
  );
}

/** Gives the id under which it stands in the log. */
function writeDown(
  code: FailureCode,
  method: string | undefined,
  { remoteAddress: address }: Socket,
  { metrics, refusals }: Running,
): string {
  const request = newRequestId();
  const { status } = failureKinds[code];
  metrics.unhandled('http', status, 'refused');
  refusals.tell({ request, status, code, method, address });
  return request;
}

function codeOf({ code, rawPacket }: ParseError): FailureCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout';
  // Whoever speaks TLS to a port without it begins with no letter, and means no method.
  const isMethod =
    code === 'HPE_INVALID_METHOD' && /^[A-Za-z]/.test(rawPacket?.toString('latin1', 0, 1) ?? '');
  return isMethod ? 'method_not_allowed' : 'invalid_request';
}

function messageOf(code: FailureCode, { reason }: ParseError): string | undefined {
  if (code === 'method_not_allowed') {
    return `found a method that is not known here, expected ${ANY_METHOD.join(', ')}`;
  }
  return code === 'invalid_request' && reason !== undefined
    ? `found bytes that are no request of HTTP (RFC 9112): ${reason}`
    : undefined;
}

/**
 * Has CONNECT refused like any request; unheard, node:http would close the connection without a word.
 * Of HTTP/2 it gives an answer in the place of the connection.
 */
export function refuseTunnel(
  request: IncomingMessage,
  over: Socket | ServerResponse,
  listener: RequestListener,
  running: Running,
): void {
  if (!('remoteAddress' in over)) listener(request, over);
  else if (answeringOn(over) !== undefined) {
    // It did not wait for the answer before, which node:http no longer follows.
    writeDown('method_not_allowed', request.method, over, running);
    over.destroy();
  } else listener(request, responseOver(request, over));
}
