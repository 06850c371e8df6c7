/**
 * Every official SDK × every provider, by dialect and cloud, × what people use of a model. The SDK speaks to
 * the gateway, the gateway to the simulator, which is as strict as the vendor in what it takes.
 */
import { type Simulator, startSimulator } from '@vitalgate/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { aiSdk } from './ai-sdk.ts';
import { anthropic } from './anthropic.ts';
import { bedrock } from './bedrock.ts';
import { type Client, type Feature, features, type Told } from './client.ts';
import { gemini } from './gemini.ts';
import { mistral } from './mistral.ts';
import { ollama } from './ollama.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';

const clients: readonly Client[] = [
  openaiChat,
  openaiResponses,
  anthropic,
  gemini,
  ollama,
  mistral,
  bedrock,
  ...aiSdk,
];

interface Provider {
  /** Its dialect, or what is sold there. */
  readonly name: string;
  /** As a configuration names it, where that is not the name. */
  readonly dialect?: string;
  /** Below the simulator's address. */
  readonly base: string;
  /** What the name of a model there begins with, where its vendor's models go by their names. */
  readonly model?: string;
  /** A key unless said otherwise, each as fields of a credential. */
  readonly credentials?: readonly string[];
  /** Where a caller of Messages, and everybody else, is to be answered from. */
  readonly paths: { readonly messages: RegExp; readonly others: RegExp };
  /** What the dialect cannot say at all, with the reason. */
  readonly cannot: Readonly<Partial<Record<Feature, string>>>;
}

const unseen = 'Chat Completions of OpenAI itself never shows reasoning';

/** One place for all. */
const at = (path: RegExp) => ({ messages: path, others: path });

const google = '/v1/projects/p/locations/global';

const providers: readonly Provider[] = [
  {
    name: 'openai-chat',
    base: '/v1',
    paths: at(/^\/v1\/chat\/completions$/),
    cannot: { reasoning: unseen },
  },
  { name: 'openai-responses', base: '/v1', paths: at(/^\/v1\/responses$/), cannot: {} },
  { name: 'anthropic', base: '', paths: at(/^\/v1\/messages$/), cannot: {} },
  {
    name: 'gemini',
    base: '',
    model: 'gemini-3-flash-',
    paths: at(/^\/v1beta\/models\//),
    cannot: {},
  },
  {
    name: 'mistral',
    base: '/mistral/v1',
    paths: at(/^\/mistral\/v1\/chat\/completions$/),
    cannot: {},
  },
  { name: 'cohere', base: '/cohere', paths: at(/\/v2\/chat$/), cannot: {} },
  { name: 'ollama', base: '', paths: at(/^\/api\/chat$/), cannot: {} },
  // A model that is no Claude, so that callers of Messages are translated as well.
  {
    name: 'bedrock',
    base: '',
    model: 'us.amazon.nova-2-lite-',
    paths: at(/^\/model\/[^/]+\/converse/),
    cannot: {
      'structured output':
        'Amazon’s own models take no schema, and the toy does not read the instruction in its place',
    },
  },
  {
    name: 'bedrock-anthropic',
    dialect: 'bedrock',
    base: '',
    model: 'anthropic.claude-sonnet-4-',
    // They take turns.
    credentials: [
      'accessKeyId: AKIAIOSFODNN7EXAMPLE, secretAccessKey: toy-secret, region: us-east-1',
      'value: sk-toy',
    ],
    paths: {
      messages: /^\/model\/[^/]+\/invoke/,
      others: /^\/model\/[^/]+\/converse/,
    },
    cannot: {},
  },
  {
    name: 'azure-openai',
    base: '/openai',
    paths: at(/^\/openai\/v1\/chat\/completions|^\/openai\/deployments\//),
    cannot: { reasoning: unseen },
  },
  {
    name: 'vertex',
    base: google,
    model: 'gemini-3-flash-',
    paths: at(/\/publishers\/google\/models\/[^/]+[gG]enerateContent\b/),
    cannot: {},
  },
  {
    name: 'vertex-anthropic',
    dialect: 'vertex',
    base: google,
    model: 'claude-sonnet-4-',
    paths: at(/\/publishers\/anthropic\/models\/[^/]+:(?:raw|streamRaw)Predict$/),
    cannot: {},
  },
];

const hidden =
  'Chat Completions cannot ask to be shown it, and OpenAI shows no more than it is asked for';

/** What neither side is to blame for alone. */
const impossible: readonly (readonly [
  client: string,
  provider: string,
  feature: Feature,
  reason: string,
])[] = [
  ['openai chat', 'openai-responses', 'reasoning', hidden],
  ['@mistralai/mistralai', 'openai-responses', 'reasoning', hidden],
  ['ai with mistral', 'openai-responses', 'reasoning', hidden],
  [
    'ai with anthropic',
    'ollama',
    'structured output',
    'of a model whose name is not Claude’s it demands a call of a tool, and Ollama cannot be made to call',
  ],
];

const reasonOf = ({ client, provider }: Pair, feature: Feature): string | undefined =>
  client.cannot[feature] ??
  provider.cannot[feature] ??
  impossible.find(
    ([asks, answers, one]) => asks === client.name && answers === provider.name && one === feature,
  )?.[3];

/** Each pair has models of its own, so that cells may run beside each other. */
interface Pair {
  readonly client: Client;
  readonly provider: Provider;
  /** What the caller asks for, and what the gateway asks for in its place. */
  readonly model: string;
  readonly upstream: string;
}

const pairs = clients.flatMap((client, index) =>
  providers.map((provider): Pair => {
    const model = `m${index}-${provider.name}`;
    return { client, provider, model, upstream: `${provider.model ?? 'sim-'}${model}` };
  }),
);

const broken = (model: string): string => `${model}-broken`;

const providerLine = ({
  name,
  dialect = name,
  base,
  credentials = ['value: sk-toy'],
}: Provider) => {
  const told = credentials.map((fields, index) => `{ name: c${index}, ${fields} }`).join(', ');
  const baseUrl = `${simulator.url}${base}`;
  return `  - { name: ${name}, dialect: ${dialect}, baseUrl: "${baseUrl}", private: true, credentials: [${told}] }`;
};

let simulator: Simulator;
let gateway: TestGateway;
const table = new Map<string, string>();

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7, journalSize: 5000 });
  const models = pairs.flatMap(({ provider, model, upstream }) =>
    [model, broken(model)].map(
      (name) =>
        `  - { name: ${name}, targets: [{ provider: ${provider.name}, model: ${name === model ? upstream : broken(upstream)} }] }`,
    ),
  );
  gateway = await sharedGateway({
    // What fails here does so on purpose, and must not rest what the next test asks.
    config: `health: { fall: 100 }
providers:
${providers.map(providerLine).join('\n')}
models:
${models.join('\n')}
keys:
  - { name: client, secret: ${KEY} }
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await simulator.close();
  process.stdout.write(`\n${printed()}\n`);
});

const weather = {
  name: 'get_weather',
  schema: {
    type: 'object' as const,
    properties: { place: { type: 'string' } },
    required: ['place'],
    additionalProperties: false,
  },
};
const ship = {
  type: 'object',
  properties: { name: { type: 'string' }, masts: { type: 'integer' } },
  required: ['name', 'masts'],
  additionalProperties: false,
};
const forecast = 'What will the weather be in San Francisco and Boston?';
/** A PNG of one pixel, and much behind it that nobody looks at. */
const picture = Buffer.concat([
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  ),
  Buffer.alloc(20_000),
]).toString('base64');

type Asking = (ask: Omit<Parameters<Client['ask']>[2], 'model'>, model?: string) => Promise<Told>;
type Try = (ask: Asking, pair: Pair) => Promise<void>;

const tries: Readonly<Record<Feature, Try>> = {
  async text(ask, { client, provider, upstream }) {
    const told = await ask({ prompt: 'Who keeps the light?' });
    expect(told.text).toContain('Who keeps the light?');
    expect(told.stop).toMatch(/^(stop|end_turn|completed|STOP)$/);
    expect(told.input).toBeGreaterThan(0);
    expect(told.output).toBeGreaterThan(0);
    const { path = '' } = simulator.journal.find((entry) => entry.model === upstream) ?? {};
    expect(path).toMatch(provider.paths[client.dialect === 'anthropic' ? 'messages' : 'others']);
  },
  async streamed(ask) {
    const prompt = 'Who keeps the light? 👋 Grüße';
    const [whole, told] = [await ask({ prompt }), await ask({ prompt, streamed: true })];
    expect(told.text).toBe(whole.text);
    expect(told.stop).toBe(whole.stop);
    expect([told.input, told.output]).toEqual([whole.input, whole.output]);
  },
  async tools(ask) {
    const first = await ask({ prompt: forecast, tools: [weather] });
    expect(first.calls.map(({ name, input }) => [name, input])).toEqual([
      ['get_weather', { place: 'San Francisco' }],
      ['get_weather', { place: 'Boston' }],
    ]);
    const results = first.calls.map((call) => ({ call, text: 'sunny as never before' }));
    const after = { turn: first.turn, results };
    const told = await ask({ prompt: forecast, tools: [weather], after });
    expect(told.text).toContain('sunny as never before');
  },
  async 'parallel tools streamed'(ask) {
    const told = await ask({ prompt: forecast, tools: [weather], streamed: true });
    expect(told.calls.map(({ name, input }) => [name, input])).toEqual([
      ['get_weather', { place: 'San Francisco' }],
      ['get_weather', { place: 'Boston' }],
    ]);
    expect(new Set(told.calls.map(({ id }) => id)).size).toBe(2);
  },
  async 'structured output'(ask) {
    const told = await ask({ prompt: 'Tell me of a ship.', schema: ship });
    expect(JSON.parse(told.text)).toEqual({
      name: expect.any(String) as unknown,
      masts: expect.any(Number) as unknown,
    });
  },
  async image(ask, { upstream }) {
    const told = await ask({ prompt: 'What is this?', image: picture });
    expect(told.text).toContain('What is this?');
    // The toy sees nothing; what matters is that it was shown the picture.
    const asked = simulator.journal.filter((entry) => entry.model === upstream);
    expect(Math.max(...asked.map(({ bodyBytes }) => bodyBytes))).toBeGreaterThan(picture.length);
  },
  async reasoning(ask) {
    const prompt = forecast;
    const reasoning = true;
    const first = await ask({ prompt, reasoning, tools: [weather] });
    expect(first.reasoning).not.toBe('');
    // Vendors that sign their reasoning, and the toy with them, refuse what is not their own.
    const results = first.calls.map((call) => ({ call, text: 'sunny as never before' }));
    const after = { turn: first.turn, results };
    const told = await ask({ prompt, reasoning, tools: [weather], after });
    expect(told.text).toContain('sunny as never before');
    const streamed = await ask({ prompt, reasoning, streamed: true });
    expect(streamed.reasoning).not.toBe('');
  },
  async error(ask, { client, model, upstream }) {
    const failed = async (streamed: boolean) => {
      const error: unknown = await ask({ prompt: 'Hello', streamed }, broken(model)).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toSatisfy(client.isOwnError);
    };
    const fault = { model: broken(upstream) };
    await simulator.set({ ...fault, status: 400, times: 2 });
    await failed(false);
    await failed(true);
    await simulator.set({ ...fault, status: 503, times: 2 });
    await failed(false);
    await failed(true);
    await simulator.set({ ...fault, cutAfterChunks: 6 });
    await failed(true);
  },
};

describe.each(pairs.map((pair) => ({ ...pair, from: pair.client.name, to: pair.provider.name })))(
  '$from to $to',
  (pair) => {
    const { client, model, from, to } = pair;
    for (const feature of features) {
      const cell = `${from}|${to}|${feature}`;
      const reason = reasonOf(pair, feature);
      if (reason !== undefined) {
        table.set(cell, `not possible: ${reason}`);
        continue;
      }
      it.concurrent(`does ${feature}`, async () => {
        table.set(cell, 'failed');
        const asking: Asking = (ask, named = model) =>
          client.ask(gateway.url, KEY, { model: named, ...ask });
        await expect(tries[feature](asking, pair)).resolves.toBeUndefined();
        table.set(cell, 'passed');
      });
    }
  },
);

it('asks Bedrock with a signature and with a key', () => {
  const proofs = simulator.journal
    .filter(({ path }) => /^\/model\/anthropic[^/]+\/invoke/.test(path))
    .map(({ headers: { authorization = '' } }) => authorization.split(' ')[0]);
  expect(new Set(proofs)).toEqual(new Set(['AWS4-HMAC-SHA256', 'Bearer']));
});

/** The matrix, and below it what is not possible and why. */
function printed(): string {
  const marks = { passed: '✓', failed: '✗' } as const;
  const width = 50;
  const rows = pairs.map(({ client, provider }) => {
    const cells = features.map((feature) => {
      const found = table.get(`${client.name}|${provider.name}|${feature}`) ?? 'failed';
      return (marks[found as 'passed'] ?? '–').padEnd(feature.length);
    });
    return `${`${client.name} → ${provider.name}`.padEnd(width)} ${cells.join('  ')}`;
  });
  const reasons = new Map<string, string[]>();
  for (const [cell, found] of table) {
    if (!found.startsWith('not possible')) continue;
    const [asks, answers, feature] = cell.split('|');
    const told = `– ${feature ?? ''}, ${found}:`;
    reasons.set(told, [...(reasons.get(told) ?? []), `${asks ?? ''} → ${answers ?? ''}`]);
  }
  const why = [...reasons].map(([reason, cells]) => `${reason} ${cells.join(', ')}`);
  return [`${''.padEnd(width)} ${features.join('  ')}`, ...rows, ...why].join('\n');
}
