import { http } from '@vitalgate/health/check/http';
import { tcp } from '@vitalgate/health/check/tcp';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { listen, serve } from './servers.ts';

/** A port that was just free, so that nothing listens there. */
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

describe('http', () => {
  test('passes on 2xx and times the answer', async () => {
    const url = await serve((_, response) => response.writeHead(204).end());
    const outcome = await http({ url })();
    expect(outcome).toEqual({ status: 'pass', code: 204, latencyMs: expect.any(Number) });
    expect(outcome.latencyMs).toBeGreaterThan(0);
  });

  test.each([301, 404, 500, 503])('fails on %i, without following a redirect', async (code) => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      response.writeHead(code, { location: '/login', 'retry-after': '7' }).end();
    });
    expect(await http({ url })()).toMatchObject({
      status: 'fail',
      fault: 'provider',
      reason: `http_${code}`,
      retryAfterMs: 7_000,
    });
    expect(requests).toBe(1);
  });

  test('asks what it is told to ask', async () => {
    let seen: unknown;
    const url = await serve((request, response) => {
      seen = [request.method, request.headers['x-probe'], request.headers['user-agent']];
      request.resume().on('end', () => response.end());
    });
    await http({ url, method: 'POST', body: '{}', headers: { 'x-probe': '1' } })();
    expect(seen).toEqual(['POST', '1', 'vitalgate-health']);
  });

  test('judges by the caller’s expectation', async () => {
    const url = await serve((_, response) => response.end('{"status":"DOWN"}'));
    const expectUp = http({
      url,
      expect: ({ body }) => (body.includes('UP') ? undefined : 'not_up'),
    });
    expect(await expectUp()).toMatchObject({ status: 'fail', reason: 'not_up', code: 200 });
  });

  test('does not blame the server when the expectation itself breaks', async () => {
    const url = await serve((_, response) => response.end('not json'));
    const look = http({ url, expect: ({ body }) => JSON.parse(body) as string });
    expect(await look()).toMatchObject({ reason: 'expectation_threw', fault: 'gateway' });
  });

  test('reads no more of an endless body than it was allowed', async () => {
    const url = await serve((_, response) => {
      const write = (): void => {
        while (response.write('x'.repeat(16_384)));
        response.once('drain', write);
      };
      write();
    });
    let bytes = 0;
    const look = http({
      url,
      maxBytes: 1_000,
      expect: ({ body }) => {
        bytes = body.length;
        return undefined;
      },
    });
    expect(await look()).toMatchObject({ status: 'pass' });
    expect(bytes).toBe(1_000);
  });

  test('gives up after its time, and the connection goes with it', async () => {
    let closed: Promise<void> | undefined;
    const url = await serve((request) => {
      closed = new Promise((done) => request.socket.once('close', () => done()));
    });
    expect(await http({ url, timeoutMs: 50 })()).toMatchObject({
      status: 'fail',
      reason: 'timeout',
      fault: 'network',
    });
    await closed;
  });

  test('gives up in the middle of a body', async () => {
    const url = await serve((_, response) => response.write('half'));
    expect(await http({ url, timeoutMs: 50 })()).toMatchObject({ reason: 'timeout' });
  });

  test('stops when the caller leaves, before or during the look', async () => {
    const caller = new AbortController();
    const url = await serve(() => caller.abort());
    expect(await http({ url })(caller.signal)).toMatchObject({
      reason: 'aborted',
      fault: 'gateway',
    });
    expect(await http({ url })(caller.signal)).toMatchObject({
      reason: 'aborted',
      fault: 'gateway',
    });
  });

  test('tells a refused, a cut and a garbled connection apart', async () => {
    const refused = `http://127.0.0.1:${await closedPort()}/`;
    expect(await http({ url: refused })()).toMatchObject({
      reason: 'connect_refused',
      fault: 'network',
    });
    const cut = await listen(
      createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
    );
    expect(await http({ url: `http://127.0.0.1:${cut}/` })()).toMatchObject({
      reason: 'connection_reset',
    });
    const garbled = await listen(
      createTcpServer((socket) => socket.once('data', () => socket.end('moo\r\n\r\n'))),
    );
    expect(await http({ url: `http://127.0.0.1:${garbled}/` })()).toMatchObject({
      reason: 'malformed_answer',
    });
    const truncated = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('short', () => response.destroy());
    });
    expect(await http({ url: truncated })()).toMatchObject({
      status: 'fail',
      reason: 'connection_reset',
    });
  });

  test('uses the resolver it is given', async () => {
    const url = await serve((_, response) => response.end());
    const look = http({
      url: url.replace('127.0.0.1', 'somewhere.test'),
      lookup: (_host, _options, found) =>
        found(Object.assign(new Error(), { code: 'ENOTFOUND' }), '', 4),
    });
    expect(await look()).toMatchObject({ reason: 'dns_not_found' });
  });
});

describe('tcp', () => {
  test('passes when a connection opens, and closes it', async () => {
    let closed: Promise<void> | undefined;
    const port = await listen(
      createTcpServer((socket) => {
        closed = new Promise((done) => socket.once('close', () => done()));
        socket.resume();
      }),
    );
    expect(await tcp({ host: '127.0.0.1', port })()).toMatchObject({ status: 'pass' });
    await closed;
  });

  test('fails on a closed port', async () => {
    expect(await tcp({ host: '127.0.0.1', port: await closedPort() })()).toMatchObject({
      status: 'fail',
      reason: 'connect_refused',
      fault: 'network',
    });
  });

  test('gives up on a resolver that does not answer', async () => {
    const look = tcp({ host: 'somewhere.test', port: 1, timeoutMs: 50, lookup: () => {} });
    expect(await look()).toMatchObject({ reason: 'timeout' });
  });

  test('does not begin for a caller who has left', async () => {
    const look = tcp({ host: '127.0.0.1', port: await closedPort() });
    expect(await look(AbortSignal.abort())).toMatchObject({ reason: 'aborted', fault: 'gateway' });
  });
});
