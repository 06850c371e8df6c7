import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { failureKinds } from '@vitalgate/contract';
import { wires } from '@vitalgate/dialects';
import { ANY_METHOD } from '../apis/match.ts';
import type { Running } from '../running.ts';
import type { StatusPage } from '../status-page/page.ts';
import { newRequestId } from './arrival.ts';
import { targetOf } from './framing.ts';
import { answerHealth } from './health.ts';
import { isHealthPath } from './health-routes.ts';
import { receiveCall } from './receive.ts';
import { answerStatusPage, isStatusPath } from './status-page.ts';
import { createTlsServer, type CallerServer } from './tls.ts';
import { refuseConnection, refuseTunnel } from './unparsed.ts';
import { asksForWebSocket, responseOver, type Upgrade } from './upgrade.ts';

/** A load balancer in front keeps its connections a minute; ours must outlive them. */
const KEEP_ALIVE_MS = 75_000;

/** The listener for callers. `current` gives what is running now; a request keeps what it began with. */
export function createGatewayServer(current: () => Running, statusPage: StatusPage): CallerServer {
  const { config, lifecycle } = current();
  const { server: limits, listen } = config;
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const running = current();
    response.on('timeout', closeStuck);
    try {
      receive(request, response, running, statusPage);
    } catch (error) {
      answerDefect(error, response, running);
    }
  };
  const options = {
    maxHeaderSize: 16 * 1024,
    headersTimeout: limits.headerTimeout,
    // A body may go on as long as it does not pause, which whoever reads it watches.
    requestTimeout: 0,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
    requireHostHeader: false,
    shouldUpgradeCallback: asksForWebSocket,
  };
  const server: CallerServer =
    listen.tls === undefined
      ? createPlainServer(options, listener)
      : createTlsServer(listen.tls, options, listener);
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
    receive(request, responseOver(request, socket), current(), statusPage, { socket, head }),
  );
  server.timeout = limits.sendTimeout;
  // Refusing is done with an answer; this is for floods of connections that ask nothing.
  server.maxConnections = lifecycle.capacity.connections;
  server.on('drop', () => dropped(current()));
  server.on('connect', (request: IncomingMessage, over: Socket | ServerResponse) =>
    refuseTunnel(request, over, listener, current()),
  );
  server.on('clientError', (error: Error, socket: Socket) =>
    refuseConnection(error, socket, current()),
  );
  return server;
}

/**
 * Nothing has moved on its connection for `sendTimeout`. While an answer waits for somebody to take
 * it, that is a caller who never will, and holds the connection for nobody; else it is an upstream
 * that thinks, which has its own time.
 */
function closeStuck(this: ServerResponse): void {
  if (this.writableLength > 0) this.destroy();
}

/** Before there is a request to speak of, in whatever dialect. */
function answerDefect(error: unknown, response: ServerResponse, { log }: Running): void {
  const requestId = newRequestId();
  log.error({ err: error, request: requestId }, 'a defect of the gateway');
  const code = 'internal_error';
  const { status, meaning } = failureKinds[code];
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': requestId });
  response.end(wires['openai-chat'].writeFailure({ code, status, message: meaning, requestId }));
}

/** One line of each flood. */
const FLOOD_MS = 60_000;

function dropped({ lifecycle, clock, log }: Running): void {
  lifecycle.refusedConnections += 1;
  const now = clock.now();
  if (now - lifecycle.toldOfFloodAt < FLOOD_MS) return;
  lifecycle.toldOfFloodAt = now;
  const { connections } = lifecycle.capacity;
  log.warn({ connections }, 'there are as many connections as may be; more are closed');
}

function createPlainServer(options: ServerOptions, listener: RequestListener): Server {
  const server = createServer(options, listener);
  // Whoever reads the body tells the caller to go on, once there is a reason to (request/body.ts).
  return server.on('checkContinue', listener);
}

function receive(
  request: IncomingMessage,
  response: ServerResponse,
  running: Running,
  page: StatusPage,
  upgrade?: Upgrade,
): void {
  const url = targetOf(request);
  if (url === '*' && request.method === 'OPTIONS') {
    // Whether the server is there, and no more (RFC 9110, section 9.3.7).
    response.writeHead(204, { allow: ANY_METHOD.join(', ') }).end();
    running.metrics.unhandled('http', 204, 'completed');
    return;
  }
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  if (isHealthPath(path)) {
    answerHealth(request, response, path, running);
    return;
  }
  const otherwise = () => receiveCall(request, response, { path, url }, running, upgrade);
  if (isStatusPath(path)) answerStatusPage(request, response, path, { page, running, otherwise });
  else otherwise();
}
