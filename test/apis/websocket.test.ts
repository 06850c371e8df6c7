import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';

const asClient = { authorization: `Bearer ${KEY}` };

/** An echo of WebSockets at `/ws`, which refuses everything else. */
async function echoServer() {
  const heads: Record<string, unknown>[] = [];
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has('echo.v1') ? 'echo.v1' : false),
  });
  const server = createServer((_request, response) =>
    response.writeHead(426).end('websockets only'),
  );
  server.on('upgrade', (request, socket, head) => {
    heads.push(request.headers);
    if (!request.url?.startsWith('/ws')) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\nx-why: rule\r\n\r\nrule');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('message', (data: Buffer, isBinary) => {
        if (data.toString() === 'close me') client.close(4001, 'as you wish');
        else client.send(data, { binary: isBinary });
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    heads,
    sockets,
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const client of sockets.clients) client.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}

describe('a WebSocket', () => {
  let upstream: Awaited<ReturnType<typeof echoServer>>;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await echoServer();
    gateway = await sharedGateway({
      config: `
apis:
  - { name: live, path: /live, rewrite: /, private: true, upstreams: ["http://127.0.0.1:${upstream.port}"] }
  - { name: brief, path: /brief, rewrite: /, private: true, timeouts: { tunnel: 200ms }, upstreams: ["http://127.0.0.1:${upstream.port}"] }
keys:
  - { name: client, secret: ${KEY} }
  - { name: single, secret: one-at-a-time, limits: [{ concurrency: 1 }] }
`,
    });
  });
  afterAll(async () => {
    upstream.close();
    await gateway.stop();
  });

  const open = async (
    path: string,
    headers: Record<string, string> = asClient,
    protocols?: string,
  ) => {
    const client = new WebSocket(gateway.url.replace('http', 'ws') + path, protocols ?? [], {
      headers,
    });
    await once(client, 'open');
    return client;
  };
  const said = async (client: WebSocket) => ((await once(client, 'message')) as [Buffer])[0];

  it('passes text, bytes and its subprotocol both ways, and not the key', async () => {
    const client = await open('/live/ws?room=1', asClient, 'echo.v1');
    expect(client.protocol).toBe('echo.v1');
    client.send('grüß dich 👋');
    expect(String(await said(client))).toBe('grüß dich 👋');
    const bytes = Buffer.alloc(3 * 1024 * 1024, 7);
    client.send(bytes);
    expect((await said(client)).equals(bytes)).toBe(true);
    expect(upstream.heads.at(-1)).toMatchObject({
      'x-forwarded-proto': 'http',
      upgrade: 'websocket',
    });
    expect(upstream.heads.at(-1)?.['authorization']).toBeUndefined();
    client.close();
    await once(client, 'close');
  });

  it('passes the closing handshake on, whoever begins it', async () => {
    const client = await open('/live/ws');
    client.send('close me');
    const [code, reason] = (await once(client, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([4001, 'as you wish']);

    const other = await open('/live/ws');
    const [there] = [...upstream.sockets.clients].slice(-1);
    const closed = once(there as WebSocket, 'close') as Promise<[number, Buffer]>;
    other.close(4002, 'enough');
    expect((await closed)[0]).toBe(4002);
  });

  it('is closed at the upstream when its caller is gone, and at the caller when the upstream is', async () => {
    const client = await open('/live/ws');
    const [there] = [...upstream.sockets.clients].slice(-1);
    const closed = once(there as WebSocket, 'close');
    client.terminate();
    await closed;

    const other = await open('/live/ws');
    for (const one of upstream.sockets.clients) one.terminate();
    const [code] = (await once(other, 'close')) as [number];
    expect(code).toBe(1006);
  });

  it('ends after a silence', async () => {
    const client = await open('/brief/ws');
    const [code] = (await once(client, 'close')) as [number];
    expect(code).toBe(1006);
  });

  it.each([
    ['no key', '/live/ws', {}, 401],
    ['a wrong key', '/live/ws', { 'x-api-key': 'wrong' }, 401],
    ['the upstream’s own refusal', '/live/elsewhere', asClient, 403],
    ['nothing at the path', '/nowhere', asClient, 404],
  ])('is not opened: %s', async (_why, path, headers, status) => {
    const client = new WebSocket(gateway.url.replace('http', 'ws') + path, { headers });
    const [, response] = (await once(client, 'unexpected-response')) as [
      unknown,
      { statusCode: number; headers: Record<string, string> },
    ];
    expect(response.statusCode).toBe(status);
    expect(response.headers['x-why']).toBe(status === 403 ? 'rule' : undefined);
    expect(response.headers['x-request-id']).toMatch(/^req_/);
  });

  it('holds its place among the requests that run at once', async () => {
    const single = { 'x-api-key': 'one-at-a-time' };
    const client = await open('/live/ws', single);
    const refused = await fetch(`${gateway.url}/live/x`, { headers: single });
    expect(refused.status).toBe(429);
    client.close();
    await once(client, 'close');
    const status = async () => (await fetch(`${gateway.url}/live/x`, { headers: single })).status;
    await expect.poll(status).toBe(426);
  });

  it('is the only upgrade there is: others are answered as requests', async () => {
    const { hostname, port } = new URL(gateway.url);
    const asked = request({
      hostname,
      port,
      path: '/live/x',
      headers: { ...asClient, connection: 'upgrade', upgrade: 'h2c' },
    }).end();
    const [found] = (await once(asked, 'response')) as [IncomingMessage];
    expect(found.statusCode).toBe(426);
    expect(await text(found)).toBe('websockets only');
  });

  it('is counted and written down when it is over', async () => {
    const metrics = async () => (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    await expect.poll(metrics).toMatch(/model="live",status="101",outcome="completed"\} [1-9]/);
    await expect.poll(metrics).toMatch(/model="brief",status="101",outcome="failed"\} 1/);
    await expect
      .poll(metrics)
      .toMatch(/api_body_bytes_total\{api="live",direction="answer"\} 31\d{5}/);
  });
});
