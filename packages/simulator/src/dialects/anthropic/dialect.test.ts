import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { PromptMemory } from '../../toy/memory.ts';
import { Random } from '../../toy/random.ts';
import { type House, Refusal, type Reply } from '../dialect.ts';
import { routeOf } from '../table.ts';
import { StoredResponses } from '../../toy/stored-responses.ts';

const version = { 'anthropic-version': '2023-06-01' };
const newHouse = (): House => ({
  seed: '1',
  models: [],
  memory: new PromptMemory(),
  stored: new StoredResponses(),
});

function reply(body: JsonObject, house: House, path = '/v1/messages', headers = version): Reply {
  const { operation } = routeOf('POST', path, headers);
  if (typeof operation === 'string') throw new TypeError(operation);
  const ids = new Random(1);
  return operation.answer(
    { body, named: undefined, headers, ids, wall: 0, hugeBytes: undefined },
    house,
  );
}

interface Told {
  readonly content: readonly JsonObject[];
  readonly stop_reason: string;
  readonly stop_sequence: string | null;
  readonly usage: Readonly<Record<string, unknown>>;
  readonly input_tokens: number;
}

function told(body: JsonObject, house = newHouse(), path?: string): Told {
  const answer = reply(body, house, path);
  if (answer.kind !== 'whole') throw new TypeError('not a whole answer');
  return JSON.parse(answer.body) as Told;
}

function events(body: JsonObject): readonly JsonObject[] {
  const answer = reply({ ...body, stream: true }, newHouse());
  if (answer.kind !== 'stream') throw new TypeError('not a stream');
  return [...answer.frames].map(({ data }) => {
    const [, name, json] = /^event: (\w+)\ndata: (.+)\n\n$/.exec(String(data)) ?? [];
    const event = JSON.parse(json ?? '') as JsonObject;
    expect(event['type']).toBe(name);
    return event;
  });
}

const ask = (content: unknown): JsonObject => ({
  model: 'm',
  max_tokens: 2000,
  messages: [{ role: 'user', content }],
});
const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const weather = { name: 'get_weather', input_schema: schema };
const asking = { ...ask('The weather in Paris and Rome?'), tools: [weather] };

describe('messages', () => {
  it('say a word before they call of their own accord, and none when they must', () => {
    expect(told(asking)).toMatchObject({
      stop_reason: 'tool_use',
      content: [
        { type: 'text', text: '[simulated] I will call get_weather, get_weather.' },
        { type: 'tool_use', name: 'get_weather', input: { city: 'Paris' } },
        { type: 'tool_use', name: 'get_weather', input: { city: 'Rome' } },
      ],
    });
    expect(told({ ...asking, tool_choice: { type: 'any' } }).content[0]).toMatchObject({
      type: 'tool_use',
      id: expect.stringMatching(/^toolu_01\w{22}$/),
    });
    const once = { type: 'any', disable_parallel_tool_use: true };
    expect(told({ ...asking, tool_choice: once }).content).toHaveLength(1);
  });

  it('think first when asked to, and sign it', () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    const { content, usage } = told({ ...ask('Why?'), thinking });
    expect(content).toMatchObject([
      {
        type: 'thinking',
        thinking: expect.stringContaining('[simulated] '),
        signature: expect.stringMatching(/^[A-Za-z0-9+/]{100,}=*$/),
      },
      { type: 'text' },
    ]);
    expect(usage).toMatchObject({ output_tokens_details: { thinking_tokens: expect.any(Number) } });
    const hidden = { type: 'adaptive', display: 'omitted' };
    expect(told({ ...ask('Why?'), thinking: hidden }).content[0]).toMatchObject({ thinking: '' });
  });

  it('tell which stop sequence they met', () => {
    const stopped = told({ ...ask('Why?'), stop_sequences: ['said', 'You'] });
    expect(stopped).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'You' });
    expect(told({ ...ask('Why?'), max_tokens: 3 })).toMatchObject({
      stop_reason: 'max_tokens',
      stop_sequence: null,
      usage: { output_tokens: 3 },
    });
  });

  it('are JSON of a schema when asked to, by the newer field or the older', () => {
    const format = { type: 'json_schema', schema };
    for (const change of [{ output_config: { format } }, { output_format: format }]) {
      const text = told({ ...ask('Where?'), ...change }).content[0]?.['text'];
      expect(JSON.parse(String(text))).toEqual({ city: expect.any(String) });
    }
  });

  it('take images, documents and tool results', () => {
    const source = { type: 'base64', media_type: 'image/png', data: 'AA==' };
    const parts = [
      { type: 'image', source },
      { type: 'document', source },
      { type: 'text', text: 'What is this?' },
    ];
    const text = String(told(ask(parts)).content[0]?.['text']);
    expect(text).toContain('You said “What is this?”. You sent 1 image. You sent 1 document.');

    const use = { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} };
    const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain' };
    const messages = [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: [use] },
      { role: 'user', content: [result] },
    ];
    const answered = told({ ...asking, messages }).content;
    expect(answered).toMatchObject([
      { text: expect.stringContaining('The tools answered “rain”.') },
    ]);
  });

  it('need to know their version', () => {
    const unversioned = (): Reply =>
      reply(ask('Why?'), newHouse(), '/v1/messages', {} as typeof version);
    expect(unversioned).toThrow(
      new Refusal({ status: 400, message: 'anthropic-version: header is required' }),
    );
  });

  it('cost what a count says beforehand', () => {
    const body = { ...asking, system: 'Be brief.' };
    const { input_tokens } = told(body, newHouse(), '/v1/messages/count_tokens');
    expect(told(body).usage['input_tokens']).toBe(input_tokens);
    expect(input_tokens).toBeGreaterThan(20);
  });
});

describe('the cache', () => {
  const mark = { cache_control: { type: 'ephemeral' } };
  const system = [{ type: 'text', text: 'x'.repeat(4000), ...mark }];
  const input = ({ usage }: Told): readonly unknown[] => [
    usage['input_tokens'],
    usage['cache_creation_input_tokens'],
    usage['cache_read_input_tokens'],
  ];

  it('is written up to a mark, then read; the rest is plain input', () => {
    const house = newHouse();
    expect(input(told({ ...ask('Why?'), system }, house))).toEqual([8, 1000, 0]);
    expect(input(told({ ...ask('Who?'), system }, house))).toEqual([8, 0, 1000]);
    expect(input(told(ask('Why?'), house))).toEqual([8, 0, 0]);
  });

  it('grows with a mark that moves on', () => {
    const house = newHouse();
    const text = (role: string, marked: boolean): JsonObject => ({
      role,
      content: [{ type: 'text', text: 'x'.repeat(400), ...(marked && mark) }],
    });
    const talk = (...messages: readonly JsonObject[]): readonly unknown[] =>
      input(told({ model: 'm', max_tokens: 50, messages }, house));
    expect(talk(text('user', true))).toEqual([3, 104, 0]);
    expect(talk(text('user', false), text('assistant', false), text('user', true))).toEqual([
      3, 208, 104,
    ]);
  });

  it('takes a mark on the request for one on the last block', () => {
    expect(input(told({ ...ask('x'.repeat(400)), ...mark }))).toEqual([3, 104, 0]);
  });
});

describe('a stream', () => {
  it('starts and stops each block once, in order, and ends with the whole usage', () => {
    const thinking = { type: 'adaptive' };
    const all = events({ ...asking, thinking });
    const types = all.map((event) => event['type']);
    expect(types[0]).toBe('message_start');
    expect(types.filter((type) => type === 'ping')).toHaveLength(1);
    expect(types.slice(-2)).toEqual(['message_delta', 'message_stop']);

    const blocks = all.filter((event) => 'index' in event);
    const order = blocks.map(
      ({ type, index }) => `${String(type).replace('content_block_', '')}${Number(index)}`,
    );
    expect(order.join(' ')).toMatch(
      /^start0( delta0)+ stop0 start1( delta1)+ stop1 start2( delta2)+ stop2 start3( delta3)+ stop3$/,
    );
    const { usage } = told({ ...asking, thinking });
    expect(all.at(-2)).toMatchObject({
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { output_tokens: usage['output_tokens'], input_tokens: usage['input_tokens'] },
    });
  });

  it('says nothing but an empty text for a call without arguments', () => {
    const tools = [{ name: 'look', input_schema: { type: 'object' } }];
    const deltas = events({ ...ask('Please look.'), tools, tool_choice: { type: 'any' } }).flatMap(
      (event) => (event['type'] === 'content_block_delta' ? [event['delta']] : []),
    );
    expect(deltas).toEqual([{ type: 'input_json_delta', partial_json: '' }]);
  });
});
