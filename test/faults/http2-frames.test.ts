import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, connect as connectHttp2 } from 'node:http2';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../health/certificate.ts';
import { chatConfig, KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** A frame as RFC 9113, section 4.1, has it. */
function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
const CONTINUATION = 9;
const END_STREAM = 1;
const END_HEADERS = 4;

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
/** What the other side says when it will hear no more: the last stream that it began (section 6.8). */
function goAway(bytes: Buffer): { last: number } | undefined {
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes.readUInt8(at + 3) === GOAWAY) return { last: bytes.readUInt32BE(at + 9) };
  }
  return undefined;
}

/** `GET /v1/models` of `a`, by HPACK's static table (RFC 7541, appendix A). */
const request = Buffer.from([
  0x82,
  0x87,
  0x41,
  0x01,
  0x61,
  0x04,
  0x0a,
  ...Buffer.from('/v1/models'),
]);

/** Whoever sends so many has not been stopped: H2_FRAMES=10000000 waits for longer. */
const MOST = Number(process.env['H2_FRAMES'] ?? 60_000);

const attacks: Readonly<Record<string, (n: number) => Buffer>> = {
  'streams that are reset as soon as they are opened': (n) =>
    Buffer.concat([
      frame(HEADERS, END_STREAM | END_HEADERS, n * 2 + 1, request),
      frame(RST_STREAM, 0, n * 2 + 1, word(constants.NGHTTP2_CANCEL)),
    ]),
  'streams that make us reset them': (n) =>
    Buffer.concat([
      frame(HEADERS, END_STREAM | END_HEADERS, n * 2 + 1, request),
      frame(WINDOW_UPDATE, 0, n * 2 + 1, word(0)),
    ]),
  'a head that never ends': (n) =>
    n === 0
      ? frame(HEADERS, END_STREAM, 1, request)
      : frame(CONTINUATION, 0, 1, Buffer.from([0x00, 0x01, 0x61, 0x01, 0x61])),
  'settings without end': () => frame(SETTINGS, 0, 0),
  'pings without end': () => frame(PING, 0, 0, Buffer.alloc(8)),
  'pieces of a body without a byte': (n) =>
    n === 0 ? frame(HEADERS, END_HEADERS, 1, request) : frame(DATA, 0, 1),
  'frames of a stream that is not there': () => frame(DATA, 0, 4, Buffer.alloc(8)),
};

describe('A20: frames of HTTP/2', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
  let upstream: Upstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    const made = selfSigned('gateway.test', new Date(Date.now() - 1e7), new Date(Date.now() + 1e7));
    writeFileSync(join(folder, 'cert.pem'), made.cert);
    writeFileSync(join(folder, 'key.pem'), made.key);
    upstream = await Upstream.shared('only', answerWell);
    gateway = await sharedGateway({
      listen: `tls: { cert: "${folder}/cert.pem", key: "${folder}/key.pem" }`,
      config: chatConfig('openai-chat', [upstream]),
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    rmSync(folder, { recursive: true });
  });

  const dial = async (): Promise<TLSSocket> => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect({
      host: hostname,
      port: Number(port),
      ALPNProtocols: ['h2'],
      rejectUnauthorized: false,
    });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(SETTINGS, 0, 0));
    return socket;
  };

  /** A call of somebody else, over a connection of its own. */
  async function served(): Promise<number> {
    const session = connectHttp2(gateway.url, { rejectUnauthorized: false });
    const stream = session.request({ ':path': '/v1/models', authorization: `Bearer ${KEY}` });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    session.destroy();
    return Number(headers[':status']);
  }

  it.each(Object.entries(attacks))(
    '%s end the connection, and harm nobody',
    async (_what, make) => {
      const socket = await dial();
      const told: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => told.push(chunk));
      const before = process.memoryUsage().rss;
      for (let sent = 0; !socket.destroyed && sent < MOST; sent += 200) {
        const frames = Array.from({ length: 200 }, (_, i) => make(sent + i));
        if (socket.write(Buffer.concat(frames))) continue;
        await new Promise<void>((resolve) => {
          socket.once('drain', resolve).once('close', () => resolve());
        });
      }
      expect(socket.destroyed).toBe(true);
      // A thousand resets are borne of somebody who wants none of them, and 33 more each second.
      const { last } = goAway(Buffer.concat(told)) ?? { last: 0 };
      expect((last - 1) / 2).toBeLessThanOrEqual(1200);
      expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
      expect(await served()).toBe(200);
    },
  );
});
