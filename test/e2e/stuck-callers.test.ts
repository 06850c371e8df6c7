/** MS7, MA11: a caller that takes nothing of its answer is closed, however it speaks; nobody else is. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get as getPlain, type IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { get as getSecure } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { sharedUpstream, type HttpUpstream } from '../apis/upstream.ts';
import { KEY, ledgerOf, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { until } from '../harness/until.ts';
import { selfSigned } from '../health/certificate.ts';

const DAY = 86_400_000;
const SEND_TIMEOUT_MS = 400;
const BYTES = 64 * 1024 * 1024;
const asClient = { authorization: `Bearer ${KEY}` };

const folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
let upstream: HttpUpstream;
let plain: TestGateway;
let secure: TestGateway;
/** Resolves when an answer of the upstream was not wanted to its end. */
let unwanted: PromiseWithResolvers<void>;

beforeAll(async () => {
  const made = selfSigned('localhost', new Date(Date.now() - DAY), new Date(Date.now() + DAY));
  writeFileSync(files.cert, made.cert);
  writeFileSync(files.key, made.key);
  upstream = await sharedUpstream((request, response) => {
    if (request.url === '/files/late') {
      setTimeout(() => response.end('late'), 3 * SEND_TIMEOUT_MS);
      return;
    }
    response.on('close', () => {
      if (!response.writableFinished) unwanted.resolve();
    });
    response.end(Buffer.alloc(BYTES));
  });
  const config = `server: { sendTimeout: ${SEND_TIMEOUT_MS}ms }
models: []
apis: [{ name: files, path: /files, private: true, upstreams: ["${upstream.url}"] }]
keys: [{ name: client, secret: ${KEY} }]
`;
  const tls = `tls: { cert: "${files.cert}", key: "${files.key}" }`;
  [plain, secure] = await Promise.all([
    sharedGateway({ config }),
    sharedGateway({ config, listen: tls }),
  ]);
});
afterAll(async () => {
  await Promise.all([plain.stop(), secure.stop()]);
  await upstream.close();
  rmSync(folder, { recursive: true });
});

interface Caller {
  readonly name: string;
  readonly gateway: () => TestGateway;
  readonly ask: (path: string) => Promise<Readable>;
}

const callers: readonly Caller[] = [
  {
    name: 'HTTP/1.1',
    gateway: () => plain,
    async ask(path) {
      const asked = getPlain(plain.url + path, { headers: asClient, agent: false });
      return ((await once(asked, 'response')) as [IncomingMessage])[0];
    },
  },
  {
    name: 'HTTP/1.1 over TLS',
    gateway: () => secure,
    async ask(path) {
      const options = { headers: asClient, agent: false, rejectUnauthorized: false };
      const asked = getSecure(secure.url + path, options);
      return ((await once(asked, 'response')) as [IncomingMessage])[0];
    },
  },
  {
    name: 'HTTP/2',
    gateway: () => secure,
    async ask(path) {
      const session = connect(secure.url, { rejectUnauthorized: false });
      onTestFinished(() => session.destroy());
      const stream = session.request({ ':path': path, ...asClient });
      await once(stream, 'response');
      return stream;
    },
  },
];

/** How much came, and whether it came to its end. */
async function read(answer: Readable): Promise<{ bytes: number; isWhole: boolean }> {
  let bytes = 0;
  try {
    for await (const chunk of answer) bytes += (chunk as Buffer).length;
    return { bytes, isWhole: true };
  } catch {
    return { bytes, isWhole: false };
  }
}

it('a WebSocket that is silent for longer stays open', async () => {
  const sockets = new WebSocketServer({ server: upstream.server });
  sockets.on('connection', (one) => {
    setTimeout(() => one.send('late'), 3 * SEND_TIMEOUT_MS);
  });
  const socket = new WebSocket(`${plain.url.replace('http', 'ws')}/files/ws`, {
    headers: asClient,
  });
  const [message] = (await once(socket, 'message')) as [Buffer];
  expect(message.toString()).toBe('late');
  socket.terminate();
});

describe.each(callers)('a caller by $name', ({ gateway, ask }) => {
  it('that takes nothing is closed, and what it asked for is let go of', async () => {
    unwanted = Promise.withResolvers();
    const abandoned = () =>
      ledgerOf(gateway().databasePath).filter(({ outcome }) => outcome === 'abandoned').length;
    const before = abandoned();
    const answer = await ask('/files/long');
    // It is told of the end by an error, which may come before anything is read.
    answer.on('error', () => {});
    await unwanted.promise;
    const { bytes, isWhole } = await read(answer);
    expect(isWhole).toBe(false);
    expect(bytes).toBeLessThan(BYTES);
    expect(await until(abandoned, (count) => count > before)).toBe(before + 1);
  });

  it('that waits longer than that for an upstream is left alone', async () => {
    expect(await read(await ask('/files/late'))).toEqual({ bytes: 4, isWhole: true });
  });

  it('that reads all of it has all of it', async () => {
    unwanted = Promise.withResolvers();
    expect(await read(await ask('/files/long'))).toEqual({ bytes: BYTES, isWhole: true });
  });
});
