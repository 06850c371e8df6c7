/** A key that is revoked, or expires, while something goes on that it has begun. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@vitalgate/contract/api/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
  KEY,
  ledgerOf,
  temporaryFolder,
  testGateway,
  writeConfig,
  type TestGateway,
} from '../harness/gateway.ts';
import { WallAhead } from '../harness/shifted-clock.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const DAY = 24 * 3600 * 1000;

/** Streams without an end at `/events`, `/half-an-event` and `/file`, and WebSockets that are told half a frame at `/half`. */
async function endless(): Promise<{ url: string; left: () => number; sockets: WebSocketServer }> {
  const sockets = new WebSocketServer({ noServer: true });
  let left = 0;
  const server = createServer((request, response) => {
    response.once('close', () => (left += 1));
    const isEvents = request.url?.endsWith('file') !== true;
    response.writeHead(200, { 'content-type': isEvents ? 'text/event-stream' : 'image/png' });
    const isHalf = request.url?.endsWith('half-an-event') === true;
    response.write(isEvents ? `data: one${isHalf ? '' : '\n\n'}` : 'a'.repeat(100));
  });
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (request.url?.endsWith('half') !== true) {
        client.on('message', (data: Buffer) => client.send(data.toString()));
      } else {
        // A text of ten bytes, of which four come now and the rest when the key is gone.
        socket.write(Buffer.from([0x81, 10, ...Buffer.from('half')]));
        client.on('message', () => socket.write(Buffer.from(' more.\u0081\u0003not', 'latin1')));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, left: () => left, sockets };
}

const configOf = (url: string, keys: string) => `
apis:
  - { name: live, path: /live, private: true, upstreams: ["${url}"] }
  - { name: other, path: /other, private: true, upstreams: ["${url}"] }
keys:
  - { name: stays, secret: a-key-that-stays }
${keys}
`;

const client = (more = '') => `  - { name: client, secret: ${KEY}${more} }`;

async function listen(gateway: TestGateway, path: string, key = KEY) {
  const socket = new WebSocket(gateway.url.replace('http', 'ws') + path, {
    headers: { authorization: `Bearer ${key}` },
  });
  onTestFinished(() => socket.terminate());
  const said: string[] = [];
  socket.on('message', (data: Buffer) => said.push(data.toString()));
  const closed = once(socket, 'close').then(([code, why]) => `${code} ${String(why)}`);
  await once(socket, 'open');
  return { socket, said, closed };
}

/** Reads until it breaks off. */
async function read(gateway: TestGateway, path: string) {
  const answer = await fetch(gateway.url + path, { headers: { authorization: `Bearer ${KEY}` } });
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const first = Buffer.from((await reader.read()).value ?? []).toString();
  return {
    first,
    broken: restOf(reader),
  };
}

async function restOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let said = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return `${said}ended`;
      said += Buffer.from(value).toString();
    }
  } catch {
    return `${said}broke off`;
  }
}

/** What a stream of events says last. */
const lastEvent = (code: string) =>
  expect.stringMatching(
    new RegExp(`^event: error\ndata: \\{.*"code":"${code}".*\\}\n\nbroke off$`),
  ) as string;

/** Everything that may go on with a key for long, and beside it something with another. */
async function begun(keys = client()) {
  const clock = new WallAhead();
  const upstream = await endless();
  const folder = temporaryFolder();
  const gateway = await testGateway({ config: configOf(upstream.url, keys), folder, clock });
  const changed = async (next: string) => {
    writeConfig(folder, configOf(upstream.url, next));
    await gateway.reload();
  };
  const [socket, events, half, file, other] = await Promise.all([
    listen(gateway, '/live/ws'),
    read(gateway, '/live/events'),
    read(gateway, '/live/half-an-event'),
    read(gateway, '/live/file'),
    listen(gateway, '/live/ws', 'a-key-that-stays'),
  ]);
  return { clock, upstream, gateway, changed, socket, events, half, file, other };
}

describe('a key that holds no longer', () => {
  it.each([
    ['revoked', '', 'invalid_key', '1008 the key was revoked'],
    [
      'replaced',
      '  - { name: client, secret: another-key-of-the-client }',
      'invalid_key',
      '1008 the key was revoked',
    ],
    [
      'kept from the API',
      client(', apis: [other]'),
      'api_denied',
      '1008 this key may not use this API any more',
    ],
    [
      'kept from the network',
      client(', ips: [192.0.2.0/24]'),
      'network_denied',
      '1008 this key may not be used from 127.0.0.1 any more',
    ],
  ])('%s: what goes on with it ends', async (_how, next, code, told) => {
    const { gateway, changed, socket, events, half, file, other, upstream } = await begun();
    await changed(next);
    expect(await socket.closed).toBe(told);
    expect([events.first, await events.broken]).toEqual(['data: one\n\n', lastEvent(code)]);
    // Its caller would take what there is of it for all.
    expect([half.first, await half.broken]).toEqual(['data: one', 'broke off']);
    expect([file.first, await file.broken]).toEqual(['a'.repeat(100), 'broke off']);
    // Its upstream is let go of, and nobody else.
    await expect.poll(upstream.left).toBe(3);
    other.socket.send('still here');
    await expect.poll(() => other.said).toEqual(['still here']);
    other.socket.close();
    await other.closed;
    await gateway.stop();
    const ended = ledgerOf(gateway.databasePath).filter(({ key_id }) => key_id === 'file:client');
    expect(ended.map(({ outcome }) => outcome)).toEqual([
      'refused',
      'refused',
      'refused',
      'refused',
    ]);
  });

  it('expires: what goes on with it ends', async () => {
    const expires = new Date(Date.now() + DAY).toISOString();
    const ending = await begun(client(`, expires: "${expires}"`));
    ending.clock.ahead = 2 * DAY;
    expect(await ending.socket.closed).toBe('1008 the key has expired');
    expect(await ending.events.broken).toEqual(lastEvent('invalid_key'));
    expect(await ending.file.broken).toBe('broke off');
  });

  it('is rotated: what goes on with either secret goes on, and ends with it', async () => {
    const clock = new WallAhead();
    const upstream = await endless();
    const gateway = await testGateway({
      config: configOf(upstream.url, client()),
      environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
      clock,
    });
    const owner = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
    const { key, secret } = await owner.call('POST /api/keys', { body: { name: 'made' } });
    const before = await listen(gateway, '/live/ws', secret);
    const rotated = await owner.call('POST /api/keys/{id}/rotate', {
      params: { id: key.id },
      body: { graceMs: DAY },
    });
    const after = await listen(gateway, '/live/ws', rotated.secret);
    // The end of a third one shows that all have been looked at.
    const third = await owner.call('POST /api/keys', { body: { name: 'third' } });
    const watched = await listen(gateway, '/live/ws', third.secret);
    await owner.call('POST /api/keys/{id}/revoke', { params: { id: third.key.id } });
    expect(await watched.closed).toBe('1008 the key was revoked');
    for (const { socket } of [before, after]) socket.send('still here');
    await expect.poll(() => [...before.said, ...after.said]).toHaveLength(2);

    clock.ahead = 2 * DAY;
    expect(await before.closed).toBe('1008 the key has expired');
    after.socket.send('and here');
    await expect.poll(() => after.said).toEqual(['still here', 'and here']);
  });

  it('lets a frame that has begun come to its end, and nothing after it', async () => {
    const { gateway, changed, socket, upstream } = await begun();
    const half = await listen(gateway, '/live/half');
    await changed('');
    // The other one shows that it is time.
    await socket.closed;
    for (const one of upstream.sockets.clients) one.emit('message', Buffer.from(''));
    expect(await half.closed).toBe('1008 the key was revoked');
    expect(half.said).toEqual(['half more.']);
  });
});

it('a gateway that stops: what goes on is told why it ends', async () => {
  const { gateway, socket, events, half, file } = await begun(
    `${client()}\nserver: { drainTimeout: 200ms }`,
  );
  // What has begun with a configuration before goes on, too.
  await gateway.reload();
  await gateway.stop();
  expect(await socket.closed).toBe('1001 this instance is shutting down');
  expect(await events.broken).toEqual(lastEvent('draining'));
  expect([await half.broken, await file.broken]).toEqual(['broke off', 'broke off']);
  const rows = ledgerOf(gateway.databasePath);
  expect(rows.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'failed'));
});
