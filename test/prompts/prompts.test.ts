import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEY, ledgerOf, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerJson, Upstream, type Received } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string }[];
}

const said = (content: string | null, finish_reason = 'stop') => ({
  id: 'c1',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
});

/** What the model says, one after the other; the last again and again. */
let answers: (string | object)[] = [];
let upstream: Upstream;
let other: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await Upstream.shared('model', (_received, response) => {
    const next = answers.length > 1 ? answers.shift() : answers[0];
    answerJson(response, 200, typeof next === 'string' ? said(next) : next);
  });
  other = await Upstream.shared('other', (_received, response) =>
    answerJson(response, 200, said('{"words":["other"]}')),
  );
  gateway = await sharedGateway({
    config: `
health: { fall: 100 }
providers:
  - { name: openai, dialect: openai-chat, baseUrl: "${upstream.url}", private: true, credentials: [{ name: main, value: of-openai }], prices: { "*": { input: 1, output: 1 } } }
  - { name: spare, dialect: openai-chat, baseUrl: "${other.url}", private: true, credentials: [{ name: main, value: of-spare }], prices: { "*": { input: 1, output: 1 } } }
models:
  - name: chat
    targets: [{ provider: openai, model: m }, { provider: spare, model: m }]
  - { name: keeping, targets: [{ provider: openai, model: m }], cache: { ttl: 1h } }
guardrails:
  - { name: no-cards, on: request, detect: card, action: block, appliesTo: named }
  - { name: no-cards-out, on: answer, detect: card, action: block, appliesTo: named }
  - { name: no-mail, on: request, detect: email, action: redact, restore: true, appliesTo: named }
prompts:
  - name: keywords
    path: [/keywords, /v2/keywords]
    version: "2"
    model: chat
    description: Words that a text is about.
    system: You find keywords.
    prompt: "Find {{most}} keywords in {{language}}:{{#hints}} {{.}}{{/hints}}\\n{{text}}"
    temperature: 0
    maxTokens: 100
    variables:
      text: { type: string, minLength: 1, maxLength: 1000 }
      most: { type: integer, minimum: 1, maximum: 20, default: 5 }
      language: { enum: [en, de], default: en }
      hints: { type: array, items: { type: string }, default: [] }
    output:
      type: object
      required: [words]
      additionalProperties: false
      properties: { words: { type: array, items: { type: string, pattern: "^[a-z]+$" } } }
  - { name: keywords, path: /v1/keywords, model: chat, prompt: "Keywords of {{text}}", variables: { text: { type: string } } }
  - { name: limited, path: /limited, model: chat, prompt: hello, limits: [{ requests: 1, per: 1h }] }
  - { name: guarded, path: /guarded, model: chat, prompt: "{{text}}", variables: { text: { type: string } }, guardrails: [no-cards, no-cards-out, no-mail], output: { type: object } }
  - name: kept
    path: /kept
    model: keeping
    prompt: "{{text}}"
    variables: { text: { type: string } }
    output: { type: object, required: [n], properties: { n: { type: integer } } }
  - { name: plain, path: /plain, model: chat, prompt: hello, formats: [json] }
apis:
  - { name: all, path: /, private: true, upstreams: ["${upstream.url}"] }
keys:
  - { name: client, secret: ${KEY} }
  - { name: only-prompts, secret: key-of-only-prompts, models: [], prompts: [keywords] }
  - { name: no-models, secret: key-of-no-models, models: [] }
  - { name: elsewhere, secret: key-of-elsewhere, ips: [10.0.0.0/8] }
  - { name: poor, secret: key-of-the-poor, limits: [{ cost: 0.000001, per: day }] }
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  await other.close();
});
beforeEach(() => {
  answers = ['{"words":["health"]}'];
  upstream.received.length = 0;
  other.received.length = 0;
});

const call = (
  path: string,
  body: unknown,
  { key = KEY, ...headers }: Record<string, string> & { key?: string } = {},
) =>
  fetch(gateway.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const problemOf = async (answer: Response) => {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  return [answer.status, ((await answer.json()) as Problem).code];
};

const idOf = ({ headers }: Response) => headers.get('x-request-id');

interface Sent {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly response_format?: unknown;
  readonly temperature?: number;
  readonly max_tokens?: number;
}
const sent = ({ body }: Received) => JSON.parse(body.toString()) as Sent;

describe('a prompt as an API', () => {
  it('puts variables in their places and answers with what was agreed on', async () => {
    const answer = await call('/keywords', { text: 'On {{most}} health', hints: ['a', 'b'] });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ words: ['health'] });
    expect(answer.headers.get('x-vitalgate-prompt')).toBe('keywords@2');
    expect(answer.headers.get('x-vitalgate-target')).toBe('openai/m');
    expect(answer.headers.get('x-vitalgate-warnings')).toBeNull();
    const [asked] = upstream.calls.map(sent);
    expect(asked).toMatchObject({
      model: 'm',
      temperature: 0,
      max_tokens: 100,
      response_format: { type: 'json_schema', json_schema: { name: 'keywords' } },
    });
    expect(asked?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(asked?.messages[1]?.content).toBe('Find 5 keywords in en: a b\nOn {{most}} health');
  });

  it('has versions, each with a path', async () => {
    const newest = await call('/v2/keywords', { text: 'x' });
    const older = await call('/v1/keywords', { text: 'x' });
    expect(newest.headers.get('x-vitalgate-prompt')).toBe('keywords@2');
    expect(older.headers.get('x-vitalgate-prompt')).toBe('keywords@1');
    expect(await older.json()).toEqual({ text: '{"words":["health"]}' });
  });

  it.each([
    ['nothing', {}, '', "must have required property 'text'"],
    ['another type', { text: 7 }, '/text', 'must be string'],
    ['what it does not know', { text: 'x', tone: 1 }, '', 'additional properties: "tone"'],
    ['too much', { text: 'x', most: 21 }, '/most', 'must be <= 20'],
    ['what is no JSON', '{"text":', undefined, 'document cannot be read'],
  ])('refuses %s', async (_what, body, pointer, detail) => {
    const answer = await call('/keywords', body);
    const problem = (await answer.json()) as Problem;
    expect([answer.status, problem.code]).toEqual([400, 'invalid_request']);
    expect(problem.detail).toContain(detail);
    expect(problem.errors?.[0]?.pointer).toBe(pointer);
    expect(upstream.calls).toEqual([]);
  });

  it.each([
    ['application/x-www-form-urlencoded', 'text=007&most=3&hints=a&hints=b'],
    ['application/xml', '<x><text>007</text><most>3</most><hints>a</hints><hints>b</hints></x>'],
    ['application/yaml', 'text: "007"\nmost: 3\nhints: [a, b]\n'],
  ])('takes %s', async (type, body) => {
    const answer = await call('/keywords', body, { 'content-type': type });
    expect(answer.status).toBe(200);
    expect(upstream.calls.map(sent)[0]?.messages[1]?.content).toBe(
      'Find 3 keywords in en: a b\n007',
    );
  });

  it.each([
    ['application/x-www-form-urlencoded', 'text=x&most=3&hints=a'],
    ['application/xml', '<x><text>x</text><most>3</most><hints>a</hints></x>'],
  ])(
    'takes what comes once for a list of one where there has to be a list: %s',
    async (type, body) => {
      const answer = await call('/keywords', body, { 'content-type': type });
      expect(answer.status).toBe(200);
      expect(upstream.calls.map(sent)[0]?.messages[1]?.content).toBe('Find 3 keywords in en: a\nx');
    },
  );

  it('answers in the format of its caller', async () => {
    const xml = await call('/keywords', { text: 'x' }, { accept: 'application/xml' });
    expect(xml.headers.get('content-type')).toMatch(/^application\/xml/);
    expect(await xml.text()).toContain('<words>health</words>');
    expect(await problemOf(await call('/plain', '', { accept: 'image/png' }))).toEqual([
      406,
      'not_acceptable',
    ]);
    const other_ = await call('/plain', '<a/>', { 'content-type': 'application/xml' });
    expect(await problemOf(other_)).toEqual([415, 'unsupported_media_type']);
  });

  it('takes a fence off, and says so', async () => {
    answers = ['Here you are:\n```json\n{"words":["a"],}\n```'];
    const answer = await call('/keywords', { text: 'x' });
    expect(await answer.json()).toEqual({ words: ['a'] });
    expect(answer.headers.get('x-vitalgate-warnings')).toBe('answer: repaired');
    expect(upstream.calls).toHaveLength(1);
  });

  it('asks once more where the answer misses the schema, and both are paid for', async () => {
    answers = ['{"words":["No 1"]}', '{"words":["one"]}'];
    const answer = await call('/keywords', { text: 'x' });
    expect(await answer.json()).toEqual({ words: ['one'] });
    expect(answer.headers.get('x-vitalgate-attempts')).toBe('2');
    const [, again] = upstream.calls.map(sent);
    expect(again?.messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'user',
    ]);
    expect(again?.messages[2]?.content).toBe('{"words":["No 1"]}');
    expect(again?.messages[3]?.content).toContain('answer/words/0 must match pattern');
    const row = await rowOf(answer);
    expect(row).toMatchObject({ input_tokens: 20, output_tokens: 10, cost: 30_000, attempts: 2 });
  });

  it.each([
    ['twice nothing that fits', ['no', '{"words":"x"}'], 'answer/words must be array', 2],
    ['no text', [said(null)], 'it has no text', 2],
    ['half an answer', [said('{"words":["a', 'length')], 'ended by "length"', 1],
  ])('tells %s as a failure of the model', async (_what, given, detail, asked) => {
    answers = given;
    const answer = await call('/keywords', { text: 'x' });
    const problem = (await answer.json()) as Problem;
    expect([answer.status, problem.code]).toEqual([502, 'upstream_error']);
    expect(problem.detail).toContain(detail);
    expect(upstream.calls).toHaveLength(asked);
  });

  it('remembers answers where its model does, for each format and guardrail', async () => {
    answers = ['{"n":1}', '{"n":2}'];
    const state = ({ headers }: Response) => [
      headers.get('x-vitalgate-cache'),
      headers.get('x-vitalgate-attempts'),
    ];
    const first = await call('/kept', { text: 'same' });
    expect([await first.json(), ...state(first)]).toEqual([{ n: 1 }, 'miss', '1']);
    expect(first.headers.get('age')).toBeNull();
    const again = await call('/kept', '{ "text":"same" }', { accept: 'application/xml' });
    expect(await again.text()).toContain('<n>1</n>');
    expect(state(again)).toEqual(['hit', '0']);
    expect(again.headers.get('age')).toMatch(/^\d+$/);
    expect(again.headers.get('x-vitalgate-prompt')).toBe('kept@1');
    expect(upstream.calls).toHaveLength(1);

    const row = await until(
      () => ledgerOf(gateway.databasePath).find((one) => one['id'] === idOf(again)),
      (found) => found !== undefined,
    );
    expect(row).toMatchObject({
      cost: 0,
      price_source: 'cache',
      attempts: 0,
      outcome: 'completed',
    });

    const other_ = await call('/kept', { text: 'another' });
    expect([await other_.json(), ...state(other_)]).toEqual([{ n: 2 }, 'miss', '1']);
    const anew = await call('/kept', { text: 'same' }, { 'cache-control': 'no-cache' });
    expect(state(anew)).toEqual(['bypass', '1']);
    expect(state(await call('/keywords', { text: 'same' }))[0]).toBeNull();
  });

  it('remembers nothing that misses its schema, and what came of a second try', async () => {
    answers = ['no', 'neither'];
    expect(await problemOf(await call('/kept', { text: 'odd' }))).toEqual([502, 'upstream_error']);
    answers = ['no', '{"n":3}'];
    expect(await (await call('/kept', { text: 'odd' })).json()).toEqual({ n: 3 });
    const again = await call('/kept', { text: 'odd' });
    expect([await again.json(), again.headers.get('x-vitalgate-cache')]).toEqual([{ n: 3 }, 'hit']);
    expect(upstream.calls).toHaveLength(4);
  });

  it('fails over like any call of its model', async () => {
    const { script } = upstream;
    upstream.script = (_received, response) => answerJson(response, 500, { error: 'broken' });
    const answer = await call('/keywords', { text: 'x' });
    upstream.script = script;
    expect(await answer.json()).toEqual({ words: ['other'] });
    expect(answer.headers.get('x-vitalgate-target')).toBe('spare/m');
  });

  it('has its row in the ledger, under its name', async () => {
    const answer = await call('/keywords', { text: 'x' });
    expect(await rowOf(answer)).toMatchObject({
      key_id: 'file:client',
      model: 'chat',
      operation: 'chat',
      route: 'prompt:keywords',
      status: 200,
      outcome: 'completed',
      input_tokens: 10,
      cost: 15_000,
    });
  });

  describe('holds every control', () => {
    it('a key', async () => {
      expect(await problemOf(await call('/plain', {}, { key: '' }))).toEqual([401, 'missing_key']);
    });
    it('a network', async () => {
      const answer = await call('/plain', {}, { key: 'key-of-elsewhere' });
      expect(await problemOf(answer)).toEqual([403, 'network_denied']);
    });
    it('what a key may', async () => {
      const may = await call('/keywords', { text: 'x' }, { key: 'key-of-only-prompts' });
      expect(may.status).toBe(200);
      for (const [path, key] of [
        ['/plain', 'key-of-only-prompts'],
        ['/keywords', 'key-of-no-models'],
      ] as const) {
        expect(await problemOf(await call(path, { text: 'x' }, { key }))).toEqual([
          403,
          'api_denied',
        ]);
      }
      const chat = await call(
        '/v1/chat/completions',
        { model: 'chat', messages: [{ role: 'user', content: 'x' }] },
        { key: 'key-of-only-prompts' },
      );
      expect(chat.status).toBe(403);
    });
    it('its own limit', async () => {
      expect((await call('/limited', {})).status).toBe(200);
      expect(await problemOf(await call('/limited', {}))).toEqual([429, 'rate_limited']);
    });
    it('a budget', async () => {
      const key = 'key-of-the-poor';
      await (await call('/plain', {}, { key })).arrayBuffer();
      const answer = await call('/plain', {}, { key });
      expect(await problemOf(answer)).toEqual([429, 'budget_exhausted']);
    });
    it('guardrails, on what is asked and on what is answered', async () => {
      const asked = await call('/guarded', { text: 'pay with 4111 1111 1111 1111' });
      expect(await problemOf(asked)).toEqual([400, 'guardrail_blocked']);
      expect(upstream.calls).toEqual([]);
      answers = ['{"card":"4111 1111 1111 1111"}'];
      const answered = await call('/guarded', { text: 'x' });
      expect(await problemOf(answered)).toEqual([400, 'guardrail_blocked']);
    });
    it('redaction, also where it is asked again', async () => {
      const { script } = upstream;
      upstream.script = ({ body }, response) => {
        const [placeholder] = /\[EMAIL_\w+\]/.exec(body.toString()) ?? [];
        const isSecond = upstream.calls.length === 2;
        answerJson(response, 200, said(isSecond ? `{"mail":"${placeholder}"}` : `${placeholder}?`));
      };
      const answer = await call('/guarded', { text: 'write to ada@example.org' });
      upstream.script = script;
      expect(await answer.json()).toEqual({ mail: 'ada@example.org' });
      expect(upstream.calls).toHaveLength(2);
      for (const { body } of upstream.calls) expect(body.toString()).not.toContain('ada@');
    });
    it('a method', async () => {
      const answer = await fetch(`${gateway.url}/plain`, {
        headers: { authorization: `Bearer ${KEY}` },
      });
      expect(answer.headers.get('allow')).toBe('POST');
      expect(await problemOf(answer)).toEqual([405, 'method_not_allowed']);
    });
    it('a compressed body', async () => {
      const answer = await call('/plain', '{}', { 'content-encoding': 'gzip' });
      expect(await problemOf(answer)).toEqual([415, 'unsupported_media_type']);
    });
  });
});

async function rowOf(answer: Response): Promise<Record<string, unknown> | undefined> {
  const id = answer.headers.get('x-request-id');
  await answer.arrayBuffer().catch(() => undefined);
  return until(
    () => ledgerOf(gateway.databasePath).find((one) => one['id'] === id),
    (row) => row !== undefined && row['outcome'] !== 'open',
  );
}
