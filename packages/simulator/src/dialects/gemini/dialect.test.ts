import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { PromptMemory } from '../../toy/memory.ts';
import { Random } from '../../toy/random.ts';
import type { House, Reply } from '../dialect.ts';
import { routeOf } from '../table.ts';
import { StoredResponses } from '../../toy/stored-responses.ts';

const newHouse = (): House => ({
  seed: '1',
  models: ['m'],
  memory: new PromptMemory(),
  stored: new StoredResponses(),
});

function reply(
  path: string,
  body: JsonObject,
  house = newHouse(),
  method = 'POST',
  key: Readonly<Record<string, string>> = {},
): Reply {
  const [before = '', query] = path.split('?');
  const { operation, named, dialect } = routeOf(method, before, key);
  if (typeof operation === 'string') throw new TypeError(operation);
  expect(dialect.name).toBe('gemini');
  const call = { body, named, headers: {}, ids: new Random(1), wall: 0, hugeBytes: undefined };
  return operation.answer({ ...call, ...(query !== undefined && { query }) }, house);
}

interface Told {
  readonly candidates: readonly {
    readonly content: { readonly parts: readonly JsonObject[] };
    readonly finishReason?: string;
  }[];
  readonly usageMetadata: Readonly<Record<string, number>>;
}

function whole(path: string, body: JsonObject, house?: House): Told {
  const answer = reply(path, body, house);
  if (answer.kind !== 'whole') throw new TypeError('not a whole answer');
  return JSON.parse(answer.body) as Told;
}

function streamed(path: string, body: JsonObject): string {
  const answer = reply(path, body);
  if (answer.kind !== 'stream') throw new TypeError('not a stream');
  return [...answer.frames].map(({ data }) => String(data)).join('');
}

const chunksOf = (events: string): readonly Told[] =>
  events
    .split('\r\n\r\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.replace(/^data: /, '')) as Told);

const generate = '/v1beta/models/m:generateContent';
const stream = '/v1beta/models/m:streamGenerateContent';
const ask = (text: string): JsonObject => ({ contents: [{ role: 'user', parts: [{ text }] }] });
const parameters = {
  type: 'OBJECT',
  properties: { city: { type: 'STRING' }, days: { type: 'ARRAY', items: { type: 'INTEGER' } } },
  required: ['city', 'days'],
};
const tools = [{ functionDeclarations: [{ name: 'get_weather', parameters }] }];
const asking = { ...ask('The weather in Paris and Rome?'), tools };
const partsOf = ({ candidates }: Told): readonly JsonObject[] =>
  candidates.flatMap(({ content }) => content.parts);

describe('contents', () => {
  it.each([
    generate,
    '/v1/models/m:generateContent',
    '/v1/projects/p/locations/l/publishers/google/models/m:generateContent',
    '/v1beta1/projects/p/locations/l/publishers/google/models/m:generateContent',
  ])('are generated at %s', (path) => {
    const told = whole(path, ask('Why?'));
    expect(told).toMatchObject({ modelVersion: 'm', candidates: [{ finishReason: 'STOP' }] });
    expect(partsOf(told)).toEqual([
      { text: expect.stringMatching(/^\[simulated\] You said “Why\?”/) },
    ]);
    const { promptTokenCount = 0, candidatesTokenCount = 0, totalTokenCount } = told.usageMetadata;
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount);
  });

  it('call tools in parallel, and end as if nothing had been called', () => {
    const told = whole(generate, asking);
    const days = expect.toSatisfy((days) => days.every(Number.isInteger)) as unknown;
    expect(partsOf(told)).toEqual([
      { functionCall: { name: 'get_weather', args: { city: 'Paris', days } } },
      { functionCall: { name: 'get_weather', args: { city: 'Rome', days } } },
    ]);
    expect(told.candidates[0]?.finishReason).toBe('STOP');
  });

  it('are called by the names allowed, or not at all', () => {
    const both = [{ functionDeclarations: [{ name: 'get_weather' }, { name: 'look' }] }];
    const calling = (config: JsonObject): readonly unknown[] =>
      partsOf(
        whole(generate, {
          ...asking,
          tools: both,
          toolConfig: { functionCallingConfig: config },
        }),
      ).flatMap((part) => (part['functionCall'] as JsonObject | undefined)?.['name'] ?? []);
    expect(calling({ mode: 'ANY', allowedFunctionNames: ['look'] })).toContain('look');
    expect(calling({ mode: 'NONE' })).toEqual([]);
  });

  it('think, show it only when asked to, and sign it', () => {
    const thinkingConfig = { includeThoughts: true, thinkingBudget: 100 };
    const signature = expect.stringMatching(/^[A-Za-z0-9+/]{100,}=*$/) as unknown;
    const told = whole(generate, { ...ask('Why?'), generationConfig: { thinkingConfig } });
    expect(partsOf(told)).toEqual([
      { text: expect.stringMatching(/^\[simulated\]/), thought: true },
      { text: expect.any(String), thoughtSignature: signature },
    ]);
    const {
      promptTokenCount = 0,
      candidatesTokenCount = 0,
      thoughtsTokenCount = 0,
      totalTokenCount,
    } = told.usageMetadata;
    expect(thoughtsTokenCount).toBeGreaterThan(0);
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount + thoughtsTokenCount);

    const hidden = whole('/v1beta/models/gemini-3-pro:generateContent', asking);
    expect(partsOf(hidden)).toEqual([
      {
        functionCall: expect.objectContaining({ id: expect.any(String) }),
        thoughtSignature: signature,
      },
      { functionCall: expect.objectContaining({ id: expect.any(String) }) },
    ]);
  });

  it('are JSON of either kind of schema', () => {
    for (const schema of [
      {
        responseSchema: { type: 'OBJECT', properties: { n: { type: 'INTEGER', nullable: true } } },
      },
      { response_schema: { type: 'object', properties: { n: { type: 'integer' } } } },
      { responseJsonSchema: { type: 'object', properties: { n: { type: 'integer' } } } },
    ]) {
      const generationConfig = { responseMimeType: 'application/json', ...schema };
      const [part] = partsOf(whole(generate, { ...ask('How many?'), generationConfig }));
      const value: unknown = JSON.parse(String(part?.['text']));
      expect(value).toEqual({ n: expect.toSatisfy((n) => Number.isInteger(n)) });
    }
  });

  it('take images, tool results and snake case', () => {
    const inline_data = { mime_type: 'image/png', data: 'AA==' };
    const image = { contents: [{ parts: [{ inline_data }, { text: 'What is this?' }] }] };
    expect(partsOf(whole(generate, image))[0]?.['text']).toContain('You sent 1 image.');
    const functionCall = { name: 'get_weather', args: { city: 'Paris' } };
    const functionResponse = { name: 'get_weather', response: { output: 'rain' } };
    const contents = [
      { role: 'user', parts: [{ text: 'Weather?' }] },
      { role: 'model', parts: [{ functionCall }] },
      { role: 'user', parts: [{ functionResponse }] },
    ];
    expect(partsOf(whole(generate, { contents, tools }))[0]?.['text']).toContain(
      'The tools answered “rain”.',
    );
  });

  it('are blocked without a candidate', () => {
    const told = whole(generate, ask('Please refuse.'));
    expect(told).toMatchObject({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } });
    expect(told).not.toHaveProperty('candidates');
    expect(chunksOf(streamed(`${stream}?alt=sse`, ask('Please refuse.')))).toHaveLength(1);
  });

  it('count cached tokens', () => {
    const house = newHouse();
    const long = ask('x'.repeat(8000));
    expect(whole(generate, long, house).usageMetadata).not.toHaveProperty(
      'cachedContentTokenCount',
    );
    expect(whole(generate, long, house).usageMetadata['cachedContentTokenCount']).toBe(2001);
  });
});

describe('a stream', () => {
  it.each<[string, JsonObject]>([
    ['text', ask('Why?')],
    ['calls', asking],
    ['thoughts', { ...asking, generationConfig: { thinkingConfig: { includeThoughts: true } } }],
  ])('of %s says the same as a whole answer, as events and as an array', (_, body) => {
    const events = chunksOf(streamed(`${stream}?alt=sse`, body));
    const array = JSON.parse(streamed(stream, body)) as readonly Told[];
    expect(array).toEqual(events);
    const answer = whole(generate, body);
    const said = (all: readonly Told[]): string =>
      all
        .flatMap(partsOf)
        .map(({ text }) => (typeof text === 'string' ? text : ''))
        .join('');
    const calls = (all: readonly Told[]): readonly unknown[] =>
      all.flatMap(partsOf).flatMap((part) => part['functionCall'] ?? []);
    expect(said(events)).toBe(said([answer]));
    expect(calls(events)).toEqual(calls([answer]));
    expect(events.at(-1)?.usageMetadata).toEqual(answer.usageMetadata);
    expect(events.map(({ candidates }) => candidates[0]?.finishReason).filter(Boolean)).toEqual([
      'STOP',
    ]);
    expect(events.every(({ usageMetadata }) => usageMetadata['promptTokenCount'])).toBe(true);
  });

  it('that is an array stays one when it fails', () => {
    const answer = reply(stream, ask('Why?'));
    if (answer.kind !== 'stream') throw new TypeError('not a stream');
    const frames = [...answer.frames].map(({ data }) => String(data));
    for (const sent of [0, 3]) {
      const text = frames.slice(0, sent).join('') + String(answer.broken?.failure(sent));
      const last = (JSON.parse(text) as readonly JsonObject[]).at(-1);
      expect(last).toMatchObject({ error: { code: 503, status: 'UNAVAILABLE' } });
    }
  });
});

describe('beside contents', () => {
  it('tokens are counted as they will be charged', () => {
    const count = whole('/v1/models/m:countTokens', ask('Why?'));
    const wrapped = whole('/v1/models/m:countTokens', {
      generateContentRequest: { model: 'models/m', ...ask('Why?') },
    });
    expect(wrapped).toEqual(count);
    const { promptTokenCount } = whole(generate, ask('Why?')).usageMetadata;
    expect(count).toMatchObject({ totalTokens: promptTokenCount });
  });

  it('texts are embedded, one or several', () => {
    const content = { parts: [{ text: 'the sea' }] };
    const one = whole('/v1/models/m:embedContent', { content, outputDimensionality: 8 });
    const request = { model: 'models/m', content, output_dimensionality: 8 };
    const many = whole('/v1/models/m:batchEmbedContents', { requests: [request, request] });
    const { embedding } = one as unknown as { embedding: { values: readonly number[] } };
    expect(Math.hypot(...embedding.values)).toBeCloseTo(1, 5);
    expect(many).toEqual({ embeddings: [embedding, embedding] });
  });

  it('models are listed by the path or by the key, and any is there', () => {
    const models = [expect.objectContaining({ name: 'models/m' })] as unknown;
    const answers = [
      reply('/v1beta/models', {}, newHouse(), 'GET'),
      reply('/v1/models', {}, newHouse(), 'GET', { 'x-goog-api-key': 'k' }),
    ];
    for (const answer of answers) {
      expect(answer.kind === 'whole' && JSON.parse(answer.body)).toEqual({ models });
    }
    const one = reply('/v1beta/models/any', {}, newHouse(), 'GET');
    expect(one.kind === 'whole' && JSON.parse(one.body)).toMatchObject({ name: 'models/any' });
  });
});
