import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** What an upstream was sent, as it stood on the wire. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** What it gives is waited for. */
type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** An HTTP server of a test's own, on a free port. */
export interface HttpUpstream {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** Requests so far that were read to their end by `echo` or `answer`. */
  readonly sent: Sent[];
  /** Dies: connections are reset and new ones refused. */
  close(): Promise<void>;
  /** Listens again, on the same port. */
  listen(): Promise<void>;
}

/** Starts a server that is closed when the test is over. */
export async function httpUpstream(
  listener: Listener | ((sent: Sent[]) => Listener),
): Promise<HttpUpstream> {
  const upstream = await sharedUpstream(listener);
  onTestFinished(() => upstream.close());
  return upstream;
}

/** For all tests of a file: `close` is to be called after the last. */
export async function sharedUpstream(
  listener: Listener | ((sent: Sent[]) => Listener),
): Promise<HttpUpstream> {
  const sent: Sent[] = [];
  const serve =
    listener.length === 1 ? (listener as (sent: Sent[]) => Listener)(sent) : (listener as Listener);
  const answerOne = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await serve(request, response);
    } catch (error) {
      // A connection that went away is what many tests are about; anything else is a mistake in one.
      if (!request.socket.destroyed) throw error;
    }
  };
  const server = createServer((request, response) => void answerOne(request, response));
  let port = 0;
  const listen = async (): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  await listen();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    sent,
    listen,
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Keeps what it is sent, and answers with it as JSON. */
export const echo =
  (sent: Sent[]): Listener =>
  async (request, response) => {
    const one = await read(request);
    sent.push(one);
    response.writeHead(200, { 'content-type': 'application/json', 'x-made-by': 'upstream' });
    response.end(JSON.stringify({ method: one.method, url: one.url, body: one.body }));
  };

/** Keeps what it is sent, and answers with one status. */
export const answer =
  (status: number, body = `answered ${status}`) =>
  (sent: Sent[]): Listener =>
  async (request, response) => {
    sent.push(await read(request));
    response.writeHead(status, { 'content-type': 'text/plain' });
    response.end(body);
  };

async function read(request: IncomingMessage): Promise<Sent> {
  const { method = '', url = '', headers, rawHeaders } = request;
  return { method, url, headers, rawHeaders, body: await text(request) };
}
