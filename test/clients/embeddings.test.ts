/**
 * Vectors from every provider that has them, asked for by every SDK that asks for them, through the
 * gateway. The toy's vectors come from the words alone, so whoever is asked gives the same.
 */
import { GoogleGenAI } from '@google/genai';
import { Mistral } from '@mistralai/mistralai';
import { type Simulator, startSimulator } from '@vitalgate/simulator';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, ledgerOf, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';

const providers = [
  { name: 'openai', dialect: 'openai-chat', base: '/v1', model: 'text-embedding-3-small' },
  { name: 'azure', dialect: 'azure-openai', base: '/openai', model: 'embedder' },
  { name: 'mistral', dialect: 'mistral', base: '/mistral/v1', model: 'mistral-embed' },
  { name: 'cohere', dialect: 'cohere', base: '/cohere', model: 'embed-v4.0' },
  { name: 'gemini', dialect: 'gemini', base: '', model: 'gemini-embedding-001' },
  {
    name: 'vertex',
    dialect: 'vertex',
    base: '/v1/projects/p/locations/l',
    model: 'text-embedding-005',
  },
  { name: 'ollama', dialect: 'ollama', base: '', model: 'nomic-embed-text' },
  { name: 'bedrock', dialect: 'bedrock', base: '', model: 'cohere.embed-v4:0' },
] as const;

const SIZE = 256;
const texts = ['the sea', 'a ship on the sea'];

/** One SDK's way to ask for vectors of texts. */
interface Asking {
  readonly name: string;
  readonly ask: (model: string, texts: readonly string[], size: number) => Promise<number[][]>;
}

let simulator: Simulator;
let gateway: TestGateway;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
  const listed = [...providers, ...alone];
  gateway = await sharedGateway({
    config: `health: { fall: 100 }
providers:
${listed.map(({ name, dialect, base }) => `  - { name: ${name}, dialect: ${dialect}, baseUrl: "${simulator.url}${base}", private: true, credentials: [{ name: a, value: sk-toy }], prices: { "*": { input: 1, output: 1000 } } }`).join('\n')}
models:
${listed.map(({ name, model }) => `  - { name: ${name}, targets: [{ provider: ${name}, model: "${model}" }] }`).join('\n')}
keys:
  - { name: client, secret: ${KEY} }
  - { name: few, secret: key-of-few, limits: [{ tokens: 40, per: 1h }] }
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await simulator.close();
});

/** Those that take one text, or have no vectors. */
const alone = [
  { name: 'titan', dialect: 'bedrock', base: '', model: 'amazon.titan-embed-text-v2:0' },
  {
    name: 'vertex-new',
    dialect: 'vertex',
    base: '/v1/projects/p/locations/l',
    model: 'gemini-embedding-2',
  },
  { name: 'claude', dialect: 'anthropic', base: '', model: 'claude-haiku-4-5' },
] as const;

const openai = () => new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
const google = () => new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: gateway.url } });
const ollama = () => new Ollama({ host: gateway.url, headers: { authorization: `Bearer ${KEY}` } });

const clients: readonly Asking[] = [
  {
    // It asks for base64 of its own accord.
    name: 'openai',
    async ask(model, input, dimensions) {
      const { data } = await openai().embeddings.create({ model, input: [...input], dimensions });
      return data.map(({ embedding }) => embedding);
    },
  },
  {
    name: 'openai, as numbers',
    async ask(model, input, dimensions) {
      const asked = { model, input: [...input], dimensions, encoding_format: 'float' as const };
      return (await openai().embeddings.create(asked)).data.map(({ embedding }) => embedding);
    },
  },
  {
    name: '@google/genai',
    async ask(model, contents, outputDimensionality) {
      const config = { outputDimensionality, taskType: 'RETRIEVAL_DOCUMENT' };
      const asked = { model, contents: [...contents], config };
      const { embeddings = [] } = await google().models.embedContent(asked);
      return embeddings.map(({ values = [] }) => values);
    },
  },
  {
    name: 'ollama',
    async ask(model, input, dimensions) {
      return (await ollama().embed({ model, input: [...input], dimensions })).embeddings;
    },
  },
  {
    name: '@mistralai/mistralai',
    async ask(model, inputs, outputDimension) {
      const client = new Mistral({ apiKey: KEY, serverURL: gateway.url });
      const { data } = await client.embeddings.create({
        model,
        inputs: [...inputs],
        outputDimension,
      });
      return data.map(({ embedding = [] }) => embedding);
    },
  },
];

const rounded = (vectors: readonly number[][]) =>
  vectors.map((vector) => vector.map((value) => Math.fround(value)));

describe.each(clients)('$name', ({ ask }) => {
  it.each(providers)('has vectors of $name', async ({ name }) => {
    const direct = await new Ollama({ host: simulator.url }).embed({
      model: 'toy',
      input: texts,
      dimensions: SIZE,
    });
    const vectors = await ask(name, texts, SIZE);
    expect(vectors.map(({ length }) => length)).toEqual([SIZE, SIZE]);
    expect(rounded(vectors)).toEqual(rounded(direct.embeddings));
  });

  it.each(['titan', 'vertex-new'])(
    'has one vector of %s, and is told that more cannot be',
    async (model) => {
      const [vector] = await ask(model, ['the sea'], SIZE);
      expect(vector).toHaveLength(SIZE);
      await expect(ask(model, texts, SIZE)).rejects.toThrow(/expected one text/);
    },
  );

  it('is refused where there are none, before anything is asked', async () => {
    const before = simulator.journal.length;
    await expect(ask('claude', texts, SIZE)).rejects.toThrow(
      /no target of this model does embeddings/,
    );
    expect(simulator.journal).toHaveLength(before);
  });
});

describe('one vector', () => {
  it('is had by the way Ollama used to have', async () => {
    const { embedding } = await ollama().embeddings({ model: 'gemini', prompt: 'the sea' });
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
  });

  it('is had by embedContent', async () => {
    const path = '/v1beta/models/cohere:embedContent';
    const content = { parts: [{ text: 'the ' }, { text: 'sea' }] };
    const answer = await post(gateway.url, path, { content, taskType: 'RETRIEVAL_QUERY' });
    expect(await answer.json()).toEqual({
      embedding: { values: expect.any(Array) },
      usageMetadata: { promptTokenCount: 2, totalTokenCount: 2 },
    });
    expect(answer.headers.get('x-vitalgate-warnings')).toBeNull();
  });

  it('passes where Google is the provider, under the name it has there', async () => {
    const { embeddings } = await google().models.embedContent({ model: 'gemini', contents: 'x' });
    expect(embeddings).toHaveLength(1);
    const path = '/v1beta/models/gemini:embedContent';
    const body = { model: 'models/gemini', content: { parts: [{ text: 'x' }] } };
    expect((await post(gateway.url, path, body)).status).toBe(200);
  });
});

describe('what cannot be carried', () => {
  const ask = (model: string, body: object, strict = false) =>
    post(
      gateway.url,
      '/v1/embeddings',
      { model, input: 'the sea', ...body },
      {
        authorization: `Bearer ${KEY}`,
        ...(strict ? { 'x-vitalgate-strict': 'true' } : {}),
      },
    );

  it('is told', async () => {
    const answer = await ask('cohere', { user: 'u1' });
    expect(answer.headers.get('x-vitalgate-warnings')).toBe(
      '"input";action=altered;reason="embedded as search_document: this provider has to be told what for", ' +
        '"user";action=dropped;reason="this provider has no such parameter"',
    );
    const purpose = await ask('ollama', { input_type: 'search_query' });
    expect(purpose.headers.get('x-vitalgate-warnings')).toBe(
      '"input_type";action=dropped;reason="this provider embeds all texts alike"',
    );
  });

  it('is refused where nothing may be lost', async () => {
    const answer = await ask('cohere', {}, true);
    expect([answer.status, (await answer.json()) as object]).toMatchObject([
      400,
      { error: { code: 'unsupported_in_dialect' } },
    ]);
    expect((await ask('cohere', { input_type: 'search_query' }, true)).status).toBe(200);
  });

  it.each([
    ['tokens of another model', { input: [[1, 2, 3]] }, /tokens mean something to the model alone/],
    [
      'numbers of another kind',
      { output_dtype: 'int8' },
      /output_dtype: found .*int8.*, expected float/,
    ],
  ])('is refused in any case: %s', async (_, body, message) => {
    const answer = await ask('gemini', body);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(message);
  });

  it('is refused when a batch has one setting for each', async () => {
    const one = { content: { parts: [{ text: 'x' }] } };
    const requests = [one, { ...one, outputDimensionality: 8 }];
    const answer = await post(gateway.url, '/v1beta/models/openai:batchEmbedContents', {
      requests,
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/the same dimensions as in the first request/);
  });
});

describe('what vectors cost', () => {
  it('is told, counted and charged as input alone', async () => {
    for (const { name } of providers) {
      const answer = await post(gateway.url, '/v1/embeddings', { model: name, input: 'the sea' });
      const id = answer.headers.get('x-request-id');
      const { usage } = (await answer.json()) as { usage?: object };
      // Neither Gemini nor Cohere on Bedrock tells it.
      const isTold = name !== 'gemini' && name !== 'bedrock';
      expect([name, usage]).toEqual([
        name,
        isTold ? expect.objectContaining({ prompt_tokens: 2, total_tokens: 2 }) : undefined,
      ]);
      const row = () => ledgerOf(gateway.databasePath).find((one) => one['id'] === id);
      await expect.poll(row, { timeout: 5000 }).toMatchObject({
        operation: 'embeddings',
        outcome: 'completed',
        output_tokens: 0,
        is_estimated: isTold ? 0 : 1,
      });
      expect(row()?.['cost']).toBe(1000 * Number(row()?.['input_tokens']));
    }
  });

  it('is limited', async () => {
    const ask = () =>
      post(
        gateway.url,
        '/v1/embeddings',
        { model: 'gemini', input: 'x'.repeat(90) },
        {
          authorization: 'Bearer key-of-few',
        },
      );
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await ask()).status);
    expect(statuses).toContain(429);
  });
});
