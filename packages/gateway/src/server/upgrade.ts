import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A connection that its caller wants to become one of another protocol. */
export interface Upgrade {
  readonly socket: Socket;
  /** What has come after the head already; the first bytes of the other protocol. */
  readonly head: Buffer;
}

/**
 * Whether a request asks for a WebSocket (RFC 6455, section 4.1). Every other protocol is ignored,
 * as RFC 9110, section 7.8 allows: the request is answered as one of HTTP. So is one that did not wait
 * for the answer before: two answers on one connection at once are what node:http throws at.
 */
export function asksForWebSocket(request: IncomingMessage): boolean {
  const { method, headers, socket, httpVersion } = request;
  // RFC 9110, section 7.8: of HTTP/1.0 no upgrade is heeded.
  const isAsked =
    method === 'GET' &&
    httpVersion === '1.1' &&
    headers.upgrade?.trim().toLowerCase() === 'websocket';
  return isAsked && answeringOn(socket) === undefined;
}

/** The answer that a connection is busy with. */
export function answeringOn(socket: Socket): ServerResponse | undefined {
  return (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/** An answer over a connection that node:http has let go of, for as long as it is one of HTTP. */
export function responseOver(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.destroySoon());
  // Nobody else listens any more, and an error that nobody hears ends the process.
  socket.on('error', () => socket.destroy());
  return response;
}
