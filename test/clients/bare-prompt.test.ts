/** Prompts that are no chats, by the SDKs that have them, at providers that only chat. */
import { type Simulator, startSimulator } from '@vitalgate/simulator';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';

const names = ['gemini', 'anthropic', 'openai-responses', 'cohere'] as const;
const prompt = 'Tell me of the sea.';

let simulator: Simulator;
let gateway: TestGateway;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
  gateway = await sharedGateway({
    config: `providers:
${names.map((name) => `  - { name: ${name}, dialect: ${name}, baseUrl: "${simulator.url}", private: true, credentials: [{ name: a, value: sk-toy }] }`).join('\n')}
models:
${names.map((name) => `  - { name: ${name}, targets: [{ provider: ${name}, model: sim }] }`).join('\n')}
keys: [{ name: client, secret: ${KEY} }]
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await simulator.close();
});

describe.each(names)('at %s', (model) => {
  it('reaches by ollama, whole and streamed', async () => {
    const client = new Ollama({ host: gateway.url, headers: { authorization: `Bearer ${KEY}` } });
    const whole = await client.generate({ model, prompt, system: 'Be brief.' });
    expect(whole.response?.length).toBeGreaterThan(10);
    expect([whole.done_reason, whole.eval_count]).toEqual(['stop', expect.any(Number)]);
    const pieces = [];
    for await (const { response } of await client.generate({ model, prompt, stream: true })) {
      pieces.push(response);
    }
    expect(pieces.length).toBeGreaterThan(3);
    await expect(client.generate({ model, prompt, suffix: '}' })).rejects.toThrow(/suffix/);
  });

  it('reaches by openai, whole and streamed', async () => {
    const client = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const whole = await client.completions.create({ model, prompt, max_tokens: 200 });
    expect(whole).toMatchObject({
      object: 'text_completion',
      model,
      choices: [{ index: 0, text: expect.stringMatching(/.{10}/s), finish_reason: 'stop' }],
      usage: { completion_tokens: expect.any(Number) },
    });
    const stream = await client.completions.create({
      model,
      prompt: [prompt],
      max_tokens: 200,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const told = chunks.flatMap(({ choices }) => choices);
    expect(told.map(({ text }) => text).join('')).toHaveLength(whole.choices[0]?.text.length ?? 0);
    expect(told.at(-1)?.finish_reason).toBe('stop');
    expect(chunks.at(-1)?.usage?.prompt_tokens).toBeGreaterThan(1);
  });
});

describe('what a chat cannot do with a prompt', () => {
  const ask = (body: object, headers: Record<string, string> = {}) =>
    post(
      gateway.url,
      '/v1/completions',
      { model: 'gemini', prompt, ...body },
      {
        authorization: `Bearer ${KEY}`,
        ...headers,
      },
    );

  it('is told', async () => {
    const answer = await ask({ logprobs: 2 });
    expect(answer.headers.get('x-vitalgate-warnings')).toBe(
      '"prompt";action=altered;reason="asked as a message of the user", ' +
        '"logprobs";action=dropped;reason="this provider has no such field"',
    );
    expect((await ask({}, { 'x-vitalgate-strict': 'true' })).status).toBe(400);
  });

  it.each([
    [{ prompt: [prompt, prompt] }, /expected one text/],
    [{ prompt: [1, 2] }, /expected one text/],
    [{ suffix: 'end' }, /suffix/],
    [{ echo: true }, /echo/],
  ])('is refused: %j', async (body, message) => {
    const answer = await ask(body);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(message);
  });
});
