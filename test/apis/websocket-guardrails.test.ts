import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { KEY, ledgerOf, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerJson, Upstream } from '../harness/upstream.ts';

/** Guardrails on messages of WebSockets, both ways. */

const CARD = '4111 1111 1111 1111';
const MAIL = 'bob.smith@example.com';
const asClient = { authorization: `Bearer ${KEY}` };

/** What has come of the far side of one connection. */
interface There {
  readonly socket: WebSocket;
  readonly got: string[];
  readonly extensions: string;
  readonly closed: Promise<[number, string]>;
}

let sockets: WebSocketServer;
let judge: Upstream;
let gateway: TestGateway;
let theres: There[] = [];
const open: WebSocket[] = [];
const server = createServer();

beforeAll(async () => {
  sockets = new WebSocketServer({ server, perMessageDeflate: true });
  sockets.on('connection', (socket, { headers }) => {
    const got: string[] = [];
    socket.on('message', (data: Buffer) => got.push(data.toString()));
    const closed = once(socket, 'close').then(([code, reason]: unknown[]): [number, string] => [
      code as number,
      String(reason),
    ]);
    const extensions = headers['sec-websocket-extensions'] ?? '';
    theres.push({ socket, got, extensions, closed });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  judge = await Upstream.shared('judge', (received, response) =>
    answerJson(response, 200, { allow: !String(received.body).includes('forbidden') }),
  );
  const at = `upstreams: ["http://127.0.0.1:${(server.address() as AddressInfo).port}"], private: true`;
  gateway = await sharedGateway({
    config: `server: { maxBody: 64KiB }
guardrails:
  - { name: no-secrets, detect: secrets, action: block, appliesTo: named }
  - { name: cards, detect: card, action: redact, appliesTo: named }
  - { name: people, on: request, detect: email, action: redact, restore: true, appliesTo: named }
  - { name: asked, detect: { webhook: { url: "${judge.url}/judge", private: true } }, action: block, appliesTo: named }
apis:
  - { name: secret, path: /secret, ${at}, guardrails: [no-secrets] }
  - { name: cards, path: /cards, ${at}, guardrails: [cards] }
  - { name: people, path: /people, ${at}, guardrails: [people] }
  - { name: asked, path: /asked, ${at}, guardrails: [asked] }
  - { name: open, path: /open, ${at} }
keys: [{ name: client, secret: ${KEY} }]
`,
  });
});
beforeEach(() => {
  theres = [];
});
afterEach(() => {
  for (const client of open.splice(0)) client.terminate();
});
afterAll(async () => {
  await gateway.stop();
  await judge.close();
  for (const socket of sockets.clients) socket.terminate();
  server.close();
});

const SECRET = `ghp_${'a1B2c3D4e5F6g7H8i9J0'.repeat(2).slice(0, 36)}`;

async function dial(path: string, protocols: string[] = []) {
  const url = gateway.url.replace('http', 'ws') + path;
  const client = new WebSocket(url, protocols, { headers: asClient });
  open.push(client);
  const got: string[] = [];
  client.on('message', (data: Buffer) => got.push(data.toString()));
  const closed = once(client, 'close').then(([code, reason]: unknown[]): [number, string] => [
    code as number,
    String(reason),
  ]);
  await once(client, 'open');
  const there = theres.at(-1) as There;
  return { client, got, closed, there };
}

const soon = { timeout: 10_000 };

describe('a message that a guardrail blocks', () => {
  const told: [number, string] = [1008, 'the guardrail no-secrets does not let this message pass'];

  it.each<[string, (from: WebSocket) => void]>([
    ['as text', (from) => from.send(`it is ${SECRET} !`)],
    ['in JSON, escaped', (from) => from.send(`{"a":"\\u0067${SECRET.slice(1)}"}`)],
    ['as bytes', (from) => from.send(Buffer.from(SECRET))],
    [
      'in fragments',
      (from) => {
        from.send(SECRET.slice(0, 10), { fin: false });
        from.ping();
        from.send(SECRET.slice(10, 20), { fin: false });
        from.send(SECRET.slice(20), { fin: true });
      },
    ],
    ['in a ping', (from) => from.ping(SECRET)],
    ['in the reason of a close', (from) => from.close(4000, SECRET)],
  ])('reaches nobody, either way: %s', async (_how, send) => {
    const first = await dial('/secret/a');
    first.client.send('before');
    await expect.poll(() => first.there.got, soon).toEqual(['before']);
    send(first.client);
    expect(await first.there.closed).toEqual(told);
    expect(first.there.got).toEqual(['before']);
    await first.closed;

    const second = await dial('/secret/a');
    send(second.there.socket);
    expect(await second.closed).toEqual(told);
    expect(second.got).toEqual([]);
  });

  it('is told in the ledger, with its guardrail', async () => {
    const { client, closed } = await dial('/secret/ledger');
    client.send(SECRET);
    expect(await closed).toEqual(told);
    const rows = () =>
      ledgerOf(gateway.databasePath).map(({ status, reason, guardrails }) => [
        status,
        reason,
        guardrails,
      ]);
    await expect.poll(rows, soon).toContainEqual([101, 'guardrail_blocked', 'no-secrets;blocked']);
  });

  it('is one that somebody else judges, in the order in which they came', async () => {
    const { client, closed, there } = await dial('/asked/a');
    for (const text of ['one', 'two', 'three', 'forbidden', 'five']) client.send(text);
    expect(await closed).toEqual([1008, 'the guardrail asked does not let this message pass']);
    expect(there.got).toEqual(['one', 'two', 'three']);
  });
});

it('what is taken out of messages is out, and put back where that is asked for', async () => {
  const cards = await dial('/cards/a');
  cards.client.send(`{"card": "${CARD}", "n": 1}`);
  cards.client.send(`pay ${'with '.repeat(40)}${CARD}`);
  await expect
    .poll(() => cards.there.got, soon)
    .toEqual(['{"card": "[CARD]", "n": 1}', `pay ${'with '.repeat(40)}[CARD]`]);
  cards.there.socket.send(`yours is ${CARD}`);
  await expect.poll(() => cards.got, soon).toEqual(['yours is [CARD]']);

  const people = await dial('/people/a');
  people.client.send(`I am ${MAIL}`);
  await expect.poll(() => people.there.got, soon).toHaveLength(1);
  const [said = ''] = people.there.got;
  expect(said).toMatch(/^I am \[EMAIL_1_\w+\]$/);
  people.there.socket.send(said.replace('I am', 'You are'));
  await expect.poll(() => people.got, soon).toEqual([`You are ${MAIL}`]);
});

it('what holds nothing passes as it came: text, bytes, fragments, pings and closes', async () => {
  const { client, got, closed, there } = await dial('/secret/a', ['chat.v1']);
  expect(client.protocol).toBe('chat.v1');
  // Compressed messages could not be read, so none are agreed on.
  expect(there.extensions).toBe('');
  const bytes = Buffer.from([0, 255, 1, 254, 128]);
  const large = 'grüß dich 👋 '.repeat(3000);
  client.send('in ', { fin: false });
  client.ping();
  client.send('parts', { fin: true });
  client.send(large);
  client.send(bytes);
  client.send('');
  await expect.poll(() => there.got, soon).toEqual(['in parts', large, bytes.toString(), '']);
  for (const text of ['a', 'b', large, 'c']) there.socket.send(text);
  await expect.poll(() => got, soon).toEqual(['a', 'b', large, 'c']);
  there.socket.ping('are you there');
  await once(there.socket, 'pong');
  there.socket.close(4001, 'as you wish');
  expect(await closed).toEqual([4001, 'as you wish']);

  const unguarded = await dial('/open/a');
  expect(unguarded.there.extensions).toContain('permessage-deflate');
});

it('a message that is too long, or a frame that is none, ends the connection and says why', async () => {
  const long = await dial('/secret/a');
  long.client.send('x'.repeat(64 * 1024 + 1));
  expect((await long.closed)[0]).toBe(1009);
  const parts = await dial('/secret/a');
  for (let i = 0; i < 5; i += 1) parts.client.send('x'.repeat(16 * 1024), { fin: false });
  expect((await parts.closed)[0]).toBe(1009);

  // Compressed, unmasked, a continuation of nothing, an unknown kind, a length in a longer form.
  for (const [first, second] of [
    [0xc1, 0x80],
    [0x81, 0x00],
    [0x80, 0x80],
    [0x83, 0x80],
    [0x89, 0xfe],
  ] as const) {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET /secret/a HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEY}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toContain('101');
    socket.write(Buffer.from([first, second, 0, 0, 0, 0, 0, 0]));
    const [told] = (await once(socket, 'data')) as [Buffer];
    expect([told[0], told.readUInt16BE(2)]).toEqual([0x88, 1002]);
    expect(told.toString('utf8', 4)).toMatch(/^found /);
    expect((await theres.at(-1)?.closed)?.[0]).toBe(1002);
    socket.destroy();
  }
});

it('what its request says is read: the address, and the protocols it names', async () => {
  for (const [path, protocols] of [
    [`/secret/a?token=${SECRET}`, []],
    ['/secret/a', ['chat.v1', SECRET]],
  ] as const) {
    const url = gateway.url.replace('http', 'ws') + path;
    const client = new WebSocket(url, [...protocols], { headers: asClient });
    const [error] = (await once(client, 'error')) as [Error];
    expect(error.message).toContain('400');
  }
  expect(theres).toEqual([]);
});
