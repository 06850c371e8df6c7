import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { PromptMemory } from '../../toy/memory.ts';
import { Random } from '../../toy/random.ts';
import type { Reply, StreamReply } from '../dialect.ts';
import { routeOf } from '../table.ts';
import { StoredResponses } from '../../toy/stored-responses.ts';

const house = { seed: '1', models: [], memory: new PromptMemory(), stored: new StoredResponses() };

function reply(body: JsonObject): Reply {
  const { operation } = routeOf('POST', '/v1/responses', {});
  if (typeof operation === 'string') throw new TypeError(operation);
  const call = { named: undefined, headers: {}, ids: new Random(1), wall: 0 };
  return operation.answer({ ...call, body: { model: 'm', ...body }, hugeBytes: undefined }, house);
}

interface Item {
  readonly type: string;
  readonly [field: string]: unknown;
}

interface Response {
  readonly status: string;
  readonly output: readonly Item[];
  readonly usage: JsonObject;
  readonly [field: string]: unknown;
}

function told(body: JsonObject): Response {
  const answer = reply(body);
  if (answer.kind !== 'whole') throw new TypeError('not a whole answer');
  return JSON.parse(answer.body) as Response;
}

function streamed(body: JsonObject): StreamReply {
  const answer = reply({ ...body, stream: true });
  if (answer.kind !== 'stream') throw new TypeError('not a stream');
  return answer;
}

interface Event {
  readonly type: string;
  readonly sequence_number: number;
  readonly delta?: string;
  readonly output_index?: number;
  readonly response?: Response;
}

const events = (body: JsonObject): readonly Event[] =>
  [...streamed(body).frames].map(({ data }) => {
    const [, name, json = ''] = /^event: (.+)\ndata: (.+)\n\n$/.exec(String(data)) ?? [];
    const event = JSON.parse(json) as Event;
    expect(event.type).toBe(name);
    return event;
  });

const weather = {
  type: 'function',
  name: 'get_weather',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
};
const asksTwice = { input: 'The weather in Paris and Rome?', tools: [weather] };
const thinks = {
  reasoning: { effort: 'low', summary: 'auto' },
  include: ['reasoning.encrypted_content'],
};

describe('responses', () => {
  it('are one message, with usage and what was asked', () => {
    const { status, output, usage, ...echo } = told({ input: 'Hello', temperature: 0.5 });
    expect(status).toBe('completed');
    expect(output).toMatchObject([
      {
        id: expect.stringMatching(/^msg_\w{48}$/),
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: expect.stringContaining('You said “Hello”.') }],
      },
    ]);
    expect(usage['total_tokens']).toBe(
      Number(usage['input_tokens']) + Number(usage['output_tokens']),
    );
    expect(echo).toMatchObject({ temperature: 0.5, store: true, tool_choice: 'auto', error: null });
  });

  it('call tools, each in an item with two names', () => {
    expect(told(asksTwice).output).toMatchObject(
      ['Paris', 'Rome'].map((city) => ({
        id: expect.stringMatching(/^fc_/),
        call_id: expect.stringMatching(/^call_\w{24}$/),
        type: 'function_call',
        name: 'get_weather',
        arguments: JSON.stringify({ city }),
      })),
    );
    const once = { ...asksTwice, parallel_tool_calls: false };
    expect(told(once).output).toHaveLength(1);
  });

  it('go on after what was said, thought and called', () => {
    const { output } = told({ ...asksTwice, ...thinks });
    const results = output.flatMap(({ call_id }) =>
      call_id === undefined ? [] : [{ type: 'function_call_output', call_id, output: 'rain' }],
    );
    const question = { role: 'user', content: asksTwice.input };
    const answer = told({ ...asksTwice, input: [question, ...output, ...results] });
    expect(JSON.stringify(answer.output)).toContain('The tools answered “rain” and “rain”.');
  });

  it('tell reasoning and its seal to those who ask for them', () => {
    const [reasoning] = told({ input: 'Hello', ...thinks }).output;
    expect(reasoning).toMatchObject({
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: expect.stringContaining('The question is') }],
      encrypted_content: expect.any(String),
    });
    const [hidden] = told({ input: 'Hello', reasoning: { effort: 'low' } }).output;
    expect(hidden).toMatchObject({ type: 'reasoning', summary: [] });
    expect(hidden).not.toHaveProperty('encrypted_content');
  });

  it('are incomplete when they grow too long, and refuse when asked to', () => {
    expect(told({ input: 'Hello', max_output_tokens: 16 })).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { output_tokens: 16 },
    });
    expect(told({ input: 'Please refuse.' }).output).toMatchObject([
      { content: [{ type: 'refusal', refusal: expect.stringContaining('I will not answer') }] },
    ]);
  });

  it('keep to a schema, and notice pictures', () => {
    const format = {
      type: 'json_schema',
      name: 'ship',
      schema: {
        type: 'object',
        properties: { masts: { type: 'integer' } },
        required: ['masts'],
        additionalProperties: false,
      },
    };
    const content = [
      { type: 'input_text', text: 'What is this?' },
      { type: 'input_image', image_url: 'data:image/png;base64,AA==' },
    ];
    const part = ({ output }: Response): { readonly text: string } | undefined =>
      (output[0]?.['content'] as [{ readonly text: string }] | undefined)?.[0];
    const ship = part(told({ input: 'A ship?', text: { format } }))?.text ?? '';
    expect(JSON.parse(ship)).toEqual({ masts: expect.any(Number) });
    const seen = part(told({ input: [{ role: 'user', content }] }))?.text;
    expect(seen).toContain('You sent 1 image.');
  });
});

describe('streams of responses', () => {
  it('tell in numbered events what the last one holds as a whole', () => {
    const all = events({ ...asksTwice, ...thinks });
    expect(all.map(({ sequence_number: number }) => number)).toEqual(all.map((_, index) => index));
    expect(all.slice(0, 2).map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
    ]);
    expect(all.at(-1)?.type).toBe('response.completed');
    const output = all.at(-1)?.response?.output ?? [];
    expect(output).toEqual(told({ ...asksTwice, ...thinks }).output);
    const pieces = (index: number): string =>
      all.flatMap(({ output_index, delta }) => (output_index === index ? [delta] : [])).join('');
    expect(output.slice(1).map((item) => item['arguments'])).toEqual([pieces(1), pieces(2)]);
  });

  it('fail with an event that has the number of the one it stands for', () => {
    const { broken } = streamed({ input: 'Hello' });
    const [, json = ''] =
      /^event: response\.failed\ndata: (.+)\n\n$/.exec(String(broken?.failure(7))) ?? [];
    expect(JSON.parse(json)).toMatchObject({
      type: 'response.failed',
      sequence_number: 7,
      response: { status: 'failed', error: { code: 'server_error' } },
    });
  });
});
