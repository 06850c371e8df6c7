/** The simulator as the vendors' own SDKs see it: what they can read is on the wire as it should be. */
import Anthropic from '@anthropic-ai/sdk';
import { type Simulator, startSimulator } from '@vitalgate/simulator';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

let simulator: Simulator;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
  openai = new OpenAI({ baseURL: `${simulator.url}/v1`, apiKey: 'sk-toy', maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: simulator.url, apiKey: 'sk-ant-toy', maxRetries: 0 });
});
afterEach(() => simulator.clear());
afterAll(() => simulator.close());

const model = 'vitalgate-sim-1';
const question = [{ role: 'user' as const, content: 'Who keeps the light?' }];

describe('openai', () => {
  it('completes a chat', async () => {
    const { data, response } = await openai.chat.completions
      .create({ model, messages: question })
      .withResponse();
    expect(response.headers.get('x-vitalgate-simulated')).toBe('true');
    expect(data.model).toBe(model);
    expect(data.choices[0]?.message.content).toMatch(
      /^\[simulated\] You said “Who keeps the light\?”/,
    );
    expect(data.choices[0]?.finish_reason).toBe('stop');
    expect(data.usage?.total_tokens).toBe(
      (data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0),
    );
  });

  it('streams the same text', async () => {
    const whole = await openai.chat.completions.create({ model, messages: question });
    const stream = openai.chat.completions.stream({
      model,
      messages: question,
      stream_options: { include_usage: true },
    });
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(streamed.usage).toEqual(whole.usage);
  });

  it.each([
    [400, OpenAI.BadRequestError],
    [401, OpenAI.AuthenticationError],
    [404, OpenAI.NotFoundError],
    [429, OpenAI.RateLimitError],
    [500, OpenAI.InternalServerError],
    [529, OpenAI.InternalServerError],
  ])('raises the error of status %i', async (status, error) => {
    await simulator.set({ status });
    await expect(openai.chat.completions.create({ model, messages: question })).rejects.toThrow(
      error,
    );
  });
});

describe('anthropic', () => {
  const asked = { model, max_tokens: 400, messages: question };

  it('answers a message', async () => {
    const { data, response } = await anthropic.messages.create(asked).withResponse();
    expect(response.headers.get('x-vitalgate-simulated')).toBe('true');
    expect(data).toMatchObject({ model, stop_reason: 'end_turn', role: 'assistant' });
    expect(data.content[0]).toMatchObject({
      type: 'text',
      text: expect.stringMatching(/^\[simulated\] You said “Who keeps the light\?”/),
    });
  });

  it('streams the same message', async () => {
    const whole = await anthropic.messages.create(asked);
    const streamed = await anthropic.messages.stream(asked).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.stop_reason).toBe('end_turn');
    expect(streamed.usage).toEqual(whole.usage);
  });

  it.each([
    [400, Anthropic.BadRequestError, 'invalid_request_error'],
    [401, Anthropic.AuthenticationError, 'authentication_error'],
    [404, Anthropic.NotFoundError, 'not_found_error'],
    [429, Anthropic.RateLimitError, 'rate_limit_error'],
    [500, Anthropic.InternalServerError, 'api_error'],
    [529, Anthropic.InternalServerError, 'overloaded_error'],
  ])('raises the error of status %i', async (status, error, type) => {
    await simulator.set({ status });
    const failure = anthropic.messages.create(asked);
    await expect(failure).rejects.toThrow(error);
    await expect(failure).rejects.toMatchObject({ error: { error: { type } } });
  });
});
