/**
 * Every official SDK × every dialect of a provider × what people use of a model. The SDK speaks to
 * the gateway, the gateway to the simulator, which is as strict as the vendor in what it takes.
 */
import { type Simulator, startSimulator } from '@vitalgate/simulator';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { anthropic } from './anthropic.ts';
import { type Client, type Feature, features, type Told } from './client.ts';
import { gemini } from './gemini.ts';
import { ollama } from './ollama.ts';
import { openaiChat } from './openai-chat.ts';

const clients: readonly Client[] = [openaiChat, anthropic, gemini, ollama];

interface Provider {
  readonly dialect: string;
  /** Below the simulator's address. */
  readonly base: string;
  /** What the dialect cannot say at all, with the reason. */
  readonly cannot: Readonly<Partial<Record<Feature, string>>>;
}

const providers: readonly Provider[] = [
  {
    dialect: 'openai-chat',
    base: '/v1',
    cannot: { reasoning: 'Chat Completions of OpenAI itself never shows reasoning' },
  },
  { dialect: 'anthropic', base: '', cannot: {} },
];

let simulator: Simulator;
let gateway: TestGateway;
const table = new Map<string, string>();

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
  gateway = await sharedGateway({
    // What fails here does so on purpose, and must not rest what the next test asks.
    config: `health: { fall: 100 }
providers:
${providers.map(({ dialect, base }) => `  - { name: ${dialect}, dialect: ${dialect}, baseUrl: "${simulator.url}${base}", private: true, credentials: [{ name: a, value: sk-toy }] }`).join('\n')}
models:
${providers.map(({ dialect }) => `  - { name: ${dialect}, targets: [{ provider: ${dialect}, model: vitalgate-sim-1 }] }`).join('\n')}
keys:
  - { name: client, secret: ${KEY} }
`,
  });
});
afterEach(() => simulator.clear());
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

type Try = (
  ask: (ask: Omit<Parameters<Client['ask']>[2], 'model'>) => Promise<Told>,
  client: Client,
) => Promise<void>;

const tries: Readonly<Record<Feature, Try>> = {
  async text(ask) {
    const told = await ask({ prompt: 'Who keeps the light?' });
    expect(told.text).toContain('Who keeps the light?');
    expect(told.stop).toMatch(/^(stop|end_turn|completed|STOP)$/);
    expect(told.input).toBeGreaterThan(0);
    expect(told.output).toBeGreaterThan(0);
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
  async image(ask) {
    const told = await ask({ prompt: 'What is this?', image: picture });
    expect(told.text).toContain('What is this?');
    // The toy sees nothing; what matters is that it was shown the picture.
    const asked = simulator.journal.findLast(({ method }) => method === 'POST');
    expect(asked?.bodyBytes).toBeGreaterThan(picture.length);
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
  async error(ask, client) {
    const failed = async (streamed: boolean) => {
      const error: unknown = await ask({ prompt: 'Hello', streamed }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toSatisfy(client.isOwnError);
    };
    await simulator.set({ status: 400 });
    await failed(false);
    await failed(true);
    await simulator.clear();
    await simulator.set({ status: 503, times: 2 });
    await failed(false);
    await failed(true);
    await simulator.clear();
    await simulator.set({ cutAfterChunks: 6 });
    await failed(true);
  },
};

describe.each(clients.map((client) => [client.name, client] as const))('%s', (name, client) => {
  describe.each(providers)('to $dialect', (provider) => {
    for (const feature of features) {
      const cell = `${name}|${provider.dialect}|${feature}`;
      const reason = client.cannot[feature] ?? provider.cannot[feature];
      if (reason !== undefined) {
        table.set(cell, `not possible: ${reason}`);
        continue;
      }
      it(`does ${feature}`, async () => {
        table.set(cell, 'failed');
        expect.hasAssertions();
        await tries[feature](
          (ask) => client.ask(gateway.url, KEY, { model: provider.dialect, ...ask }),
          client,
        );
        table.set(cell, 'passed');
      });
    }
  });
});

/** The matrix, and below it what is not possible and why. */
function printed(): string {
  const marks = { passed: '✓', failed: '✗' } as const;
  const rows = clients.flatMap((client) =>
    providers.map(({ dialect }) => {
      const cells = features.map((feature) => {
        const found = table.get(`${client.name}|${dialect}|${feature}`) ?? 'failed';
        return (marks[found as 'passed'] ?? '–').padEnd(feature.length);
      });
      return `${`${client.name} → ${dialect}`.padEnd(40)} ${cells.join('  ')}`;
    }),
  );
  const reasons = [...table]
    .filter(([, found]) => found.startsWith('not possible'))
    .map(([cell, found]) => `– ${cell.split('|').join(' · ')}: ${found}`);
  return [`${''.padEnd(40)} ${features.join('  ')}`, ...rows, ...reasons].join('\n');
}
