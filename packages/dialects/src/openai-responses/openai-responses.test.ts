import { describe, expect, it } from 'vitest';
import { RequestError } from '../errors.ts';
import { profileOf } from '../profile.ts';
import { envelope } from '../seal.ts';
import { readIntent, translate, type Translation } from '../translate.ts';
import type { DialectName, ProviderDialect } from '../codec.ts';
import { wire } from './wire.ts';

const speaker = { model: 'chat', id: 'r1', created: 7 };
const urls: Readonly<Partial<Record<ProviderDialect, string>>> = {
  'openai-responses': 'https://api.openai.com/v1',
};

function between(
  from: DialectName,
  to: ProviderDialect,
  body: object,
  model = 'gpt-5.2',
): Translation {
  const profile = profileOf(new URL(urls[to] ?? 'https://provider.example'), model);
  const addressee = { model, origin: `${to}/p`, profile };
  return translate(readIntent(from, { body }), to, addressee, speaker);
}

const asked = (translation: Translation) => JSON.parse(translation.body) as Record<string, unknown>;

const weather = { type: 'function', name: 'weather', parameters: { type: 'object' } };

describe('a request of Responses', () => {
  const conversation = {
    model: 'm',
    instructions: 'Be brief.',
    max_output_tokens: 50,
    reasoning: { effort: 'low', summary: 'auto' },
    text: { format: { type: 'json_schema', name: 'a', schema: { type: 'object' } } },
    tools: [weather, { type: 'web_search' }],
    input: [
      { role: 'developer', content: 'Politely.' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Look.' },
          { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' },
          {
            type: 'input_file',
            filename: 'a.pdf',
            file_data: 'data:application/pdf;base64,JVBERi0=',
          },
        ],
      },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' },
      {
        type: 'function_call',
        id: 'fc_1',
        call_id: 'call_1',
        name: 'weather',
        arguments: '{"a":1}',
      },
      { type: 'function_call', id: 'fc_2', call_id: 'call_2', name: 'weather', arguments: '' },
      { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
      {
        type: 'function_call_output',
        call_id: 'call_2',
        output: [{ type: 'input_text', text: 'rain' }],
      },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Sunny.' }] },
      { role: 'user', content: 'And now?' },
    ],
  };

  it('becomes one of Chat Completions, item by item, and tells what is lost', () => {
    const translation = between('openai-responses', 'openai-chat', conversation);
    expect(asked(translation)['messages']).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'system', content: 'Politely.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look.' },
          {
            type: 'image_url',
            image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' },
          },
          {
            type: 'file',
            file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
          },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"a":1}' } },
          { id: 'call_2', type: 'function', function: { name: 'weather', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
      { role: 'tool', tool_call_id: 'call_2', content: 'rain' },
      { role: 'assistant', content: 'Sunny.' },
      { role: 'user', content: 'And now?' },
    ]);
    expect(asked(translation)).toMatchObject({
      max_completion_tokens: 50,
      reasoning_effort: 'low',
      tools: [{ type: 'function', function: { name: 'weather' } }],
      response_format: { type: 'json_schema', json_schema: { name: 'a' } },
    });
    expect(translation.losses.all.map(({ path }) => path)).toEqual(['input[2]', 'tools[1]']);
  });

  it.each([
    [{ previous_response_id: 'resp_1' }, /previous_response_id.*stored at another vendor/],
    [{ conversation: 'conv_1' }, /conversation.*stored at another vendor/],
    [{ background: true }, /background.*answers at once/],
  ])('with %o is refused where it would mean something else', (more, message) => {
    const body = { model: 'm', input: 'Hi', ...more };
    expect(() => between('openai-responses', 'anthropic', body)).toThrow(RequestError);
    expect(() => between('openai-responses', 'anthropic', body)).toThrow(message);
    expect(asked(between('openai-responses', 'openai-responses', body))).toMatchObject(more);
  });

  it.each([
    [{ input: 7 }, 'input: found 7, expected a string or an array of items'],
    [{ input: [{ role: 'wizard', content: '' }] }, 'input[0].role: found "wizard", expected'],
    [{ input: 'Hi', reasoning: { effort: 'huge' } }, 'reasoning.effort: found "huge", expected'],
    [{ input: 'Hi', text: { format: { type: 'xml' } } }, 'text.format.type: found "xml", expected'],
    [{ input: 'Hi', tool_choice: 'maybe' }, 'tool_choice: found "maybe", expected auto'],
  ])('that is none is refused at its place: %o', (more, message) => {
    expect(() => readIntent('openai-responses', { body: { model: 'm', ...more } })).toThrow(
      message,
    );
  });
});

describe('a request to Responses', () => {
  it('asks for sealed reasoning of those that reason, stores nothing and is not strict', () => {
    const body = {
      model: 'm',
      max_tokens: 4,
      stop: ['x'],
      temperature: 1,
      reasoning_effort: 'high',
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [{ type: 'function', function: { name: 'f' } }],
    };
    const translation = between('openai-chat', 'openai-responses', body);
    expect(asked(translation)).toEqual({
      model: 'gpt-5.2',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
      store: false,
      max_output_tokens: 16,
      reasoning: { effort: 'high' },
      tools: [
        {
          type: 'function',
          name: 'f',
          parameters: { type: 'object', properties: {} },
          strict: false,
        },
      ],
      include: ['reasoning.encrypted_content'],
    });
    expect(translation.losses.all.map(({ path, action }) => [path, action])).toEqual([
      ['temperature', 'dropped'],
      ['max_tokens', 'altered'],
      ['stop', 'dropped'],
    ]);
    expect(asked(between('openai-chat', 'openai-responses', body, 'gpt-4.1'))).not.toHaveProperty(
      'include',
    );
  });

  it('gives reasoning back to whoever sealed it, with the id of its item', () => {
    const seal = { origin: 'openai-responses/p', data: 'sealed', isContent: true, id: 'rs_1' };
    const body = {
      model: 'm',
      max_tokens: 50,
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: envelope(seal) },
            { type: 'text', text: 'Hello.' },
          ],
        },
        { role: 'user', content: 'Go on.' },
      ],
    };
    expect(asked(between('anthropic', 'openai-responses', body))['input']).toMatchObject([
      { role: 'user' },
      { type: 'reasoning', id: 'rs_1', summary: [{ text: 'Hm.' }], encrypted_content: 'sealed' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user' },
    ]);
  });
});

const chatHello = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
const response = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'gpt-5.2',
  output: [
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }] },
    { type: 'web_search_call', id: 'ws_1', status: 'completed' },
    { type: 'message', content: [{ type: 'output_text', text: 'Hello', annotations: [] }] },
    {
      type: 'function_call',
      call_id: 'call_1',
      name: 'f',
      arguments: '{"big":12345678901234567890}',
    },
  ],
  usage: { input_tokens: 5, output_tokens: 9, output_tokens_details: { reasoning_tokens: 3 } },
};

describe('an answer of Responses', () => {
  it('is told in Chat Completions, with no digit lost', () => {
    const told = between('openai-chat', 'openai-responses', chatHello).answer(
      JSON.stringify(response),
    );
    expect(JSON.parse(told)).toMatchObject({
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: 'Hello',
            reasoning_content: 'Hm.',
            tool_calls: [{ id: 'call_1', function: { arguments: '{"big":12345678901234567890}' } }],
          },
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 9 },
    });
  });

  it.each([
    [
      { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [] },
      'length',
    ],
    [
      { status: 'incomplete', incomplete_details: { reason: 'content_filter' }, output: [] },
      'content_filter',
    ],
  ])('that is not whole says why: %o', (more, reason) => {
    const told = between('openai-chat', 'openai-responses', chatHello).answer(
      JSON.stringify({ ...response, ...more }),
    );
    expect(JSON.parse(told)).toMatchObject({ choices: [{ finish_reason: reason }] });
  });

  it('that has failed is none', () => {
    const failed = { ...response, status: 'failed', error: { code: 'x', message: 'no' } };
    const translation = between('openai-chat', 'openai-responses', chatHello);
    expect(() => translation.answer(JSON.stringify(failed))).toThrow('no');
  });
});

const events: readonly (readonly [string, object])[] = [
  ['response.created', { response: { id: 'resp_1', model: 'gpt-5.2' } }],
  ['response.output_item.added', { output_index: 0, item: { type: 'reasoning', id: 'rs_1' } }],
  ['response.reasoning_summary_text.delta', { output_index: 0, delta: 'Hm.' }],
  ['response.reasoning_summary_part.added', { output_index: 0, summary_index: 1 }],
  ['response.reasoning_summary_text.delta', { output_index: 0, delta: 'Well.' }],
  [
    'response.output_item.done',
    { output_index: 0, item: { type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed' } },
  ],
  ['response.output_item.added', { output_index: 1, item: { type: 'message' } }],
  [
    'response.content_part.added',
    { output_index: 1, content_index: 0, part: { type: 'output_text' } },
  ],
  ['response.output_text.delta', { output_index: 1, content_index: 0, delta: 'Grüße 👋' }],
  ['response.content_part.done', { output_index: 1, content_index: 0 }],
  [
    'response.output_item.added',
    {
      output_index: 2,
      item: { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '' },
    },
  ],
  ['response.function_call_arguments.delta', { output_index: 2, delta: '{"a":' }],
  ['response.function_call_arguments.delta', { output_index: 2, delta: '1}' }],
  [
    'response.output_item.done',
    { output_index: 2, item: { type: 'function_call', arguments: '{"a":1}' } },
  ],
  ['response.completed', { response }],
];

const sse = (all: typeof events): Buffer =>
  Buffer.from(
    all
      .map(([type, event]) => `event: ${type}\ndata: ${JSON.stringify({ type, ...event })}\n\n`)
      .join(''),
  );

describe('a stream of Responses', () => {
  it.each([1, 3, 7, 1000])('means the same however it is cut: every %i bytes', (size) => {
    const stream = between('anthropic', 'openai-responses', {
      ...chatHello,
      max_tokens: 99,
      stream: true,
    }).stream();
    const bytes = sse(events);
    for (let at = 0; at < bytes.length; at += size) stream.push(bytes.subarray(at, at + size));
    stream.end();
    expect([stream.finished, stream.failed, stream.usage.output]).toEqual([true, undefined, 9]);
    const told = stream.take().toString();
    const deltas = told.split('\n').flatMap((line) => {
      const data = /^data: (.*)$/.exec(line)?.[1];
      const { delta } = (data === undefined ? {} : JSON.parse(data)) as {
        delta?: Record<string, string>;
      };
      return delta === undefined ? [] : [delta];
    });
    const all = (name: string) => deltas.map((delta) => delta[name] ?? '').join('');
    expect([all('thinking'), all('text'), all('partial_json')]).toEqual([
      'Hm.\n\nWell.',
      'Grüße 👋',
      '{"a":1}',
    ]);
  });

  it.each([
    ['that ends without its end', sse(events.slice(0, -1)), false, undefined],
    [
      'that fails',
      sse([['response.failed', { response: { error: { code: 'server_error' } } }]]),
      false,
      'server_error',
    ],
    [
      'with an error',
      sse([['error', { code: 'rate_limit_exceeded', message: 'no' }]]),
      false,
      'rate_limit_exceeded',
    ],
    ['with a frame that is none', Buffer.from('data: {"type":\n\n'), false, 'malformed_event'],
    [
      'that ends like a chat',
      Buffer.concat([sse(events), Buffer.from('data: [DONE]\n\n')]),
      true,
      undefined,
    ],
  ])('%s is seen by the watch as by the reader', (_what, bytes, finished, failed) => {
    const watch = wire.watch();
    watch.push(bytes);
    watch.end();
    const stream = between('openai-chat', 'openai-responses', chatHello).stream();
    stream.push(bytes);
    stream.end();
    for (const one of [watch, stream]) {
      expect([one.finished, one.failed?.type]).toEqual([finished, failed]);
    }
  });

  it('is written with the whole life cycle, and repeats all of it at the end', () => {
    const translation = between('openai-responses', 'openai-chat', {
      model: 'm',
      input: 'Hi',
      stream: true,
    });
    const stream = translation.stream();
    const chunk = (delta: object, finish: string | null = null) =>
      `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    stream.push(
      Buffer.from(
        chunk({ content: 'Hel' }) +
          chunk({ content: 'lo' }) +
          chunk({
            tool_calls: [{ index: 0, id: 'call_1', function: { name: 'f', arguments: '{}' } }],
          }) +
          chunk({}, 'tool_calls') +
          'data: [DONE]\n\n',
      ),
    );
    stream.end();
    const told = stream
      .take()
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)) as { type: string; sequence_number: number });
    expect(told.map(({ sequence_number }) => sequence_number)).toEqual(told.map((_, at) => at));
    expect(told.map(({ type }) => type.replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'completed',
    ]);
    expect(told.at(-1)).toMatchObject({
      response: {
        status: 'completed',
        output: [
          { type: 'message', content: [{ text: 'Hello' }] },
          { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
        ],
      },
    });
  });
});
