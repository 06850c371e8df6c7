import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { PromptMemory } from '../../toy/memory.ts';
import { Random } from '../../toy/random.ts';
import type { House, Reply } from '../dialect.ts';
import { routeOf } from '../table.ts';
import { StoredResponses } from '../../toy/stored-responses.ts';

const newHouse = (): House => ({
  seed: '1',
  models: [],
  memory: new PromptMemory(),
  stored: new StoredResponses(),
});

function reply(path: string, body: JsonObject, house: House = newHouse()): Reply {
  const { operation } = routeOf('POST', path, {});
  if (typeof operation === 'string') throw new TypeError(operation);
  const ids = new Random(1);
  return operation.answer(
    { body, named: undefined, headers: {}, ids, wall: 0, hugeBytes: undefined },
    house,
  );
}

interface Told {
  readonly choices: readonly Record<string, unknown>[];
  readonly data: readonly { readonly embedding: unknown; readonly index: number }[];
  readonly usage: Record<string, Record<string, number>>;
}

function told(path: string, body: JsonObject, house?: House): Told {
  const answer = reply(path, body, house);
  if (answer.kind !== 'whole') throw new TypeError('not a whole answer');
  return JSON.parse(answer.body) as Told;
}

function chunks(path: string, body: JsonObject): readonly Told[] {
  const answer = reply(path, { ...body, stream: true });
  if (answer.kind !== 'stream') throw new TypeError('not a stream');
  const frames = [...answer.frames].map(({ data }) => String(data));
  expect(frames.at(-1)).toBe('data: [DONE]\n\n');
  expect(frames.every((frame) => /^data: .+\n\n$/.test(frame))).toBe(true);
  return frames.slice(0, -1).map((frame) => JSON.parse(frame.slice(6)) as Told);
}

const chat = '/v1/chat/completions';
const ask = (content: unknown): JsonObject => ({
  model: 'm',
  messages: [{ role: 'user', content }],
});

describe('chat completions', () => {
  it('gives n answers, which differ, and counts them all', () => {
    const { choices, usage } = told(chat, { ...ask('Hello'), n: 3, max_tokens: 20 });
    const texts = choices.map(({ message }) => (message as JsonObject)['content']);
    expect(new Set(texts).size).toBe(3);
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(usage).toMatchObject({ completion_tokens: 60 });
  });

  it('streams n answers in turns', () => {
    const all = chunks(chat, { ...ask('Hello'), n: 2, max_tokens: 3 });
    expect(all.map(({ choices }) => choices[0]?.['index'])).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
  });

  it('tells usage in a stream when asked to, in a chunk of its own', () => {
    const body = { ...ask('Hello'), stream_options: { include_usage: true } };
    const all = chunks(chat, body);
    expect(all.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(all.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(chunks(chat, ask('Hello')).some((chunk) => 'usage' in chunk)).toBe(false);
  });

  it('streams calls one after the other, arguments in pieces', () => {
    const parameters = {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
    };
    const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }];
    const deltas = chunks(chat, { ...ask('The weather in Paris and Rome?'), tools }).map(
      ({ choices }) => choices[0]?.['delta'] as JsonObject,
    );
    const pieces = deltas.flatMap(
      ({ tool_calls: calls }) => (calls as JsonObject[] | undefined) ?? [],
    );
    expect(pieces.map(({ index }) => index).join('')).toMatch(/^0{4,}1{4,}$/);
    for (const [index, city] of ['Paris', 'Rome'].entries()) {
      const [first, ...rest] = pieces.filter((piece) => piece['index'] === index);
      expect(first).toEqual({
        index,
        id: expect.stringMatching(/^call_\w{24}$/),
        type: 'function',
        function: { name: 'get_weather', arguments: '' },
      });
      const text = rest.map((piece) => (piece['function'] as JsonObject)['arguments']).join('');
      expect(JSON.parse(text)).toEqual({ city });
    }
  });

  it('sends no text beside calls', () => {
    const tools = [{ type: 'function', function: { name: 'look' } }];
    const { choices } = told(chat, { ...ask('Hello'), tools, tool_choice: 'required' });
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: [{ function: { name: 'look', arguments: '{}' } }] },
    });
  });

  it('counts reasoning when there was some', () => {
    const reasoning = (effort: string | undefined): number | undefined =>
      told(chat, { ...ask('Hello'), reasoning_effort: effort }).usage[
        'completion_tokens_details'
      ]?.['reasoning_tokens'];
    expect([reasoning(undefined), reasoning('none')]).toEqual([0, 0]);
    expect(reasoning('high')).toBeGreaterThan(reasoning('low') ?? Infinity);
  });

  it('counts a long prompt as cached when it comes again, in steps of 128', () => {
    const house = newHouse();
    const long = { role: 'system', content: 'sea '.repeat(2000) };
    const cached = (...messages: readonly JsonObject[]): number | undefined =>
      told(chat, { model: 'm', messages }, house).usage['prompt_tokens_details']?.['cached_tokens'];
    const hello = { role: 'user', content: 'Hello' };
    expect(cached(long, hello)).toBe(0);
    expect(cached(long, hello)).toBe(1920);
    expect(cached(long, { role: 'user', content: 'Other' })).toBe(1920);
    expect(cached(hello)).toBe(0);
    expect(cached(hello)).toBe(0);
  });

  it('takes images, files and sound', () => {
    const parts = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
      { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } },
      { type: 'file', file: { file_id: 'file-1' } },
    ];
    const { message } = told(chat, ask(parts)).choices[0] ?? {};
    expect((message as JsonObject)['content']).toContain(
      'You said “What is this?”. You sent 1 image. You sent 1 audio clip. You sent 1 file.',
    );
  });

  it('answers with what the tools said', () => {
    const messages = [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', tool_calls: [{ id: 'a' }, { id: 'b' }] },
      { role: 'tool', tool_call_id: 'a', content: 'rain' },
      { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'wind' }] },
    ];
    const { message } = told(chat, { model: 'm', messages }).choices[0] ?? {};
    expect((message as JsonObject)['content']).toContain('The tools answered “rain” and “wind”.');
  });
});

describe('completions', () => {
  const path = '/v1/completions';

  it('answers every prompt, n times, within sixteen tokens unless told otherwise', () => {
    const { choices, usage } = told(path, { model: 'm', prompt: ['one', 'two'], n: 2 });
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(choices.every((choice) => choice['finish_reason'] === 'length')).toBe(true);
    expect(usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 64, total_tokens: 66 });
  });

  it.each([
    ['Once', 1],
    [[1, 2, 3], 3],
    [[[1, 2], [3]], 3],
    [undefined, 1],
  ])('takes the prompt %j', (prompt, tokens) => {
    expect(told(path, { model: 'm', prompt }).usage).toMatchObject({ prompt_tokens: tokens });
  });

  it('streams the text it would give whole, after the prompt where it is to be echoed', () => {
    const body = { model: 'm', prompt: 'Once upon', echo: true };
    const text = chunks(path, body)
      .map(({ choices }) => choices[0]?.['text'])
      .join('');
    expect(text).toMatch(/^Once upon\[simulated\] /);
    expect(told(path, body).choices[0]).toMatchObject({ text });
  });
});

describe('embeddings', () => {
  const path = '/v1/embeddings';

  it('gives the same numbers in either form', () => {
    const body = { model: 'm', input: ['the sea', 'the light'], dimensions: 8 };
    const { data, usage } = told(path, body);
    expect(data.map(({ index }) => index)).toEqual([0, 1]);
    expect(usage).toEqual({ prompt_tokens: 5, total_tokens: 5 });
    const packed = told(path, { ...body, encoding_format: 'base64' }).data.map(({ embedding }) => {
      const bytes = Buffer.from(String(embedding), 'base64');
      return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
    });
    expect(packed).toEqual(data.map(({ embedding }) => embedding));
  });

  it.each([
    [{ input: undefined }, "Missing required parameter: 'input'."],
    [{ input: '' }, "'$.input' is invalid."],
    [{ input: [] }, "'$.input' is invalid."],
    [{ input: ['a', ''] }, "'$.input' is invalid."],
    [{ dimensions: -1 }, "-1 is less than the minimum of 1 - 'dimensions'"],
    [{ dimensions: 9999 }, "9999 is greater than the maximum of 3072 - 'dimensions'"],
    [
      { encoding_format: 'hex' },
      "Invalid value: 'hex'. Supported values are: 'float' and 'base64'.",
    ],
  ])('refuses %j', (change, message) => {
    const body = { model: 'm', input: 'a', ...change };
    expect(() => reply(path, body)).toThrow(message);
  });
});
