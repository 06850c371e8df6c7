import { connect, type ClientHttp2Session } from 'node:http2';
import { unanswered, type Found } from './asking.ts';
import { setDeadline, type Patience } from './deadline.ts';
import type { Look } from './outcome.ts';

export interface GrpcCheck extends Patience {
  /** Such as `http://host:port`, or `https:` for TLS. */
  readonly url: string;
  /** The service asked after; the whole server when not given. */
  readonly service?: string;
  /** More certificate authorities, as PEM. */
  readonly ca?: string | Buffer;
}

/**
 * Well when a server of the gRPC health protocol says SERVING
 * (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). Speaks HTTP/2 itself: the
 * two messages have one field each.
 */
export function grpc(check: GrpcCheck): Look {
  return async (caller) => {
    const deadline = setDeadline(check, caller);
    const found = await ask(check, deadline.signal).catch((error: unknown) =>
      unanswered(deadline.verdictOn(error)),
    );
    deadline.end();
    return { ...found, latencyMs: deadline.elapsedMs() };
  };
}

async function ask({ url, service = '', ca }: GrpcCheck, signal: AbortSignal): Promise<Found> {
  signal.throwIfAborted();
  const session = connect(url, ca === undefined ? {} : { ca });
  const leave = (): void => session.destroy(signal.reason as Error);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return judge(await call(session, request(service)));
  } finally {
    signal.removeEventListener('abort', leave);
    session.close();
  }
}

interface Answer {
  /** `grpc-status` of the trailers. */
  readonly code: string | undefined;
  readonly body: Buffer;
}

function call(session: ClientHttp2Session, message: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let code: string | undefined;
    const chunks: Buffer[] = [];
    // A server that has nothing to answer but an error sends it with the headers alone.
    stream.on('response', (headers) => (code = codeIn(headers)));
    stream.on('trailers', (trailers) => (code = codeIn(trailers)));
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      // The answer is seven bytes; whoever sends thousands speaks something else.
      if (chunks.reduce((sum, { length }) => sum + length, 0) > 4_096) stream.close();
    });
    // A stream whose connection broke says only that it was cancelled, and keeps the reason within.
    stream.on('error', (error) => reject(error.cause instanceof Error ? error.cause : error));
    stream.on('close', () => resolve({ code, body: Buffer.concat(chunks) }));
    stream.end(message);
  });
}

function codeIn(headers: Readonly<Record<string, unknown>>): string | undefined {
  const code = headers['grpc-status'];
  return typeof code === 'string' ? code : undefined;
}

/** A HealthCheckRequest with its one field, in the five-byte frame of gRPC. */
function request(service: string): Buffer {
  const name = Buffer.from(service);
  const field = name.length === 0 ? [] : [0x0a, ...varint(name.length), ...name];
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(field.length, 1);
  return Buffer.concat([frame, Buffer.from(field)]);
}

function varint(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...varint(value >>> 7)];
}

const SERVING = 1;
/** grpc/status.h. */
const codes: Readonly<Record<string, string>> = {
  '4': 'timeout',
  '5': 'service_unknown',
  '12': 'not_implemented',
  '14': 'unavailable',
  '16': 'credentials_refused',
};

function judge({ code, body }: Answer): Found {
  if (code === undefined) return { status: 'fail', reason: 'malformed_answer', fault: 'provider' };
  if (code !== '0')
    return { status: 'fail', reason: codes[code] ?? `grpc_${code}`, fault: 'provider' };
  // The first field is left out when it is 0, which means UNKNOWN.
  const status = body[5] === 0x08 ? body[6] : 0;
  if (status === SERVING) return { status: 'pass' };
  return { status: 'fail', reason: status === 2 ? 'not_serving' : 'unknown', fault: 'provider' };
}
