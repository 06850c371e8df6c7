/**
 * The gRPC health protocol, version 1, over cleartext HTTP/2
 * (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). Its messages have one field
 * each, so they are read and written by hand.
 */
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';

/** In the protocol's own numbers. */
export const servingStatus = {
  UNKNOWN: 0,
  SERVING: 1,
  NOT_SERVING: 2,
  SERVICE_UNKNOWN: 3,
} as const;

export type ServingStatus = keyof typeof servingStatus;

/** What there is to tell, by service; the whole server is the service `''`. */
export interface GrpcSource {
  /** Undefined for a service that is not known. */
  status(service: string): ServingStatus | undefined;
  services(): readonly string[];
  /** Calls back after every change; undone by the function it answers. */
  onChange(changed: () => void): () => void;
}

/** Both reference servers list so many services at most. */
const MAX_LISTED = 100;
/** A request holds the name of a service; no name is this long. */
const MAX_REQUEST = 4096;

const code = {
  ok: 0,
  invalidArgument: 3,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
} as const;

/** A server with `Check`, `Watch` and `List`; listen on it, close it. */
export function grpcHealthServer(source: GrpcSource): Http2Server {
  const server = createServer();
  server.on('session', (session) => {
    // A client that vanishes is no error of ours.
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    answer(stream, String(headers[':path']), source);
  });
  return server;
}

function answer(stream: ServerHttp2Stream, path: string, source: GrpcSource): void {
  const method = methods[path];
  if (method === undefined) {
    end(stream, code.unimplemented, `there is no ${path.slice(0, 100)}`);
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= MAX_REQUEST) chunks.push(chunk);
  });
  stream.on('end', () => {
    const service = length > MAX_REQUEST ? undefined : serviceOf(Buffer.concat(chunks));
    if (service === undefined) end(stream, code.invalidArgument, 'the request cannot be read');
    else method(stream, service, source);
  });
}

type Method = (stream: ServerHttp2Stream, service: string, source: GrpcSource) => void;

const methods: Readonly<Record<string, Method | undefined>> = Object.assign(
  Object.create(null) as Record<string, Method>,
  {
    '/grpc.health.v1.Health/Check': check,
    '/grpc.health.v1.Health/Watch': watch,
    '/grpc.health.v1.Health/List': list,
  },
);

function check(stream: ServerHttp2Stream, service: string, source: GrpcSource): void {
  const status = source.status(service);
  if (status === undefined) end(stream, code.notFound, 'unknown service');
  else end(stream, code.ok, '', response(status));
}

/** Tells the status at once and then each change, and nothing when nothing has changed. */
function watch(stream: ServerHttp2Stream, service: string, source: GrpcSource): void {
  let told: ServingStatus | undefined;
  const tell = (): void => {
    const status = source.status(service) ?? 'SERVICE_UNKNOWN';
    // A slow reader gets what holds when it reads again, not all that was.
    if (status === told || stream.writableNeedDrain) return;
    told = status;
    stream.write(frame(response(status)));
  };
  stream.respond(head, { waitForTrailers: false });
  const stop = source.onChange(tell);
  stream.on('drain', tell);
  stream.on('close', stop);
  tell();
}

function list(stream: ServerHttp2Stream, _service: string, source: GrpcSource): void {
  const services = source.services();
  if (services.length > MAX_LISTED) {
    end(stream, code.resourceExhausted, `${services.length} services are too many to list`);
    return;
  }
  const entries = services.map((service) => {
    const name = Buffer.from(service);
    const value = response(source.status(service) ?? 'UNKNOWN');
    // A map is a repeated message of key (1) and value (2).
    return field(1, Buffer.concat([field(1, name), field(2, value)]));
  });
  end(stream, code.ok, '', Buffer.concat(entries));
}

const head = { ':status': 200, 'content-type': 'application/grpc' };

function end(stream: ServerHttp2Stream, status: number, message: string, body?: Buffer): void {
  if (stream.destroyed) return;
  const trailers = { 'grpc-status': String(status), 'grpc-message': encodeURI(message) };
  if (body === undefined) {
    stream.respond({ ...head, ...trailers }, { endStream: true });
    return;
  }
  stream.respond(head, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(frame(body));
}

/** Five bytes before each message: not compressed, and its length. */
function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** `HealthCheckResponse`: an enum in field 1, absent when 0. */
function response(status: ServingStatus): Buffer {
  const number = servingStatus[status];
  return number === 0 ? Buffer.alloc(0) : Buffer.from([0x08, number]);
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}

/** `HealthCheckRequest`: a string in field 1; undefined when it is something else. */
function serviceOf(bytes: Buffer): string | undefined {
  if (bytes.length < 5 || bytes[0] !== 0) return undefined;
  const message = bytes.subarray(5, 5 + bytes.readUInt32BE(1));
  if (message.length !== bytes.length - 5) return undefined;
  if (message.length === 0) return '';
  if (message[0] !== 0x0a) return undefined;
  let length = 0;
  let at = 1;
  for (let shift = 0; ; shift += 7) {
    const byte = message[at];
    if (byte === undefined || shift > 14) return undefined;
    length |= (byte & 0x7f) << shift;
    at += 1;
    if (byte < 0x80) break;
  }
  return at + length === message.length ? message.toString('utf8', at) : undefined;
}
