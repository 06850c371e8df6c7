import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ledgerOf, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { asking, dialects, everyDialect, saying } from '../harness/speaker.ts';
import { answerJson, Upstream, type Script } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

let upstream: Upstream;
let gateway: TestGateway;
let count = 0;
const well: Script = (received, response) =>
  saying(() => ({ pieces: ['all ', 'is ', `well ${(count += 1)}`] }))(received, response);

beforeAll(async () => {
  upstream = await Upstream.shared('any', well);
  gateway = await sharedGateway({
    config: everyDialect(
      upstream.url,
      `  - { name: once, targets: [{ provider: openai-chat, model: m }] }
  - { name: small, targets: [{ provider: openai-chat, model: m }], cache: { ttl: 1h, maxAnswer: 1KiB } }
health: { fall: 100 }
guardrails:
  - { name: no-cards, on: answer, detect: card, action: block, appliesTo: named }
teams: [{ name: red }]
keys:
  - { name: a, secret: key-of-caller-a, team: red }
  - { name: b, secret: key-of-caller-b, team: red }
  - { name: strict, secret: key-of-strict, team: red, guardrails: [no-cards] }
  - { name: counted, secret: key-of-counted, limits: [{ requests: 3, per: 1h }] }
`,
      '    cache: { ttl: 1h }\n  - { name: shared, targets: [{ provider: openai-chat, model: m }], cache: { ttl: 1h, scope: team } }\n  - { name: brief, targets: [{ provider: openai-chat, model: m }], cache: { ttl: 0ms } }',
    ),
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});
beforeEach(() => {
  upstream.script = well;
  upstream.received.length = 0;
});

const paths = {
  'openai-chat': ['/v1/chat/completions', '/v1/chat/completions'],
  'openai-responses': ['/v1/responses', '/v1/responses'],
  anthropic: ['/v1/messages', '/v1/messages'],
  gemini: [
    '/v1beta/models/chat:generateContent',
    '/v1beta/models/chat:streamGenerateContent?alt=sse',
  ],
  ollama: ['/api/chat', '/api/chat'],
  bedrock: ['/model/chat/converse', '/model/chat/converse-stream'],
} as const;

async function post(
  path: string,
  body: unknown,
  { key = 'key-of-caller-a', ...headers }: Record<string, string> & { key?: string } = {},
) {
  const answer = await fetch(gateway.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${key}`,
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const header = (name: string) => answer.headers.get(name);
  return { status: answer.status, header, bytes, cache: header('x-vitalgate-cache') };
}

const chat = (text: string, more: object = {}) => ({
  model: 'chat',
  messages: [{ role: 'user', content: text }],
  ...more,
});
const PATH = '/v1/chat/completions';

describe('remembered answers of a model', () => {
  it.each(dialects.flatMap((dialect) => [false, true].map((stream) => ({ dialect, stream }))))(
    'are told again byte for byte: $dialect, streamed: $stream',
    async ({ dialect, stream }) => {
      const path = paths[dialect][stream ? 1 : 0];
      const body = asking(dialect, 'chat', `in ${dialect}`, stream);
      const first = await post(path, body);
      const second = await post(path, body);
      expect([first.status, first.cache, first.header('age')]).toEqual([200, 'miss', null]);
      expect([second.status, second.cache]).toEqual([200, 'hit']);
      expect(second.header('age')).toMatch(/^\d+$/);
      expect(second.bytes.equals(first.bytes)).toBe(true);
      expect(second.header('content-type')).toBe(first.header('content-type'));
      expect(second.header('content-length')).toBe(first.header('content-length'));
      expect(second.header('x-vitalgate-target')).toBe(first.header('x-vitalgate-target'));
      expect(second.header('x-vitalgate-attempts')).toBe('0');
      expect(upstream.calls).toHaveLength(1);
    },
  );

  it('cost nothing, and their rows say so', async () => {
    await post(PATH, chat('what does it cost'));
    const hit = await post(PATH, chat('what does it cost'));
    const id = hit.header('x-request-id');
    const row = await until(
      () => ledgerOf(gateway.databasePath).find((one) => one['id'] === id),
      (one) => one !== undefined && one['outcome'] !== 'open',
    );
    expect(row).toMatchObject({
      outcome: 'completed',
      status: 200,
      cost: 0,
      price_source: 'cache',
      attempts: 0,
      input_tokens: null,
      provider: 'openai-chat',
    });
    const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    expect(metrics).toMatch(/vitalgate_cache_lookups_total\{name="chat",result="hit"\} \d/);
  });

  it('are for the same question, however it is written, and for no other', async () => {
    await post(PATH, chat('same', { temperature: 0, seed: 9007199254740992 }));
    const written = (seed: string, more = '') =>
      `{ "seed": ${seed}, "user": "u", "temperature": 0, "messages": [ {"content":"same","role":"user"} ], "model":"chat"${more} }`;
    const again = await post(PATH, written('9007199254740992'));
    expect(again.cache).toBe('hit');
    for (const other of [
      written('9007199254740993'),
      written('9007199254740992', ', "stream": true'),
      written('9007199254740992', ', "max_tokens": 5'),
      JSON.stringify(chat('Same', { temperature: 0 })),
    ]) {
      expect((await post(PATH, other)).cache).toBe('miss');
    }
    expect((await post('/v1/responses', { model: 'chat', input: 'same' })).cache).toBe('miss');
  });

  it('are each key’s own, or its team’s where the model says so', async () => {
    const key = 'key-of-caller-b';
    await post(PATH, chat('mine'));
    expect((await post(PATH, chat('mine'), { key })).cache).toBe('miss');
    const ours = { ...chat('ours'), model: 'shared' };
    await post(PATH, ours);
    expect((await post(PATH, ours, { key })).cache).toBe('hit');
    expect((await post(PATH, ours, { key: 'key-of-counted' })).cache).toBe('miss');
  });

  it('are only where they are asked for', async () => {
    const body = { ...chat('once'), model: 'once' };
    await post(PATH, body);
    expect((await post(PATH, body)).cache).toBeNull();
    expect(upstream.calls).toHaveLength(2);
  });

  it('heed what the caller says (RFC 9111, section 5.2.1)', async () => {
    const body = chat('directives');
    expect((await post(PATH, body, { 'cache-control': 'no-store' })).cache).toBe('bypass');
    expect((await post(PATH, body, { 'cache-control': 'only-if-cached' })).status).toBe(504);
    expect((await post(PATH, body)).cache).toBe('miss');
    const before = await post(PATH, body, { 'cache-control': 'only-if-cached' });
    expect(before.cache).toBe('hit');
    const fresh = await post(PATH, body, { 'cache-control': 'no-cache' });
    expect(fresh.cache).toBe('bypass');
    expect(fresh.bytes.equals(before.bytes)).toBe(false);
    // What came instead is what is remembered now.
    const after = await post(PATH, body);
    expect([after.cache, after.bytes.equals(fresh.bytes)]).toEqual(['hit', true]);
    expect((await post(PATH, body, { 'cache-control': 'max-age=3600' })).cache).toBe('hit');
    expect((await post(PATH, body, { 'cache-control': 'max-age=0' })).cache).toBe('miss');
    const brief = { ...chat('brief'), model: 'brief' };
    await post(PATH, brief);
    expect((await post(PATH, brief)).cache).toBe('miss');
  });

  it('are no errors, nothing cut, nothing too large, nothing that a vendor keeps', async () => {
    upstream.script = (_received, response) => answerJson(response, 400, { error: 'no' });
    expect((await post(PATH, chat('refused'))).status).toBe(400);
    upstream.script = (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(
        'data: {"id":"c","choices":[{"index":0,"delta":{"content":"half"},"finish_reason":null}]}\n\n',
      );
      setImmediate(() => response.destroy());
    };
    await post(PATH, chat('cut', { stream: true }));
    upstream.script = well;
    expect((await post(PATH, chat('refused'))).cache).toBe('miss');
    expect((await post(PATH, chat('cut', { stream: true }))).cache).toBe('miss');
    upstream.script = saying(() => ({ pieces: ['x'.repeat(2000)] }));
    const large = { ...chat('large'), model: 'small' };
    await post(PATH, large);
    expect((await post(PATH, large)).cache).toBe('miss');
    const stored = chat('stored', { store: true });
    await post(PATH, stored);
    expect((await post(PATH, stored)).cache).toBe('bypass');
  });

  it('meet the guardrails and limits of whoever asks now', async () => {
    upstream.script = saying(() => ({ pieces: ['pay with 4111 1111', ' 1111 1111'] }));
    for (const stream of [false, true]) {
      const body = { ...chat('card', { stream }), model: 'shared' };
      expect((await post(PATH, body)).status).toBe(200);
      const guarded = await post(PATH, body, { key: 'key-of-strict' });
      expect([guarded.status, guarded.bytes.toString()]).toEqual([
        400,
        expect.stringContaining('guardrail_blocked'),
      ]);
    }
    const key = 'key-of-counted';
    for (const status of [200, 200, 429]) {
      expect((await post(PATH, chat('counted'), { key })).status).toBe(status);
    }
  });
});
