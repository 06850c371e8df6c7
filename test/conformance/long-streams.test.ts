/**
 * Streams far longer than any model's, translated: the gateway holds a piece at a time, however fast
 * the provider is and however slow the caller. `VITALGATE_TEST_STREAM_MB=100` says how long; what is
 * measured then stands in docs/dialects.md.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { expect, it } from 'vitest';
import { KEY, post, temporaryFolder, testGateway, writeConfig } from '../harness/gateway.ts';
import { longStreams, MARK, sayLong } from '../harness/long-stream.ts';
import { streamCallers as callers } from '../harness/stream-callers.ts';
import { type Process, vitalgate } from '../harness/process.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const MB = 1_000_000;
const LENGTH = Number(process.env['VITALGATE_TEST_STREAM_MB'] ?? 4) * MB;
const WARM_UP = 1 * MB;

/** What the gateway may grow by, beside what it has taken when it has streamed a little already. */
const BOUND = 16 * MB;

/** What kernels may hold of a stream on loopback between three processes, both ways. */
const IN_SOCKETS = 24 * MB;

type Dialect = keyof typeof longStreams;
const dialects = Object.keys(longStreams) as Dialect[];

/** Each dialect is read and written once, by way of every neutral form in between. */
const pairs = dialects.map(
  (from, i) => [from, dialects[(i + 1) % dialects.length] ?? from] as const,
);

const config = (url: string): string => `
providers:
${dialects.map((name) => `  - { name: ${name}, dialect: ${name}, baseUrl: "${url}/${name}${name === 'openai-chat' ? '/v1' : ''}", private: true, credentials: [{ name: a, value: sk-toy }] }`).join('\n')}
models:
${dialects.map((name) => `  - { name: by-${name}, targets: [{ provider: ${name}, model: m }], timeouts: { total: 10m }, maxOutput: 10000000 }`).join('\n')}
keys: [{ name: client, secret: ${KEY} }]`;

async function started(url: string): Promise<Process> {
  const file = writeConfig(temporaryFolder(), config(url));
  // A small nursery, so that what is seen is what is held, and not when V8 tidies up.
  const gateway = vitalgate(['start', '--config', file, '--log-level', 'warn'], {}, [
    '--max-semi-space-size=2',
  ]);
  await gateway.until(/^ready$/m);
  return gateway;
}

async function ask(gateway: Process, from: Dialect, to: Dialect): Promise<IncomingMessage> {
  const { path, body } = callers[from];
  const model = `by-${to}`;
  const asking = request(gateway.address('gateway') + path.replace('{model}', model), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
  });
  asking.end(JSON.stringify(path.includes('{model}') ? body : { model, ...body }));
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  return response;
}

const residentBytes = ({ child: { pid } }: Process): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
};

const piecesIn = (dialect: Dialect, bytes: number): number =>
  Math.round(bytes / Buffer.byteLength(longStreams[dialect].piece));

const marks = (bytes: Buffer): number => {
  let count = 0;
  for (let at = bytes.indexOf(MARK); at !== -1; at = bytes.indexOf(MARK, at + 1)) count += 1;
  return count;
};

const dialectIn = (path: string): Dialect => path.split('/')[1] as Dialect;

/** Reads a stream to its end; gives what it held and the most memory that the gateway had. */
async function read(
  response: IncomingMessage,
  gateway: Process,
): Promise<{ pieces: number; end: string; most: number }> {
  let [pieces, bytes, looked, most] = [0, 0, 0, 0];
  let last: Buffer = Buffer.alloc(0);
  for await (const part of response) {
    const chunk = part as Buffer;
    pieces += marks(chunk);
    bytes += chunk.length;
    last = Buffer.concat([last, chunk]).subarray(-2000);
    if (bytes - looked < MB / 2) continue;
    looked = bytes;
    most = Math.max(most, residentBytes(gateway));
  }
  return { pieces, end: last.toString('latin1'), most };
}

/** Streams of some length, read as fast as they come. */
async function readLong(gateway: Process, upstream: Upstream): Promise<void> {
  let length = WARM_UP;
  upstream.script = ({ path }, response) => {
    const to = dialectIn(path);
    return sayLong(response, longStreams[to], piecesIn(to, length));
  };
  for (const [from, to] of pairs) await read(await ask(gateway, from, to), gateway);
  const before = residentBytes(gateway);
  length = LENGTH;
  const grown: Record<string, string> = {};
  for (const [from, to] of pairs) {
    const { pieces, end, most } = await read(await ask(gateway, from, to), gateway);
    expect(pieces).toBe(piecesIn(to, length));
    expect(end).toMatch(callers[from].end);
    grown[`${from} to ${to}`] = `${Math.round((most - before) / MB)} MB`;
    expect(most - before).toBeLessThan(BOUND);
  }
  process.stdout.write(`${LENGTH / MB} MB, grown by: ${JSON.stringify(grown)}\n`);
}

/** Streams without an end, whose caller does not read for a while, reads a little, and goes. */
async function leaveLong(gateway: Process, upstream: Upstream): Promise<void> {
  let sent = 0;
  upstream.script = ({ path }, response) =>
    sayLong(response, longStreams[dialectIn(path)], Number.MAX_SAFE_INTEGER, (bytes) => {
      sent += bytes;
    });
  for (const [from, to] of pairs.slice(0, 3)) {
    const before = residentBytes(gateway);
    sent = 0;
    const called = upstream.nextCall();
    const response = await ask(gateway, from, to);
    // It has come to rest when nothing moves while the gateway answers others.
    for (let still = 0, last = 0; still < 20; last = sent) {
      expect((await fetch(`${gateway.address('gateway')}/health`)).status).toBe(200);
      still = sent === last ? still + 1 : 0;
    }
    expect(sent).toBeLessThan(IN_SOCKETS);
    expect(residentBytes(gateway) - before).toBeLessThan(BOUND);

    const rested = sent;
    for await (const _ of response) if (sent > rested + MB) break;
    // Leaving the loop hangs up.
    await (
      await called
    ).left;
  }
}

it(
  'translates long streams without holding them, and lets a provider wait for a slow caller',
  async () => {
    const upstream = await Upstream.start('long', answerWell);
    const gateway = await started(upstream.url);
    await expect(readLong(gateway, upstream)).resolves.toBeUndefined();
    await expect(leaveLong(gateway, upstream)).resolves.toBeUndefined();
  },
  60_000 + LENGTH / 1000,
);

it('breaks off where a dialect wants all of an answer kept, and it has no end', async () => {
  const { anthropic } = longStreams;
  const piece = anthropic.piece.replace(MARK, MARK + 'x'.repeat(30_000));
  const upstream = await Upstream.start('endless', (_, response) =>
    sayLong(response, { ...anthropic, piece }, Number.MAX_SAFE_INTEGER),
  );
  const gateway = await testGateway({ config: config(upstream.url) });
  const body = { model: 'by-anthropic', stream: true, input: 'Hi' };
  const response = await post(gateway.url, '/v1/responses', body);
  const text = await response.text();
  expect(text.slice(-2000)).toMatch(/stream_interrupted.*answer_too_large/);
  expect(text.slice(-2000)).not.toContain('response.completed');
  expect(marks(Buffer.from(text)) * 30_000).toBeGreaterThan(16 * MB);
});
