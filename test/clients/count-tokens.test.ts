/**
 * Tokens counted by every provider that counts, for every SDK that asks, through the gateway; and
 * estimated, with a word about it, where nobody counts.
 */
import Anthropic from '@anthropic-ai/sdk';
import { BedrockRuntimeClient, CountTokensCommand } from '@aws-sdk/client-bedrock-runtime';
import { GoogleGenAI } from '@google/genai';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Simulator, startSimulator } from '@vitalgate/simulator';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, ledgerOf, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerJson, Upstream } from '../harness/upstream.ts';

const vertex = '/v1/projects/p/locations/l';
const counting = [
  { name: 'anthropic', dialect: 'anthropic', base: '', model: 'claude-haiku-4-5' },
  { name: 'gemini', dialect: 'gemini', base: '', model: 'gemini-2.5-flash' },
  { name: 'vertex', dialect: 'vertex', base: vertex, model: 'gemini-2.5-flash' },
  { name: 'vertex-claude', dialect: 'vertex', base: vertex, model: 'claude-haiku-4-5' },
  { name: 'bedrock', dialect: 'bedrock', base: '', model: 'anthropic.claude-haiku-4-5-v1:0' },
  { name: 'responses', dialect: 'openai-responses', base: '/v1', model: 'gpt-5' },
] as const;
const silent = [
  { name: 'chat', dialect: 'openai-chat', base: '/v1', model: 'gpt-5' },
  { name: 'mistral', dialect: 'mistral', base: '/mistral/v1', model: 'mistral-small' },
  { name: 'cohere', dialect: 'cohere', base: '/cohere', model: 'command-a' },
  { name: 'ollama', dialect: 'ollama', base: '', model: 'qwen3' },
] as const;

const question = 'What will the weather be in San Francisco and Boston, and is the sea calm?';
const schema = { type: 'object' as const, properties: { place: { type: 'string' } } };

let simulator: Simulator;
let elsewhere: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
  elsewhere = await Upstream.shared('elsewhere', (_, response) =>
    answerJson(response, 404, { detail: 'Not Found' }),
  );
  const line = ({ name, dialect, base }: { name: string; dialect: string; base: string }) =>
    `  - { name: ${name}, dialect: ${dialect}, baseUrl: "${simulator.url}${base}", private: true, credentials: [{ name: a, value: sk-toy }] }`;
  gateway = await sharedGateway({
    config: `providers:
${[...counting, ...silent].map(line).join('\n')}
  - { name: elsewhere, dialect: anthropic, baseUrl: "${elsewhere.url}", private: true }
models:
${[...counting, ...silent].map(({ name, model }) => `  - { name: ${name}, targets: [{ provider: ${name}, model: "${model}" }] }`).join('\n')}
  - { name: elsewhere, targets: [{ provider: elsewhere, model: kimi }] }
keys:
  - { name: client, secret: ${KEY} }
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await simulator.close();
  await elsewhere.close();
});

interface Counting {
  readonly name: string;
  readonly count: (model: string) => Promise<number | undefined>;
}

const clients: readonly Counting[] = [
  {
    name: '@anthropic-ai/sdk',
    async count(model) {
      const client = new Anthropic({ apiKey: KEY, baseURL: gateway.url, maxRetries: 0 });
      const counted = await client.messages.countTokens({
        model,
        system: 'Be brief.',
        tools: [{ name: 'get_weather', input_schema: schema }],
        messages: [{ role: 'user', content: question }],
      });
      return counted.input_tokens;
    },
  },
  {
    name: '@google/genai',
    async count(model) {
      const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: gateway.url } });
      return (await client.models.countTokens({ model, contents: question })).totalTokens;
    },
  },
  {
    name: 'openai',
    async count(model) {
      const client = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
      const counted = await client.responses.inputTokens.count({
        model,
        instructions: 'Be brief.',
        input: question,
        tools: [{ type: 'function', name: 'get_weather', parameters: schema, strict: false }],
      });
      return counted.input_tokens;
    },
  },
  {
    name: '@aws-sdk/client-bedrock-runtime',
    async count(modelId) {
      const client = new BedrockRuntimeClient({
        endpoint: gateway.url,
        region: 'eu-west-1',
        token: { token: KEY },
        authSchemePreference: ['httpBearerAuth'],
        requestHandler: new NodeHttpHandler(),
      });
      const converse = { messages: [{ role: 'user' as const, content: [{ text: question }] }] };
      return (await client.send(new CountTokensCommand({ modelId, input: { converse } })))
        .inputTokens;
    },
  },
];

describe.each(clients)('$name', ({ count }) => {
  it.each(counting)('is told what $name counts', async ({ name }) => {
    const before = simulator.journal.length;
    const tokens = await count(name);
    expect(tokens).toBeGreaterThan(10);
    expect(tokens).toBeLessThan(100);
    const asked = simulator.journal.slice(before).filter(({ method }) => method === 'POST');
    expect(asked.map(({ path }) => path)).toEqual([expect.stringMatching(/count|input_tokens/i)]);
  });

  it.each([...silent, { name: 'elsewhere' }])('is told an estimate for $name', async ({ name }) => {
    const tokens = await count(name);
    expect(tokens).toBeGreaterThan(15);
    expect(tokens).toBeLessThan(60);
  });
});

describe('an estimate', () => {
  const body = { model: 'chat', messages: [{ role: 'user', content: question }] };
  const ask = (model: string, headers: Record<string, string> = {}) =>
    post(
      gateway.url,
      '/v1/messages/count_tokens',
      { ...body, model },
      {
        authorization: `Bearer ${KEY}`,
        ...headers,
      },
    );

  it('says that it is one, and is written down', async () => {
    const answer = await ask('chat');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-vitalgate-warnings')).toBe(
      '"input_tokens";action=altered;reason="estimated from the length of the text: no provider of this model counts"',
    );
    const id = answer.headers.get('x-request-id');
    await expect
      .poll(() => ledgerOf(gateway.databasePath).find((row) => row['id'] === id))
      .toMatchObject({ operation: 'count-tokens', status: 200, outcome: 'completed' });
  });

  it('is none where nothing may be lost', async () => {
    const answer = await ask('chat', { 'x-vitalgate-strict': 'true' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('unsupported_in_dialect');
  });

  it('stands in for a provider that speaks the dialect without it, whose models stay well', async () => {
    for (let i = 0; i < 5; i += 1) expect((await ask('elsewhere')).status).toBe(200);
    expect(elsewhere.calls.at(-1)?.path).toBe('/v1/messages/count_tokens');
    const why = await post(gateway.url, '/v1/messages', {
      ...body,
      model: 'elsewhere',
      max_tokens: 9,
    });
    // It is asked, which it would not be if it rested.
    expect(elsewhere.calls.at(-1)?.path).toBe('/v1/messages');
    expect(why.status).toBe(404);
  });

  it('does not hide that there is no such model', async () => {
    const told = { type: 'error', error: { type: 'not_found_error', message: 'model: kimi' } };
    elsewhere.script = (_, response) => answerJson(response, 404, told);
    const answer = await ask('elsewhere');
    expect([answer.status, await answer.json()]).toEqual([404, told]);
  });
});
