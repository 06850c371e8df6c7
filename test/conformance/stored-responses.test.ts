/** Conversations that OpenAI keeps: they go on where they are kept, and nowhere else. */
import { type Simulator, startSimulator } from '@vitalgate/simulator';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';

let simulator: Simulator;
let gateway: TestGateway;

const clientOf = (url: string) =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0, logLevel: 'off' });

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
  const provider = (name: string, base: string) =>
    `  - { name: ${name}, dialect: ${name}, baseUrl: "${simulator.url}${base}", private: true, credentials: [{ name: a, value: sk-toy }] }`;
  gateway = await sharedGateway({
    config: `providers:
${provider('openai-responses', '/v1')}
${provider('anthropic', '')}
models:
  - { name: kept, targets: [{ provider: openai-responses, model: m }] }
  - { name: elsewhere, targets: [{ provider: anthropic, model: m }] }
keys: [{ name: client, secret: ${KEY} }]`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await simulator.close();
});

describe('responses that the provider stores', () => {
  it('are gone on with through the gateway, streamed or not', async () => {
    const openai = clientOf(gateway.url);
    const first = await openai.responses.create({ model: 'kept', input: 'Who keeps the light?' });
    const asked = { model: 'kept', input: 'And who else?', previous_response_id: first.id };
    const second = await openai.responses.create(asked);
    expect(second.previous_response_id).toBe(first.id);
    expect(second.usage?.input_tokens).toBeGreaterThan(first.usage?.input_tokens ?? Infinity);
    const streamed = await openai.responses
      .stream({ ...asked, previous_response_id: second.id })
      .finalResponse();
    expect(streamed.previous_response_id).toBe(second.id);
    expect(streamed.usage?.input_tokens).toBeGreaterThan(second.usage?.input_tokens ?? Infinity);
  });

  it('keep the calls of tools whose results come alone', async () => {
    const openai = clientOf(gateway.url);
    const tools = [
      {
        type: 'function' as const,
        name: 'get_weather',
        strict: false,
        parameters: { type: 'object', properties: { place: { type: 'string' } } },
      },
    ];
    const input = 'What will the weather be in Boston?';
    const first = await openai.responses.create({ model: 'kept', input, tools });
    const call = first.output.find((item) => item.type === 'function_call');
    const second = await openai.responses.create({
      model: 'kept',
      tools,
      previous_response_id: first.id,
      input: [
        {
          type: 'function_call_output',
          call_id: call?.call_id ?? '',
          output: 'sunny as never before',
        },
      ],
    });
    expect(second.output_text).toContain('sunny as never before');
  });

  it('are refused where they are not kept, and by providers of other dialects', async () => {
    const openai = clientOf(gateway.url);
    const unstored = { model: 'kept', input: 'Hello', store: false };
    const { id } = await openai.responses.create(unstored);
    const goOn = (model: string) =>
      openai.responses.create({ model, input: 'And?', previous_response_id: id });
    await expect(goOn('kept')).rejects.toThrow(/Previous response with id .* not found/);
    await expect(goOn('elsewhere')).rejects.toThrow(
      /previous_response_id.*stored at another vendor/,
    );
  });

  it('are not given to who only knows their id', async () => {
    const openai = clientOf(gateway.url);
    const { id } = await openai.responses.create({ model: 'kept', input: 'Hello' });
    const refusal = /the provider keeps responses for all callers of its key/;
    await expect(openai.responses.retrieve(id)).rejects.toThrow(refusal);
    await expect(openai.responses.delete(id)).rejects.toThrow(refusal);
    await expect(openai.responses.cancel(id)).rejects.toThrow(refusal);
    await expect(openai.responses.inputItems.list(id)).rejects.toThrow(refusal);
    await expect(openai.responses.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('are found, listed and removed at the simulator itself', async () => {
    const openai = clientOf(simulator.url);
    const first = await openai.responses.create({ model: 'm', input: 'Hello' });
    const kept = await openai.responses.retrieve(first.id);
    expect(kept.output_text).toBe(first.output_text);
    const goOn = { model: 'm', input: 'And?', previous_response_id: first.id };
    const second = await openai.responses.create(goOn);
    const { data } = await openai.responses.inputItems.list(second.id, { order: 'asc' });
    expect(data.map((item) => 'role' in item && item.role)).toEqual(['user', 'assistant', 'user']);
    await openai.responses.delete(first.id);
    await expect(openai.responses.retrieve(first.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(openai.responses.create(goOn)).rejects.toThrow(/Previous response/);
  });
});
