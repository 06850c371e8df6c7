/**
 * MS6, X17: a stream that does not end is ended: by silence between its events, whatever bytes come
 * in between, by its tokens, and by its time; and what it has cost is in the ledger.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createServer, type Server } from 'node:net';
import { KEY, ledgerOf, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { longStreams } from '../harness/long-stream.ts';
import { streamCallers } from '../harness/stream-callers.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

type Dialect = keyof typeof longStreams;
const dialects = Object.keys(longStreams) as Dialect[];
/** Each dialect as it is, and translated from and to one other. */
const pairs = dialects.flatMap((from, i) => {
  const next = dialects[(i + 1) % dialects.length] ?? from;
  return [[from, from] as const, [from, next] as const];
});

const TOTAL_MS = 700;
const MOST = 500;

let upstream: Upstream;
let slow: Server;
let gateway: TestGateway;

/** Each is another target: what fails for one is no news of the next. */
const model = (name: string, dialect: string, rest: string): string =>
  `  - { name: ${name}, targets: [{ provider: ${dialect}, model: ${name} }], ${rest} }`;

beforeAll(async () => {
  upstream = await Upstream.shared('endless', answerWell);
  // A head, a byte at a time.
  slow = createServer((socket) => {
    const timer = setInterval(() => socket.write('X'), 100);
    socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
    socket.on('error', () => {}).on('close', () => clearInterval(timer));
  });
  slow.listen(0, '127.0.0.1');
  await once(slow, 'listening');
  const { port } = slow.address() as { port: number };
  gateway = await sharedGateway({
    config: `health: { fall: 100 }
providers:
${dialects.map((name) => `  - { name: ${name}, dialect: ${name}, baseUrl: "${upstream.url}/${name}${name === 'openai-chat' ? '/v1' : ''}", private: true }`).join('\n')}
  - { name: slow, dialect: openai-chat, baseUrl: "http://127.0.0.1:${port}", private: true }
models:
${dialects
  .flatMap((name) => [
    model(`idle-${name}`, name, 'timeouts: { idle: 250ms }'),
    model(`total-${name}`, name, `timeouts: { total: ${TOTAL_MS}ms }`),
    model(`most-${name}`, name, `maxOutput: ${MOST}`),
  ])
  .join('\n')}
${model('slow', 'slow', 'timeouts: { firstToken: 500ms }')}
  - name: over
    targets: [{ provider: slow, model: over }, { provider: openai-chat, model: over }]
    timeouts: { firstToken: 500ms }
keys: [{ name: client, secret: ${KEY} }]
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  slow.close();
});
beforeEach(() => {
  upstream.script = answerWell;
});

/** The beginning of a stream, and then `more` every so often, for as long as somebody listens. */
function begin(response: ServerResponse, dialect: Dialect, more: string | Buffer, everyMs: number) {
  const { type, before, piece } = longStreams[dialect];
  response.writeHead(200, { 'content-type': type });
  for (const one of before) response.write(one);
  response.write(piece);
  const timer = setInterval(() => response.write(more), everyMs);
  response.on('close', () => clearInterval(timer));
}

async function ask(from: Dialect, of: string) {
  const { path, body } = streamCallers[from];
  const asked = path.includes('{model}') ? body : { model: of, ...body };
  const answer = await post(gateway.url, path.replace('{model}', of), asked);
  const text = Buffer.from(await answer.arrayBuffer()).toString('latin1');
  return { status: answer.status, text, id: answer.headers.get('x-request-id') };
}

/** Half of a comment or of an event in SSE, and of a line or a frame elsewhere. */
const drips: Readonly<Record<Dialect, string>> = {
  'openai-chat': ': still here\n\n',
  anthropic: 'd',
  gemini: ': still here\n\n',
  bedrock: '\0',
  ollama: ' ',
};

/** Asks until the answer is over; gives what was told and what the ledger has of it. */
async function untilCut(from: Dialect, of: string) {
  const called = upstream.nextCall();
  const { status, text, id } = await ask(from, of);
  expect([of, status]).toEqual([of, 200]);
  // The provider is let go of, and the call is settled with what it had said.
  await (
    await called
  ).left;
  const row = await until(
    () => ledgerOf(gateway.databasePath).find((one) => one['id'] === id) ?? {},
    (one) => one['id'] === id,
  );
  const output = Number(row['output_tokens']);
  return { isWhole: streamCallers[from].end.test(text), end: text.slice(-3000), row, output };
}

const cutFor = (reason: string) => ({
  isWhole: false,
  end: expect.stringContaining(reason),
  row: { outcome: 'failed', reason, is_estimated: 1 },
  output: expect.toSatisfy((tokens: number) => tokens > 0),
});

it.each(pairs)('%s of %s: bytes that are no event keep no stream alive', async (from, to) => {
  upstream.script = (_, response) => begin(response, to, drips[to], 50);
  expect(await untilCut(from, `idle-${to}`)).toMatchObject(cutFor('idle_timeout'));
});

it.each(pairs)('%s of %s: no stream takes longer than it may', async (from, to) => {
  upstream.script = (_, response) => begin(response, to, longStreams[to].piece, 50);
  const startedAt = performance.now();
  expect(await untilCut(from, `total-${to}`)).toMatchObject(cutFor('deadline_exceeded'));
  expect(performance.now() - startedAt).toBeGreaterThan(TOTAL_MS - 100);
});

it.each(pairs)('%s of %s: no stream says more than it may', async (from, to) => {
  upstream.script = (_, response) => {
    const many = Array.from({ length: 20 }, () => Buffer.from(longStreams[to].piece));
    begin(response, to, Buffer.concat(many), 5);
  };
  expect(await untilCut(from, `most-${to}`)).toMatchObject(cutFor('endless_answer'));
});

it('a head that comes a byte at a time is none, and another provider is asked (X17)', async () => {
  const { status, text } = await ask('openai-chat', 'slow');
  expect([status, text]).toEqual([504, expect.stringContaining('first_token_timeout')]);
  expect((await ask('openai-chat', 'over')).status).toBe(200);
});
