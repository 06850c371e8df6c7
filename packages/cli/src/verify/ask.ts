import { request as plainRequest, type IncomingHttpHeaders } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connect as connectTls } from 'node:tls';

/** An answer as it came; nothing is followed, nothing is decoded. */
export interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly ms: number;
}

/** Longer than this no orchestrator waits. */
const TIMEOUT_MS = 5000;
/** More of a body nobody reads. */
const MAX_BYTES = 1024 * 1024;

/** Asks once, on a connection of its own. Undefined when no answer came in time. */
export function ask(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer | undefined> {
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest;
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const request = send(
      url,
      {
        method,
        agent: false,
        headers: { accept: '*/*', 'user-agent': 'vitalgate-verify', ...headers },
        timeout: TIMEOUT_MS,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length <= MAX_BYTES) chunks.push(chunk);
        });
        response.on('error', () => resolve(undefined));
        response.on('end', () =>
          resolve({
            code: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
            ms: performance.now() - startedAt,
          }),
        );
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
    request.end();
  });
}

/** The status code of a request written by hand, such as one of HTTP/1.0 without a Host. */
export function askRaw(url: URL, text: string): Promise<number | undefined> {
  const isTls = url.protocol === 'https:';
  const port = Number(url.port || (isTls ? 443 : 80));
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  return new Promise((resolve) => {
    const socket = isTls
      ? connectTls({ host, port, servername: host })
      : connectPlain({ host, port });
    let received = '';
    const done = (): void => {
      socket.destroy();
      const code = /^HTTP\/1\.[01] (\d{3})/.exec(received)?.[1];
      resolve(code === undefined ? undefined : Number(code));
    };
    socket.setTimeout(TIMEOUT_MS, done);
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (received.includes('\r\n')) done();
    });
    socket.on('error', done);
    socket.on('close', done);
    socket.write(text);
  });
}
