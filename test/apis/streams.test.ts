import { once } from 'node:events';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { sharedUpstream, type HttpUpstream } from './upstream.ts';

const asClient = { authorization: `Bearer ${KEY}` };
const MB = 1024 * 1024;
const PIECE = Buffer.alloc(MB, 'vitalgate ');
const BIG = 128;

/** Writes so many pieces of 1 MB, no faster than they are taken. */
async function pour(
  to: NodeJS.WritableStream,
  pieces: number,
  onPiece: (written: number) => void = () => {},
): Promise<void> {
  for (let i = 1; i <= pieces; i += 1) {
    if (!to.write(PIECE)) await once(to, 'drain');
    onPiece(i * MB);
  }
  to.end();
}

async function count(
  from: AsyncIterable<unknown>,
  onChunk: (bytes: number) => void = () => {},
): Promise<number> {
  let bytes = 0;
  for await (const chunk of from) {
    bytes += (chunk as Buffer).length;
    onChunk(bytes);
  }
  return bytes;
}

describe('bodies on their way', () => {
  let upstream: HttpUpstream;
  let gateway: TestGateway;
  let serve: (request: IncomingMessage, response: ServerResponse) => unknown;

  beforeAll(async () => {
    upstream = await sharedUpstream((request, response) => serve(request, response));
    gateway = await sharedGateway({
      config: `
server: { bodyTimeout: 3s }
health: { fall: 100 }
apis:
  - { name: files, path: /files, upstreams: ["${upstream.url}"], private: true, timeouts: { head: 10s } }
  - { name: small, path: /small, upstreams: ["${upstream.url}"], private: true, maxBody: 1KiB }
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  const ask = (
    path: string,
    options: { method?: string; headers?: Record<string, string> } = {},
  ) => {
    const { hostname, port } = new URL(gateway.url);
    const headers = { ...asClient, ...options.headers };
    return request({
      hostname,
      port,
      path,
      method: options.method ?? 'GET',
      headers,
      agent: false,
    });
  };
  const answered = async (asked: ReturnType<typeof ask>) =>
    ((await once(asked, 'response')) as [IncomingMessage])[0];

  /** What has been written and not been read is held by somebody between: sockets, or the gateway. */
  it('go up with a few pieces held, whatever their size', async () => {
    let received = 0;
    let most = 0;
    serve = async (request, response) => {
      await count(request, (bytes) => (received = bytes));
      response.end();
    };
    const asked = ask('/files/up', { method: 'PUT' });
    const poured = pour(asked, BIG, (bytes) => (most = Math.max(most, bytes - received)));
    const [found] = await Promise.all([answered(asked), poured]);
    expect(found.statusCode).toBe(200);
    found.resume();
    expect(received).toBe(BIG * MB);
    expect(most).toBeLessThan(32 * MB);
  });

  it('come down with a few pieces held', async () => {
    let received = 0;
    let most = 0;
    serve = (_request, response) =>
      pour(response, BIG, (bytes) => (most = Math.max(most, bytes - received)));
    const found = await answered(ask('/files/down').end());
    expect(await count(found, (bytes) => (received = bytes))).toBe(BIG * MB);
    expect(most).toBeLessThan(32 * MB);
  });

  /** Nothing more has been taken while ten others came and went by the same way. */
  const standsStill = async (taken: () => number) => {
    let last = -1;
    for (let others = 0; others < 10; others += 1) {
      const other = await answered(ask('/files/other').end());
      await count(other);
      if (taken() !== last) others = 0;
      last = taken();
    }
  };
  const isOther = ({ url }: IncomingMessage) => url === '/files/other';

  it('wait for a caller that does not read', async () => {
    let written = 0;
    serve = (asking, response) =>
      isOther(asking) ? response.end() : pour(response, BIG, (bytes) => (written = bytes));
    const found = await answered(ask('/files/slow').end());
    found.pause();
    await standsStill(() => written);
    expect(written).toBeLessThan((BIG / 2) * MB);
    expect(await count(found)).toBe(BIG * MB);
  });

  it('wait for an upstream that does not read', async () => {
    const mayRead = Promise.withResolvers<void>();
    let received = 0;
    serve = async (asking, response) => {
      if (isOther(asking)) return response.end();
      asking.pause();
      await mayRead.promise;
      received = await count(asking);
      return response.end('ok');
    };
    const asked = ask('/files/up', { method: 'POST' });
    let written = 0;
    const poured = pour(asked, BIG, (bytes) => (written = bytes));
    await standsStill(() => written);
    expect(written).toBeLessThan((BIG / 2) * MB);
    mayRead.resolve();
    const [found] = await Promise.all([answered(asked), poured]);
    expect(found.statusCode).toBe(200);
    expect(received).toBe(BIG * MB);
  });

  it('are refused when they are larger than allowed, told or not', async () => {
    serve = async (request, response) => {
      await count(request);
      response.end();
    };
    const told = ask('/small', { method: 'POST', headers: { 'content-length': '2000' } });
    told.write('x');
    expect((await answered(told)).statusCode).toBe(413);
    told.destroy();
    const untold = ask('/small', { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
    untold.write(Buffer.alloc(2000));
    expect((await answered(untold)).statusCode).toBe(413);
    untold.destroy();
  });

  it('of a caller that pauses too long end with 408, and harm no upstream', async () => {
    let broke: () => void = () => {};
    const broken = new Promise<void>((resolve) => (broke = resolve));
    serve = (request) => request.on('close', broke).resume();
    const asked = ask('/files/up', { method: 'PUT' });
    asked.write('begun');
    const found = await answered(asked);
    expect(found.statusCode).toBe(408);
    await broken;
    const health = await fetch(`${gateway.url}/health/apis/files`, { headers: asClient });
    expect(await health.json()).toMatchObject({ status: 'healthy' });
  });

  it('may be answered before they are whole', async () => {
    serve = (_request, response) => {
      response.writeHead(409);
      response.end('no more, please');
    };
    const asked = ask('/files/up', { method: 'PUT' });
    asked.on('error', () => undefined);
    for (let i = 0; i < 4; i += 1) asked.write(PIECE);
    const found = await answered(asked);
    expect(found.statusCode).toBe(409);
    expect(await count(found)).toBe('no more, please'.length);
    asked.destroy();
  });

  it('break off at the upstream when the caller does', async () => {
    let broke: () => void = () => {};
    const broken = new Promise<void>((resolve) => (broke = resolve));
    serve = (request) => request.on('close', broke).resume();
    const asked = ask('/files/up', { method: 'PUT' });
    asked.on('error', () => undefined);
    await new Promise<void>((resolve) => asked.write('begun', () => resolve()));
    asked.destroy();
    await expect(broken).resolves.toBeUndefined();
  });

  it('that are compressed pass as they are', async () => {
    const packed = gzipSync('hello '.repeat(1000));
    serve = (request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip, zstd;q=0.5');
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length });
      response.end(packed);
    };
    const asked = ask('/files/x', { headers: { 'accept-encoding': 'gzip, zstd;q=0.5' } }).end();
    const found = await answered(asked);
    expect(found.headers['content-encoding']).toBe('gzip');
    const chunks: Buffer[] = [];
    for await (const chunk of found) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(packed)).toBe(true);
  });

  it('of events come one by one, as they are sent', async () => {
    let next: () => void = () => {};
    serve = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.flushHeaders();
      let n = 0;
      next = () => (n < 3 ? response.write(`data: ${(n += 1)}\n\n`) : response.end());
    };
    const found = await answered(ask('/files/events').end());
    expect(found.headers['x-accel-buffering']).toBe('no');
    const seen: string[] = [];
    next();
    for await (const chunk of found) {
      seen.push(String(chunk));
      next();
    }
    expect(seen).toEqual(['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']);
  });
});
