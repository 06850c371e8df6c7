import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { chatAnswer } from '../harness/upstream.ts';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
/** Said to end the connection. */
const CLOSE = '';
const asClient = { authorization: `Bearer ${KEY}` };

const whole = (body: string) =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** An upstream on kept connections, which answers each message with pieces of bytes. */
class EagerUpstream {
  connections = 0;
  says: readonly string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((socket) => this.#serve(socket));

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket.setNoDelay());
    let message = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      message += chunk.toString('latin1');
      const end = message.indexOf('\r\n\r\n');
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(message)?.[1] ?? 0);
      if (end === -1 || message.length < end + 4 + length) return;
      message = '';
      this.#say(socket, this.says).catch(() => undefined);
    });
  }

  async #say(socket: Socket, pieces: readonly string[]): Promise<void> {
    for (const piece of pieces) {
      if (piece === CLOSE) socket.end();
      else socket.write(piece, 'latin1');
      // A turn of the loop for each, so that the gateway reads them apart more often than not.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe('RFC 9110 15.2: an upstream that says 100 Continue unasked', () => {
  const upstream = new EagerUpstream();
  let gateway: TestGateway;

  beforeAll(async () => {
    const address = await upstream.listen();
    gateway = await sharedGateway({
      config: `
apis: [{ name: eager, path: /e, upstreams: ["http://${address}"], private: true, retries: { attempts: 1 } }]
providers: [{ name: hasty, dialect: openai-chat, baseUrl: "http://${address}/v1", private: true }]
models: [{ name: m, targets: [{ provider: hasty, model: m }] }]
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterEach(() => {
    upstream.says = [];
  });
  afterAll(async () => {
    await gateway.stop();
    upstream.close();
  });

  const ask = (path: string, body?: unknown) =>
    fetch(`${gateway.url}${path}`, {
      headers: { ...asClient, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });

  it.each([
    ['before the answer', [CONTINUE, whole('{"a":1}')]],
    ['in one piece with it', [CONTINUE + whole('{"a":1}')]],
    [
      'again and again, among others',
      [CONTINUE, CONTINUE, 'HTTP/1.1 102 P\r\n\r\n', CONTINUE, whole('{"a":1}')],
    ],
    ['byte by byte', (CONTINUE + whole('{"a":1}')).split('')],
  ])('%s', async (_when, says) => {
    upstream.says = says;
    for (const body of [undefined, { x: 1 }]) {
      const answer = await ask('/e', body);
      expect([answer.status, await answer.json()]).toEqual([200, { a: 1 }]);
    }
  });

  it('keeps its connection', async () => {
    upstream.says = [CONTINUE, whole('{}')];
    await (await ask('/e')).text();
    const before = upstream.connections;
    for (let i = 0; i < 5; i += 1) await (await ask('/e')).text();
    expect(upstream.connections).toBe(before);
  });

  it('is told from a body that reads the same', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 75\r\n\r\n';
    upstream.says = [CONTINUE, head, CONTINUE, CONTINUE, CONTINUE];
    expect(await (await ask('/e')).text()).toBe(CONTINUE.repeat(3));
  });

  it('and nothing after it has not answered', async () => {
    upstream.says = [CONTINUE, 'HTTP/1.1 1', CLOSE];
    const answer = await ask('/e');
    expect([answer.status, await answer.json()]).toMatchObject([502, { code: 'upstream_error' }]);
  });

  it('answers for a model', async () => {
    upstream.says = [CONTINUE, whole(JSON.stringify(chatAnswer))];
    const answer = await ask('/v1/chat/completions', {
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'hello' } }] });
  });

  it('refuses a WebSocket in its own words', async () => {
    upstream.says = [CONTINUE, 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'];
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/e`, { headers: asClient });
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(403);
    socket.on('error', () => undefined);
    socket.terminate();
  });
});
