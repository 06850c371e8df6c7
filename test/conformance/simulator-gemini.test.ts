/** The simulator's Gemini as Google's own SDK sees it. */
import { ApiError, GoogleGenAI, ThinkingLevel } from '@google/genai';
import { type Fault, type Simulator, startSimulator } from '@vitalgate/simulator';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

let simulator: Simulator;
let google: GoogleGenAI;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7, requireKey: 'toy' });
  const httpOptions = { baseUrl: simulator.url, retryOptions: { attempts: 1 } };
  google = new GoogleGenAI({ apiKey: 'toy', httpOptions });
});
afterEach(() => simulator.clear());
afterAll(() => simulator.close());

const model = 'vitalgate-sim-1';
const question = { model, contents: 'Who keeps the light?' };
const parametersJsonSchema = {
  type: 'object',
  properties: { place: { type: 'string' }, unit: { enum: ['C', 'F'] } },
  required: ['place', 'unit'],
  additionalProperties: false,
};
const tools = [{ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema }] }];
const forecast = {
  model,
  contents: 'What will the weather be in San Francisco and Boston?',
  config: { tools },
};
const unit = expect.stringMatching(/^[CF]$/) as unknown;
const places = [
  { place: 'San Francisco', unit },
  { place: 'Boston', unit },
];

describe('Gemini', () => {
  it('generates, and streams the same', async () => {
    const whole = await google.models.generateContent(question);
    expect(whole.text).toMatch(/^\[simulated\] You said “Who keeps the light\?”/);
    expect(whole.sdkHttpResponse?.headers?.['x-vitalgate-simulated']).toBe('true');
    let text = '';
    let usage: unknown;
    for await (const chunk of await google.models.generateContentStream(question)) {
      text += chunk.text ?? '';
      usage = chunk.usageMetadata;
    }
    expect(text).toBe(whole.text);
    expect(usage).toEqual(whole.usageMetadata);
  });

  it('calls tools in parallel, whole and streamed alike, and goes on with their answers', async () => {
    const whole = await google.models.generateContent(forecast);
    expect(whole.functionCalls?.map(({ args }) => args)).toEqual(places);
    const streamed: unknown[] = [];
    for await (const chunk of await google.models.generateContentStream(forecast)) {
      streamed.push(...(chunk.functionCalls ?? []));
    }
    expect(streamed).toEqual(whole.functionCalls);

    const chat = google.chats.create({ model: 'gemini-3-pro', config: { tools } });
    const asked = await chat.sendMessage({ message: forecast.contents });
    const message = (asked.functionCalls ?? []).map(({ id = '', name = '' }) => ({
      functionResponse: { id, name, response: { output: 'rain' } },
    }));
    const answered = await chat.sendMessage({ message });
    expect(answered.text).toContain('The tools answered “rain” and “rain”.');
  });

  it('thinks, and knows its own signature from a forged one', async () => {
    const config = { thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.LOW } };
    const { candidates, usageMetadata } = await google.models.generateContent({
      ...question,
      config,
    });
    const parts = candidates?.[0]?.content?.parts ?? [];
    expect(parts.map(({ thought }) => thought)).toEqual([true, undefined]);
    expect(usageMetadata?.thoughtsTokenCount).toBeGreaterThan(0);
    const talk = (thoughtSignature: string | undefined): Promise<unknown> =>
      google.models.generateContent({
        model,
        contents: [
          { role: 'user', parts: [{ text: 'Hi' }] },
          { role: 'model', parts: [{ text: 'Ho', ...(thoughtSignature && { thoughtSignature }) }] },
          { role: 'user', parts: [{ text: 'Go on' }] },
        ],
      });
    await talk(parts[1]?.thoughtSignature);
    await expect(talk('Zm9yZ2Vk')).rejects.toThrow(/Corrupted thought signature/);
  });

  it('writes what the schema asks, and sees an image', async () => {
    const responseJsonSchema = {
      type: 'object',
      properties: { name: { type: 'string' }, masts: { type: 'integer', minimum: 1, maximum: 5 } },
      required: ['name', 'masts'],
    };
    const config = { responseMimeType: 'application/json', responseJsonSchema };
    const { text = '' } = await google.models.generateContent({ ...question, config });
    expect(JSON.parse(text)).toEqual({
      name: expect.any(String),
      masts: expect.toSatisfy((masts) => masts >= 1 && masts <= 5),
    });
    const inlineData = { mimeType: 'image/png', data: 'AAAA' };
    const seen = await google.models.generateContent({
      model,
      contents: [{ inlineData }, { text: 'What is this?' }],
    });
    expect(seen.text).toContain('You sent 1 image.');
  });

  it('counts, embeds and lists', async () => {
    const { totalTokens } = await google.models.countTokens(question);
    const { usageMetadata } = await google.models.generateContent(question);
    expect(totalTokens).toBe(usageMetadata?.promptTokenCount);
    const { embeddings = [] } = await google.models.embedContent({
      model,
      contents: ['the sea', 'the light'],
      config: { outputDimensionality: 8 },
    });
    expect(embeddings.map(({ values = [] }) => Math.round(Math.hypot(...values)))).toEqual([1, 1]);
    const names: (string | undefined)[] = [];
    for await (const { name } of await google.models.list()) names.push(name);
    expect(names).toContain(`models/${model}`);
    expect(await google.models.get({ model: 'any' })).toMatchObject({ name: 'models/any' });
  });

  it.each([400, 401, 403, 404, 429, 500, 503, 504])('raises status %i', async (status) => {
    await simulator.set({ status });
    const failure: unknown = await google.models.generateContent(question).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ status });
  });

  it('refuses another key', async () => {
    const httpOptions = { baseUrl: simulator.url, retryOptions: { attempts: 1 } };
    const stranger = new GoogleGenAI({ apiKey: 'other', httpOptions });
    await expect(stranger.models.generateContent(question)).rejects.toThrow(/API_KEY_INVALID/);
  });

  it.each<[Fault, RegExp]>([
    [{ errorAfterChunks: 3 }, /UNAVAILABLE/],
    [{ malformedAfterChunks: 3 }, /JSON/],
    [{ cutAfterChunks: 3 }, /terminated|closed|Connection/i],
  ])('breaks a stream by %j', async (fault, message) => {
    await simulator.set(fault);
    const read = async (): Promise<void> => {
      for await (const { modelVersion } of await google.models.generateContentStream(question)) {
        expect(modelVersion).toBe(model);
      }
    };
    await expect(read()).rejects.toThrow(message);
  });
});
