import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Cancel } from '../clock.ts';
import type { Health } from '../health.ts';
import { createHandler, type ServeOptions } from './handler.ts';
import type { Asked } from './method.ts';
import { refusal, type Reply } from './reply.ts';

/** Answers a request when it is about health; otherwise calls `next`, or answers 404 without one. */
export type HealthListener = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: () => void,
) => void;

/**
 * A request listener for `createServer`, and middleware for whatever takes `(request, response,
 * next)`. Put it first: a prober has no session, no token and no body.
 */
export function healthListener(health: Health, options?: ServeOptions): HealthListener {
  const handle = createHandler(health, options);
  return (request, response, next) => {
    const reply = handle(askedBy(request));
    const send = (reply: Reply | undefined): void => {
      if (reply !== undefined) respond(response, reply);
      else if (next !== undefined) next();
      else respond(response, refusal(404, 'not_found'));
    };
    if (reply instanceof Promise) void reply.then(send);
    else send(reply);
  };
}

/**
 * Answers health requests of a server before anything else sees them: before body parsers,
 * sessions, guards and limiters of any framework on it. Undone by the function it answers.
 */
export function serveHealth(server: Server, health: Health, options?: ServeOptions): Cancel {
  const listener = healthListener(health, options);
  // Every listener of 'request' would answer each request: health has to come before the event.
  const emit = server.emit.bind(server) as (event: string | symbol, ...args: unknown[]) => boolean;
  server.emit = function guarded(
    this: Server,
    event: string | symbol,
    ...args: unknown[]
  ): boolean {
    if (event !== 'request') return emit(event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    listener(request, response, () => emit(event, ...args));
    return true;
  };
  return () => {
    server.emit = emit;
  };
}

/**
 * Answers 503 on routes that cannot work without a check that fails (its `affects`), and lets
 * everything else pass: trouble in one part need not take out the whole.
 */
export function gateListener(
  health: Health,
): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  return (request, response, next) => {
    const affected = health.affected(urlOf(request));
    if (affected === undefined) return next();
    const retryAfter = String(Math.ceil(affected.retryAfterMs / 1000));
    respond(response, refusal(503, affected.reason, { 'retry-after': retryAfter }));
  };
}

export function respond(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, headers);
  response.end(body);
}

export function askedBy(request: IncomingMessage): Asked {
  return {
    method: request.method ?? 'GET',
    url: urlOf(request),
    header: (name) => request.headers[name]?.toString(),
  };
}

/** Connect and Express cut the path something is mounted at off `url`. */
function urlOf(request: IncomingMessage): string {
  const isCut = 'originalUrl' in request && typeof request.originalUrl === 'string';
  return isCut ? String(request.originalUrl) : (request.url ?? '/');
}
