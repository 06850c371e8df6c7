import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import {
  constants,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { Server, Socket } from 'node:net';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { StartFailure, type Config } from '@vitalgate/contract';
import type { Cancel, Clock } from '@vitalgate/health';
import { watchFile } from '../config/watch.ts';
import type { Log } from '../observe/log.ts';

/** A listener whose connections can be ended, those that wait for a request before the others. */
export type CallerServer = Server & {
  /** Milliseconds of silence on a connection, after which its response says `timeout`. */
  timeout: number;
  closeIdleConnections(): void;
  closeAllConnections(): void;
};

type Tls = NonNullable<Config['listen']['tls']>;

/** Streams that one connection may have open at once; the others wait (RFC 9113, section 5.1.2). */
const MAX_STREAMS = 100;

/**
 * The listener for callers over TLS: HTTP/2 for whoever offers it (ALPN, RFC 7301), HTTP/1.1 for all
 * others, both to the same `listener`.
 *
 * @throws {StartFailure} `cannot_listen` when the certificate cannot be used
 */
export function createTlsServer(
  tls: Tls,
  http1: ServerOptions & { readonly maxHeaderSize: number },
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): CallerServer {
  const server = createSecureServer({
    ...http1,
    ...readCertificate(tls),
    allowHTTP1: true,
    minVersion: 'TLSv1.2',
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: http1.maxHeaderSize },
  });
  // Parts of HTTP/2's compatibility API (node:http2) have the shape of node:http's.
  const heard = (request: Http2ServerRequest | IncomingMessage, response: unknown): void => {
    if (request.httpVersionMajor === 2) {
      // RFC 9113, section 8.3.1: where both are there, Host says nothing.
      request.headers.host = (request as Http2ServerRequest).authority;
      asOfHttp1(response as Http2ServerResponse);
      (response as Http2ServerResponse).setTimeout(callers.timeout);
    }
    listener(request as IncomingMessage, response as ServerResponse);
  };
  server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) =>
    heard(request, response),
  );
  server.on('checkContinue', (request: Http2ServerRequest, response: Http2ServerResponse) =>
    heard(request, response),
  );

  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  server.on('secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    // Of a stream it is that one answer waits; the others go on.
    session.setTimeout(0);
    // What a stranger breaks is the stranger's; unheard it would end the process.
    session.on('error', () => session.destroy());
  });
  const callers = Object.assign(server as unknown as Server & { timeout: number }, {
    closeIdleConnections() {
      // RFC 9113, section 6.8: streams that are open go on to their end.
      for (const session of sessions) session.close();
    },
    closeAllConnections() {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
  });
  return callers;
}

/**
 * Adds what responses of node:http say of their end. Those of HTTP/2 are finished when their caller leaves, are
 * never destroyed, and end a stream that is cut as one that is whole.
 */
function asOfHttp1(response: Http2ServerResponse): void {
  const { stream } = response;
  Object.defineProperties(response, {
    writableFinished: { get: () => response.writableEnded && stream.writableFinished },
    destroyed: { get: () => stream.closed || stream.destroyed },
    destroy: {
      value: () => {
        // RFC 9113, section 8.1: an answer without its end has to look like one.
        stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        return response;
      },
    },
  });
}

function readCertificate({ cert, key }: Tls): TlsOptions {
  try {
    const options = { cert: readFileSync(cert), key: readFileSync(key) };
    createSecureContext(options);
    return options;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartFailure('cannot_listen', `listen.tls cannot be used: ${why}`, cause);
  }
}

/** Takes up a certificate as it is renewed; one that cannot be used changes nothing. */
export function followCertificate(tls: Tls, server: Server, clock: Clock, log: Log): Cancel {
  const renew = () => {
    try {
      const secured = server as Server & { setSecureContext(options: TlsOptions): void };
      secured.setSecureContext(readCertificate(tls));
      log.info('certificate renewed');
    } catch (error) {
      log.error({ err: error }, 'certificate not renewed; the old one stays');
    }
  };
  const stops = [tls.cert, tls.key].map((file) => watchFile(file, clock, renew));
  return () => {
    for (const stop of stops) stop();
  };
}
