import { describe, expect, it } from 'vitest';
import { parseJson } from './json.ts';
import { profileOf } from './profile.ts';
import { readIntent, translate, type Translation } from './translate.ts';

type Tested = 'openai-chat' | 'anthropic';

const hosts: Readonly<Record<Tested, string>> = {
  'openai-chat': 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com',
};
const models: Readonly<Record<Tested, string>> = {
  'openai-chat': 'gpt-4.1-mini',
  anthropic: 'claude-haiku-4-5',
};

function translated(from: Tested, to: Tested, body: object): Translation {
  const model = models[to];
  const profile = profileOf(new URL(hosts[to]), model);
  const addressee = { model, origin: `${to}/p`, profile };
  const asked = parseJson(JSON.stringify({ model: 'chat', ...body }));
  return translate(readIntent(from, { body: asked }), to, addressee, {
    model: 'chat',
    id: 'req1',
    created: 1_700_000_000,
  });
}

const sent = (translation: Translation) => JSON.parse(translation.body) as Record<string, unknown>;
const lost = ({ losses }: Translation) => losses.all.map(({ path }) => path);

const weather = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: {} } },
};

describe('anthropic to openai-chat', () => {
  it('tells that a document loses what was said about it, and its citations where they are wanted', () => {
    const document = (citations: object) => ({
      type: 'document',
      context: 'of last year',
      citations,
      source: { type: 'text', media_type: 'text/plain', data: 'Sales rose.' },
    });
    const translation = translated('anthropic', 'openai-chat', {
      max_tokens: 5,
      messages: [
        { role: 'user', content: [document({ enabled: true }), document({ enabled: false })] },
      ],
    });
    expect(lost(translation).sort()).toEqual([
      'messages[0].content[0].citations',
      'messages[0].content[0].context',
      'messages[0].content[1].context',
    ]);
  });
});

describe('openai-chat to anthropic', () => {
  it('carries a conversation with tools', () => {
    const translation = translated('openai-chat', 'anthropic', {
      max_tokens: 100,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather in Rome and Oslo?' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              id: 'a',
              type: 'function',
              function: { name: 'get_weather', arguments: '{"id":12345678901234567890}' },
            },
            { id: 'b', type: 'function', function: { name: 'get_weather', arguments: '' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: 'sunny' },
        { role: 'tool', tool_call_id: 'b', content: 'snow' },
        { role: 'user', content: 'And?' },
      ],
      tools: [weather],
      tool_choice: 'auto',
      parallel_tool_calls: false,
    });
    expect(lost(translation)).toEqual([]);
    expect(sent(translation)).toEqual({
      model: 'claude-haiku-4-5',
      max_tokens: 100,
      system: 'Be brief.',
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Weather in Rome and Oslo?' }] },
        {
          role: 'assistant',
          content: [
            // eslint-disable-next-line no-loss-of-precision
            { type: 'tool_use', id: 'a', name: 'get_weather', input: { id: 12345678901234567890 } },
            { type: 'tool_use', id: 'b', name: 'get_weather', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'sunny' }] },
            { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'snow' }] },
            { type: 'text', text: 'And?' },
          ],
        },
      ],
      tools: [{ name: 'get_weather', input_schema: { type: 'object', properties: {} } }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    });
    expect(translation.body).toContain('12345678901234567890');
  });

  it('tells what has no place', () => {
    const translation = translated('openai-chat', 'anthropic', {
      messages: [{ role: 'user', name: 'ann', content: 'Hi' }],
      seed: 1,
      logit_bias: { 5: 1 },
      some_new_field: true,
      temperature: 1.5,
    });
    expect(lost(translation).sort()).toEqual([
      'logit_bias',
      'max_tokens',
      'messages[0].name',
      'seed',
      'some_new_field',
      'temperature',
    ]);
    expect(translation.losses.header()).toContain('"seed";action=dropped;reason="');
  });

  it('gives answers their names and numbers back', () => {
    const translation = translated('openai-chat', 'anthropic', {
      max_tokens: 5,
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [{ type: 'function', function: { name: 'mcp.list:all' } }],
    });
    const tools = sent(translation)['tools'] as { name: string }[];
    expect(tools[0]?.name).toBe('mcp_list_all');
    const answer = JSON.parse(
      translation.answer(
        '{"id":"msg_1","model":"claude","content":[{"type":"thinking","thinking":"hm","signature":"S"},{"type":"text","text":"Hello"},{"type":"tool_use","id":"t1","name":"mcp_list_all","input":{"n":9007199254740993}}],"stop_reason":"tool_use","usage":{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":5}}',
      ),
    ) as { choices: { message: Record<string, unknown>; finish_reason: string }[]; usage: unknown };
    expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
    expect(answer.choices[0]?.message).toMatchObject({
      content: 'Hello',
      reasoning_content: 'hm',
      tool_calls: [
        {
          id: 't1',
          type: 'function',
          function: { name: 'mcp.list:all', arguments: '{"n":9007199254740993}' },
        },
      ],
    });
    expect(answer.usage).toMatchObject({
      prompt_tokens: 7,
      completion_tokens: 5,
      total_tokens: 12,
    });
  });
});

const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

/** Streams with the event they end in. */
const chatStream = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ reasoning_content: 'hm' }),
  chunk({ content: 'Grüße ' }),
  chunk({ content: '👋' }),
  chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{"x"' } }] }),
  chunk({ tool_calls: [{ index: 1, id: 'b', function: { name: 'g', arguments: '' } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
  chunk({}, 'tool_calls'),
  'data: {"id":"c","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5}}\n\n',
  'data: [DONE]\n\n',
].join('');

const events = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>);

describe('a stream of openai-chat for a caller of anthropic', () => {
  const asked = { max_tokens: 5, stream: true, messages: [{ role: 'user', content: 'Hi' }] };

  const streamed = (pieces: readonly Buffer[]): string => {
    const stream = translated('anthropic', 'openai-chat', asked).stream();
    for (const piece of pieces) stream.push(piece);
    stream.end();
    return stream.take().toString();
  };

  it('is the same wherever it is cut, one block after the other', () => {
    const bytes = Buffer.from(chatStream);
    const whole = streamed([bytes]);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(streamed([bytes.subarray(0, cut), bytes.subarray(cut)])).toBe(whole);
    }
    const told = events(whole);
    expect(told.map(({ type, index = '' }) => [type, index].join(' '))).toEqual([
      'message_start ',
      'content_block_start 0',
      'content_block_delta 0',
      'content_block_delta 0',
      'content_block_stop 0',
      'content_block_start 1',
      'content_block_delta 1',
      'content_block_delta 1',
      'content_block_stop 1',
      'content_block_start 2',
      'content_block_delta 2',
      'content_block_delta 2',
      'content_block_stop 2',
      'content_block_start 3',
      'content_block_stop 3',
      'message_delta ',
      'message_stop ',
    ]);
    expect(told.at(-2)).toMatchObject({
      delta: { stop_reason: 'tool_use' },
      usage: { input_tokens: 7, output_tokens: 5 },
    });
  });

  it('does not end well when the provider has not', () => {
    const bytes = Buffer.from(chatStream.replace('data: [DONE]\n\n', ''));
    expect(streamed([bytes])).not.toContain('message_stop');
  });
});

describe('gemini to others', () => {
  it.each([
    ['audio/mpeg', 'mp3'],
    ['audio/x-wav', 'wav'],
    ['audio/wav', 'wav'],
  ])('calls %s what OpenAI calls it', (mimeType, format) => {
    const body = { contents: [{ parts: [{ inlineData: { mimeType, data: 'AAAA' } }] }] };
    const profile = profileOf(new URL(hosts['openai-chat']), 'gpt-4.1');
    const addressee = { model: 'm', origin: 'openai-chat/p', profile };
    const intent = readIntent('gemini', { body, model: 'chat' });
    const to = { model: 'chat', id: 'r', created: 0 };
    expect(sent(translate(intent, 'openai-chat', addressee, to))['messages']).toEqual([
      {
        role: 'user',
        content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format } }],
      },
    ]);
  });
});

describe('openai-chat to gemini', () => {
  it('names levels of thinking as Google does', () => {
    const body = {
      model: 'chat',
      reasoning_effort: 'low',
      messages: [{ role: 'user', content: 'Hi' }],
    };
    const profile = profileOf(
      new URL('https://generativelanguage.googleapis.com'),
      'gemini-3-flash',
    );
    const addressee = { model: 'm', origin: 'gemini/p', profile };
    const intent = readIntent('openai-chat', { body });
    const { body: text } = translate(intent, 'gemini', addressee, {
      model: 'chat',
      id: 'r',
      created: 0,
    });
    expect(text).toContain('"thinkingLevel":"LOW"');
  });
});

describe('sampling', () => {
  const asked = { max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }], temperature: 0.5 };
  const to = (model: string, dialect: 'openai-chat' | 'openai-responses', body: object) => {
    const profile = profileOf(new URL('https://openrouter.ai/api/v1'), model);
    const intent = readIntent('anthropic', { body: parseJson(JSON.stringify(body)) });
    const addressee = { model, origin: `${dialect}/p`, profile };
    return translate(intent, dialect, addressee, { model: 'chat', id: 'r', created: 0 });
  };

  it.each(['openai-chat', 'openai-responses'] as const)(
    'is one of two for Claude where %s is spoken to it',
    (dialect) => {
      const body = { model: 'chat', ...asked, top_p: 0.9 };
      const translation = to('anthropic/claude-sonnet-4-5', dialect, body);
      expect(sent(translation)).toMatchObject({ temperature: 0.5 });
      expect(sent(translation)).not.toHaveProperty('top_p');
      expect(lost(translation)).toEqual(['top_p']);
    },
  );
});

describe('reasoning', () => {
  it('travels through a caller of another dialect, and back to its maker alone', () => {
    const first = translated('openai-chat', 'anthropic', {
      max_tokens: 5,
      messages: [{ role: 'user', content: 'Hi' }],
    });
    const answer = JSON.parse(
      first.answer(
        '{"id":"m","content":[{"type":"thinking","thinking":"hm","signature":"SIG=="},{"type":"tool_use","id":"t1","name":"f","input":{}}],"stop_reason":"tool_use"}',
      ),
    ) as { choices: { message: object }[] };
    const history = {
      max_tokens: 5,
      tools: [weather],
      messages: [
        { role: 'user', content: 'Hi' },
        answer.choices[0]?.message,
        { role: 'tool', tool_call_id: 't1', content: 'done' },
      ],
    };
    const back = translated('openai-chat', 'anthropic', history);
    expect(back.body).toContain('{"type":"thinking","thinking":"hm","signature":"SIG=="}');
    expect(lost(back)).toEqual([]);
    const elsewhere = translated('openai-chat', 'openai-chat', history);
    expect(elsewhere.body).not.toContain('hm');
    expect(lost(elsewhere)).toEqual(['messages[1].reasoning_details[0]']);
  });
});
