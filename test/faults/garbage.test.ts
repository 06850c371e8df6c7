import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { chatConfig, KEY, post, testGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** A generator of numbers that look random and are the same in every run (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const DEPTH = 100_000;

/** One connection's worth of nonsense. */
function nonsense(random: (below: number) => number): Buffer {
  const pick = <T>(of: readonly T[]): T => of[random(of.length)] as T;
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => random(256)));
  const method = pick([
    'POST',
    'POST',
    'POST',
    'GET',
    'PUT',
    'TRACE',
    'OPTIONS',
    'DELETE',
    'CONNECT',
    'PRI',
    'x',
  ]);
  const target = pick([
    '/v1/chat/completions',
    '/v1/messages',
    '/v1/embeddings',
    '/v1/models',
    '/v1/models/%ff',
    '/v1/models/constructor',
    '/health',
    '/health/why/x',
    '/health/%2e%2e/admin',
    '//evil/v1/messages',
    'http://evil/v1/messages',
    '/v1/../admin',
    '/v1/messages?key=1#x',
    '*',
    '/__proto__',
    `/${'a'.repeat(random(20_000))}`,
  ]);
  const version = pick(['1.1', '1.1', '1.1', '1.0', '2.0', '0.9']);
  const bodies: readonly (() => Buffer)[] = [
    () => Buffer.from('{"model":"chat","messages":[]}'),
    () => Buffer.from('['.repeat(DEPTH)),
    () => Buffer.from(`{"model":"chat","a":${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}}`),
    () => Buffer.from('{"model":"chat","model":"other"}'),
    () => Buffer.from('{"__proto__":{"model":"chat"},"constructor":1}'),
    () => Buffer.concat([Buffer.from('{"model":"'), bytes(40), Buffer.from('"}')]),
    () => Buffer.from('{"model":"chat","x":"\\ud800"}'),
    () => Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]),
    () => Buffer.from(`{"model":${JSON.stringify('x'.repeat(random(50_000)))}}`),
    () => Buffer.from('{"model":"chat","stream":"yes"}'),
    () => Buffer.from('null'),
    () => Buffer.from(''),
    () => bytes(random(2000)),
  ];
  const body = pick(bodies)();
  const headers = [
    pick([
      'Host: localhost',
      'Host: localhost',
      'Host: localhost',
      'Host: a b',
      '',
      'Host: a\r\nHost: b',
      'Host: foo/health?x=',
    ]),
    pick([
      `Authorization: Bearer ${KEY}`,
      `Authorization: Bearer ${KEY}`,
      `x-api-key: ${KEY}`,
      '',
      'Authorization: Basic x',
      `Authorization: Bearer ${KEY}\r\nAuthorization: Bearer y`,
      `Authorization: Bearer ${KEY}\r\nx-api-key: z`,
    ]),
    pick([
      'Content-Type: application/json',
      'Content-Type: application/json',
      'Content-Type: text/plain',
      'Content-Type: application/json\ta',
      '',
      'Content-Type: multipart/form-data',
    ]),
    pick([
      `Content-Length: ${body.length}`,
      `Content-Length: ${body.length}`,
      `Content-Length: ${body.length}`,
      `Content-Length: ${body.length + 10}`,
      'Content-Length: 3',
      'Content-Length: +5',
      'Transfer-Encoding: chunked',
      `Transfer-Encoding: chunked\r\nContent-Length: ${body.length}`,
      '',
    ]),
    pick([
      '',
      '',
      '',
      'Content-Encoding: br',
      'X_Api_Key: y',
      '__proto__: x',
      'Connection: x-api-key',
      'Expect: nonsense',
      `X: ${'y'.repeat(random(30_000))}`,
      'Upgrade: h2c',
      'X: a\u0000b',
    ]),
  ].filter((line) => line !== '');
  return Buffer.concat([
    Buffer.from(`${method} ${target} HTTP/${version}\r\n${headers.join('\r\n')}\r\n\r\n`, 'latin1'),
    body,
  ]);
}

/** Sends bytes on a connection of its own and gives the status codes that came back. */
async function send(gateway: TestGateway, bytes: Buffer): Promise<number[]> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  // A refusal may come while we still write: that is the gateway's right.
  socket.on('error', () => undefined);
  socket.end(bytes);
  await new Promise((resolve) => socket.on('close', resolve));
  const text = Buffer.concat(chunks).toString('latin1');
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, code]) => Number(code));
}

describe('nonsense', () => {
  it('10,000 calls of it: no error of ours, and the process is as it was', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: chatConfig(
        'openai-chat',
        [upstream],
        'server: { headerTimeout: 1s, bodyTimeout: 1s }',
      ),
    });
    const random = seeded(42);
    const codes = new Map<number, number>();
    const collect = globalThis.gc ?? (() => undefined);
    let before = 0;

    for (let done = 0; done < 10_000; done += 50) {
      const sent = Array.from({ length: 50 }, () => nonsense(random));
      for (const answered of await Promise.all(sent.map((bytes) => send(gateway, bytes)))) {
        for (const code of answered) codes.set(code, (codes.get(code) ?? 0) + 1);
      }
      if (done === 2000) {
        collect();
        before = process.memoryUsage().heapUsed;
      }
    }

    const ours = [...codes.keys()].filter((code) => code >= 500);
    expect(ours).toEqual([]);
    // Something did get through, or this would prove nothing.
    expect(codes.get(200)).toBeGreaterThan(50);
    expect(codes.get(400)).toBeGreaterThan(1000);
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * 1024 * 1024);
    expect((await post(gateway.url, '/v1/chat/completions', { model: 'chat' })).status).toBe(200);
    expect(gateway.logged.filter((line) => line.includes('a defect of the gateway'))).toEqual([]);
    for (const { body, headers } of upstream.calls) {
      expect(headers.authorization).toBe('Bearer credential-of-only');
      expect(body.includes('"model":"upstream-model"')).toBe(true);
    }
  }, 120_000);
});
