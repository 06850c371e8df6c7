import { describe, expect, it } from 'vitest';
import type { DialectName } from '../codec.ts';
import { AnswerError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { profileOf } from '../profile.ts';
import type { StreamEvent } from '../reply.ts';
import { readIntent, translate, type Translation } from '../translate.ts';
import { unknownUsage } from '../usage.ts';
import { codec } from './codec.ts';
import { wire } from './wire.ts';

function translated(
  body: object,
  {
    from = 'openai-chat',
    model = 'command-a-03-2025',
  }: { from?: DialectName; model?: string } = {},
): Translation {
  const asked = parseJson(JSON.stringify({ model: 'chat', ...body }));
  const profile = profileOf(new URL('https://api.cohere.com'), model);
  const addressee = { model, origin: 'cohere/p', profile };
  const speaker = { model: 'chat', id: 'r1', created: 0 };
  return translate(readIntent(from, { body: asked }), 'cohere', addressee, speaker);
}

const sent = ({ body }: Translation) => JSON.parse(body) as Record<string, unknown>;
const lost = ({ losses }: Translation) => losses.all.map(({ path }) => path).sort();

const user = { role: 'user', content: 'Hi' };
const tool = (name: string, more: object = {}) => ({
  type: 'function',
  function: { name, ...more },
});

describe('a request for cohere', () => {
  it('says what it knows in its words', () => {
    const translation = translated(
      {
        max_tokens: 5,
        system: 'Be brief.',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What?' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
              { type: 'document', title: 't', source: { type: 'text', data: 'long text' } },
            ],
          },
          {
            role: 'assistant',
            content: [
              { type: 'text', text: 'I will look.' },
              { type: 'tool_use', id: 'a', name: 'get-it', input: { n: 1 } },
            ],
          },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'a', content: 'one' },
              { type: 'text', text: 'And?' },
            ],
          },
        ],
        tools: [{ name: 'get-it', input_schema: { type: 'object' } }],
        tool_choice: { type: 'any' },
        top_k: 5,
        top_p: 0.5,
        stop_sequences: ['END'],
        stream: true,
      },
      { from: 'anthropic' },
    );
    expect(lost(translation)).toEqual([]);
    expect(sent(translation)).toEqual({
      model: 'command-a-03-2025',
      stream: true,
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          ],
        },
        {
          role: 'assistant',
          tool_plan: 'I will look.',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'get_it', arguments: '{"n":1}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: 'one' },
        { role: 'user', content: 'And?' },
      ],
      documents: [{ id: 'doc_0', data: { title: 't', text: 'long text' } }],
      tools: [{ type: 'function', function: { name: 'get_it', parameters: { type: 'object' } } }],
      tool_choice: 'REQUIRED',
      max_tokens: 5,
      k: 5,
      p: 0.5,
      stop_sequences: ['END'],
    });
    const answer = translation.answer(
      '{"id":"i","message":{"tool_calls":[{"id":"c","function":{"name":"get_it","arguments":"{}"}}]},"finish_reason":"TOOL_CALL"}',
    );
    expect(JSON.parse(answer)).toMatchObject({
      content: [{ type: 'tool_use', name: 'get-it' }],
      stop_reason: 'tool_use',
    });
  });

  it('chooses one tool by offering no other', () => {
    const tools = [tool('a', { strict: true }), tool('b')];
    const tool_choice = { type: 'function', function: { name: 'a' } };
    const translation = translated({ messages: [user], tools, tool_choice });
    expect(sent(translation)).toMatchObject({
      tools: [{ function: { name: 'a', parameters: { type: 'object', properties: {} } } }],
      tool_choice: 'REQUIRED',
      strict_tools: true,
    });
    expect(sent(translation)['tools']).toHaveLength(1);
    expect(translation.body).not.toContain('"strict":');
    expect(lost(translation)).toEqual([]);
    const none = translated({ messages: [user], tools, tool_choice: 'none' });
    expect(sent(none)['tool_choice']).toBe('NONE');
  });

  it('binds the answer to a schema, where there are no tools', () => {
    const schema = { type: 'object' };
    const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } };
    const free = translated({ messages: [user], response_format });
    expect(sent(free)['response_format']).toEqual({ type: 'json_object', json_schema: schema });
    const held = translated({ messages: [user], response_format, tools: [tool('a')] });
    expect(sent(held)).not.toHaveProperty('response_format');
    expect((sent(held)['messages'] as { content: string }[])[0]?.content).toContain('JSON schema');
    expect(lost(held)).toEqual(['response_format']);
  });

  it('asks models to reason that can', () => {
    const asked = { messages: [user], reasoning_effort: 'low' };
    const reasoning = translated(asked, { model: 'command-a-reasoning-08-2025' });
    expect(sent(reasoning)['thinking']).toEqual({ type: 'enabled', token_budget: 2048 });
    expect(sent(translated(asked))).not.toHaveProperty('thinking');
    expect(lost(translated(asked))).toEqual(['reasoning_effort']);
    const off = { messages: [user], reasoning_effort: 'none' };
    expect(sent(translated(off, { model: 'command-a-reasoning-08-2025' }))['thinking']).toEqual({
      type: 'disabled',
    });
    expect(lost(translated(off))).toEqual([]);
  });

  it('tells what has no place', () => {
    const translation = translated({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
            { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA' } },
          ],
        },
        { role: 'assistant', content: 'x', reasoning_content: 'hm' },
        user,
      ],
      temperature: 1.5,
      top_p: 1,
      frequency_penalty: -1,
      presence_penalty: 0.5,
      stop: ['a', 'b', 'c', 'd', 'e', 'f'],
      logit_bias: {},
      user: 'u',
      parallel_tool_calls: false,
      what: 1,
    });
    expect(lost(translation)).toEqual([
      'frequency_penalty',
      'logit_bias',
      'messages[0].content[1]',
      'messages[0].content[2]',
      'messages[1].reasoning_content',
      'parallel_tool_calls',
      'stop',
      'temperature',
      'top_p',
      'user',
      'what',
    ]);
    expect(sent(translation)).toMatchObject({
      temperature: 1,
      p: 0.99,
      frequency_penalty: 0,
      presence_penalty: 0.5,
    });
    expect(() => translated({ messages: [user], n: 2 })).toThrow('n: found 2');
  });
});

const source = { type: 'document', id: 'doc_0', document: { title: 't', url: 'u', text: 'q' } };
const answer = {
  id: 'i',
  message: {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'Grüße' },
    ],
    citations: [
      { start: 0, end: 5, text: 'Grüße', sources: [source], content_index: 1 },
      { start: 0, end: 5, text: 'Grüße', sources: [{ type: 'tool', id: 'x:0' }] },
    ],
    tool_plan: 'I will look.',
    tool_calls: [
      { id: 'a', type: 'function', function: { name: 'get', arguments: '{"n":9007199254740993}' } },
    ],
  },
  finish_reason: 'TOOL_CALL',
  usage: {
    billed_units: { input_tokens: 7, output_tokens: 88 },
    tokens: { input_tokens: 69, output_tokens: 89 },
    cached_tokens: 60,
  },
};

describe('an answer of cohere', () => {
  it('is read with all it says', () => {
    const seal = { origin: 'cohere/p', data: '' };
    const usage = { ...unknownUsage, input: 69, cached: 60, output: 89 };
    expect(codec.readReply(JSON.stringify(answer), 'cohere/p')).toEqual({
      id: 'i',
      model: undefined,
      choices: [
        {
          blocks: [
            { kind: 'reasoning', text: 'hm', seal },
            {
              kind: 'text',
              text: 'Grüße',
              citations: [
                { url: 'u', title: 't', quote: 'q' },
                { url: undefined, title: 'x:0', quote: undefined },
              ],
            },
            { kind: 'text', text: 'I will look.' },
            { kind: 'tool-call', id: 'a', name: 'get', arguments: '{"n":9007199254740993}' },
          ],
          stop: { reason: 'tool-call', raw: 'TOOL_CALL' },
        },
      ],
      usage,
    });
    expect(wire.usageOf(Buffer.from(JSON.stringify(answer)))).toEqual(usage);
  });

  it('goes back to it with its reasoning and its plan', () => {
    const first = translated({ messages: [user] });
    const told = JSON.parse(first.answer(JSON.stringify(answer))) as {
      choices: { message: object }[];
    };
    const result = { role: 'tool', tool_call_id: 'a', content: 'one' };
    const again = translated({ messages: [user, told.choices[0]?.message, result] });
    expect((sent(again)['messages'] as object[])[1]).toMatchObject({
      role: 'assistant',
      content: [{ type: 'thinking', thinking: 'hm' }],
      tool_plan: 'GrüßeI will look.',
      tool_calls: [{ id: 'a' }],
    });
  });

  it.each(['ERROR', 'TIMEOUT'])('is none that ended with %s', (finish_reason) => {
    const text = JSON.stringify({ ...answer, finish_reason });
    expect(() => codec.readReply(text, 'cohere/p')).toThrow(AnswerError);
  });

  it('is none without a message', () => {
    expect(() => codec.readReply('{"message":"invalid api token"}', 'cohere/p')).toThrow(
      AnswerError,
    );
  });
});

const event = (type: string, message: object | undefined, more: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...(message === undefined ? {} : { delta: { message } }), ...more })}\n\n`;
const end = (finish_reason: string, more: object = {}) =>
  `event: message-end\ndata: ${JSON.stringify({ type: 'message-end', delta: { finish_reason, usage: answer.usage, ...more } })}\n\n`;

const begin = event('message-start', { role: 'assistant' }, { id: 'i' });
const stream = [
  begin,
  event('content-start', { content: { type: 'thinking', thinking: '' } }, { index: 0 }),
  event('content-delta', { content: { thinking: 'hm' } }, { index: 0 }),
  event('content-end', undefined, { index: 0 }),
  event('content-start', { content: { type: 'text', text: '' } }, { index: 1 }),
  event('content-delta', { content: { text: 'Grüße ' } }, { index: 1 }),
  event('citation-start', { citations: answer.message.citations[0] }, { index: 0 }),
  event('citation-end', undefined, { index: 0 }),
  event('content-delta', { content: { text: '👋' } }, { index: 1 }),
  event('content-end', undefined, { index: 1 }),
  event('tool-plan-delta', { tool_plan: 'I will ' }),
  event('tool-plan-delta', { tool_plan: 'look.' }),
  event(
    'tool-call-start',
    { tool_calls: { id: 'a', function: { name: 'get', arguments: '' } } },
    { index: 0 },
  ),
  event('tool-call-delta', { tool_calls: { function: { arguments: '{"n":' } } }, { index: 0 }),
  event('tool-call-delta', { tool_calls: { function: { arguments: '1}' } } }, { index: 0 }),
  event('tool-call-end', undefined, { index: 0 }),
  event(
    'tool-call-start',
    { tool_calls: { id: 'b', function: { name: 'now', arguments: '' } } },
    { index: 1 },
  ),
  event('tool-call-end', undefined, { index: 1 }),
  end('TOOL_CALL'),
  'data: [DONE]\n\n',
].join('');

function eventsOf(pieces: readonly Buffer[]): readonly StreamEvent[] {
  const reader = codec.readStream('cohere/p');
  return [...pieces.flatMap((piece) => [...reader.push(piece)]), ...reader.end()];
}

describe('a stream of cohere', () => {
  const bytes = Buffer.from(stream);

  it('is the same wherever it is cut', () => {
    const whole = eventsOf([bytes]);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(eventsOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
    }
    expect(whole.map((one) => [one.type, 'block' in one ? one.block : ''].join(' '))).toEqual([
      'start ',
      'block-start 0',
      'delta 0',
      'seal 0',
      'block-end 0',
      'block-start 1',
      'delta 1',
      'citation 1',
      'delta 1',
      'block-end 1',
      'block-start 2',
      'delta 2',
      'delta 2',
      'block-end 2',
      'block-start 3',
      'delta 3',
      'delta 3',
      'block-end 3',
      'block-start 4',
      'block-end 4',
      'usage ',
      'stop ',
      'finish ',
    ]);
  });

  it('is not whole before its end, whatever else it says', () => {
    const cut = stream.slice(0, stream.indexOf('event: message-end'));
    const told = eventsOf([Buffer.from(`${cut}data: [DONE]\n\n`)]);
    expect(told.some(({ type }) => type === 'finish')).toBe(false);
  });

  it('may end in a failure', () => {
    const failed = eventsOf([Buffer.from(begin + end('ERROR', { error: 'broke' }))]);
    expect(failed.slice(1)).toEqual([{ type: 'failure', kind: 'ERROR', message: 'broke' }]);
    expect(eventsOf([Buffer.from('data: {"message":"overloaded"}\n\n')])).toEqual([
      { type: 'failure', kind: 'error', message: 'overloaded' },
    ]);
    expect(eventsOf([Buffer.from('data: {"type"\n\n')])).toMatchObject([
      { type: 'failure', kind: 'malformed_event' },
    ]);
  });

  it('takes places that are none', () => {
    const index = { toString: 1 };
    const told = event('content-delta', { content: { text: 'a' } }, { index });
    expect(eventsOf([Buffer.from(told)])).toContainEqual({ type: 'delta', block: 0, text: 'a' });
  });
});

describe('the wire of cohere', () => {
  it.each([
    ['', 'chat', '/v2/chat'],
    ['/v2', 'chat', '/v2/chat'],
    ['/gate', 'embeddings', '/gate/v2/embed'],
    ['/v2', 'models', '/v1/models'],
    ['', 'completions', undefined],
  ] as const)('finds %j %s at %s', (base, operation, path) => {
    expect(wire.path(base, operation, { model: 'm', streamed: false })).toBe(path);
  });
});
