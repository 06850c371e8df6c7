import { describe, expect, it } from 'vitest';
import type { DialectName, Speaker } from '../codec.ts';
import { AnswerError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { Losses } from '../losses.ts';
import { profileOf } from '../profile.ts';
import type { Reply, StreamEvent } from '../reply.ts';
import { readIntent, translate, type Translation } from '../translate.ts';
import { unknownUsage } from '../usage.ts';
import { codec } from './codec.ts';
import { wire } from './wire.ts';

const PNG = 'iVBORw0KGgo=';

function translated(from: DialectName, to: DialectName, body: object): Translation {
  const asked = parseJson(JSON.stringify({ model: 'chat', ...body }));
  const profile = profileOf(new URL('http://localhost:11434'), 'qwen3');
  const addressee = { model: 'qwen3', origin: `${to}/p`, profile };
  const speaker = { model: 'chat', id: 'r1', created: 0 };
  return translate(readIntent(from, { body: asked }), to, addressee, speaker);
}

const sent = ({ body }: Translation) => JSON.parse(body) as Record<string, unknown>;
const lost = ({ losses }: Translation) => losses.all.map(({ path }) => path).sort();

function speaker(more: Partial<Speaker> = {}): Speaker {
  const losses = new Losses();
  return { model: 'chat', id: 'r1', created: 0, showUsage: true, losses, ...more };
}

const call = (id: string, text: string) => ({
  id,
  type: 'function',
  function: { name: 'get', arguments: text },
});

describe('a request for ollama', () => {
  it('says options, pictures, calls and results in its words', () => {
    const translation = translated('openai-chat', 'ollama', {
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [call('a', '{"n":1}'), call('b', '')] },
        { role: 'tool', tool_call_id: 'a', content: 'one' },
        { role: 'tool', tool_call_id: 'b', content: 'two' },
      ],
      tools: [{ type: 'function', function: { name: 'get' } }],
      max_tokens: 5,
      temperature: 0.5,
      top_p: 0.9,
      seed: 7,
      stop: 'END',
      frequency_penalty: 1,
      reasoning_effort: 'minimal',
      response_format: { type: 'json_object' },
    });
    expect(lost(translation)).toEqual([]);
    expect(sent(translation)).toEqual({
      model: 'qwen3',
      stream: false,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'What is this?', images: [PNG] },
        {
          role: 'assistant',
          content: '',
          tool_calls: [
            { id: 'a', function: { name: 'get', arguments: { n: 1 } } },
            { id: 'b', function: { name: 'get', arguments: {} } },
          ],
        },
        { role: 'tool', content: 'one', tool_name: 'get', tool_call_id: 'a' },
        { role: 'tool', content: 'two', tool_name: 'get', tool_call_id: 'b' },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'get', parameters: { type: 'object', properties: {} } },
        },
      ],
      options: {
        num_predict: 5,
        temperature: 0.5,
        top_p: 0.9,
        seed: 7,
        stop: ['END'],
        frequency_penalty: 1,
      },
      think: 'low',
      format: 'json',
    });
  });

  it('tells what has no place', () => {
    const translation = translated('openai-chat', 'ollama', {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi' },
            { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
            { type: 'file', file: { file_id: 'f' } },
          ],
        },
        { role: 'assistant', content: 'x', reasoning_content: 'hm' },
        { role: 'assistant', tool_calls: [call('a', 'no json')] },
        { role: 'tool', tool_call_id: 'a', content: 'one' },
      ],
      tools: [{ type: 'function', function: { name: 'get' } }],
      tool_choice: 'required',
      parallel_tool_calls: false,
      logit_bias: { 5: 1 },
      user: 'u',
      some_new_field: 1,
    });
    expect(lost(translation)).toEqual([
      'logit_bias',
      'messages[0].content[1]',
      'messages[0].content[2]',
      'messages[1].reasoning_content',
      'messages[2].tool_calls[0]',
      'parallel_tool_calls',
      'some_new_field',
      'tool_choice',
      'user',
    ]);
    const messages = sent(translation)['messages'] as { tool_calls?: unknown }[];
    expect(messages[2]?.tool_calls).toEqual([
      { id: 'a', function: { name: 'get', arguments: { invalid_json: 'no json' } } },
    ]);
  });

  it('offers no tool that must not be called', () => {
    const tools = ['a', 'b'].map((name) => ({ type: 'function', function: { name } }));
    const messages = [{ role: 'user', content: 'Hi' }];
    const none = translated('openai-chat', 'ollama', { messages, tools, tool_choice: 'none' });
    expect(sent(none)['tools']).toBeUndefined();
    expect(lost(none)).toEqual([]);
    const tool_choice = { type: 'function', function: { name: 'b' } };
    const one = translated('openai-chat', 'ollama', { messages, tools, tool_choice });
    expect(sent(one)['tools']).toMatchObject([{ function: { name: 'b' } }]);
    expect(lost(one)).toEqual(['tool_choice']);
  });

  it('refuses pictures that somebody would have to fetch', () => {
    const content = [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }];
    expect(() =>
      translated('openai-chat', 'ollama', { messages: [{ role: 'user', content }] }),
    ).toThrow(/messages\[0\]\.content\[0\]: found "https:.*, expected the picture itself/);
  });
});

describe('a request of ollama', () => {
  it('streams unless told not to', () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    const streamed = (more: object) =>
      readIntent('ollama', { body: { model: 'm', messages, ...more } }).stream;
    expect([{}, { stream: true }, { stream: false }].map(streamed)).toEqual([true, true, false]);
    expect(wire.streamsUnlessTold).toBe(true);
  });

  it('finds the call that a result answers, by id, by name or by order', () => {
    const made = (name: string, id?: string) => ({ id, function: { name, arguments: {} } });
    const { turns } = readIntent('ollama', {
      body: {
        model: 'm',
        messages: [
          { role: 'assistant', tool_calls: [made('a'), made('b'), made('a', 'x'), made('c')] },
          { role: 'tool', content: 'by name', tool_name: 'b' },
          { role: 'tool', content: 'by id', tool_call_id: 'x' },
          { role: 'tool', content: 'by order' },
          { role: 'tool', content: 'the last' },
          { role: 'tool', content: 'of nobody' },
        ],
      },
    });
    const blocks = turns.flatMap((turn) => turn.blocks);
    const calls = blocks.flatMap((block) => (block.kind === 'tool-call' ? [block.id] : []));
    const results = blocks.flatMap((one) =>
      one.kind === 'tool-result' ? [[calls.indexOf(one.id), one.name]] : [],
    );
    expect(new Set(calls).size).toBe(4);
    expect(results).toEqual([
      [1, 'b'],
      [2, 'a'],
      [0, 'a'],
      [3, 'c'],
      [-1, undefined],
    ]);
  });

  it('is carried, and what only Ollama has is told', () => {
    const translation = translated('ollama', 'anthropic', {
      messages: [
        { role: 'user', content: 'Hi', images: [PNG] },
        { role: 'assistant', content: 'Hello', thinking: 'hm' },
        { role: 'user', content: 'On' },
      ],
      stream: false,
      think: true,
      format: { type: 'object' },
      keep_alive: '5m',
      options: { num_predict: 30_000, stop: ['END'], num_ctx: 4096 },
      tools: [],
    });
    expect(lost(translation)).toEqual(['keep_alive', 'messages[1].thinking', 'options.num_ctx']);
    expect(sent(translation)).toMatchObject({
      max_tokens: 30_000,
      stop_sequences: ['END'],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi' },
            { type: 'image', source: { media_type: 'image/png', data: PNG } },
          ],
        },
        { role: 'assistant' },
        { role: 'user' },
      ],
      output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
    });
  });

  it('cannot ask another vendor for what stands between two texts', () => {
    const asked = { prompt: 'Hi', suffix: 'after', stream: false };
    expect(() => translated('ollama', 'anthropic', asked)).toThrow(/suffix: found "after"/);
  });

  it('may be a bare prompt, which is answered in fields of the line', () => {
    const translation = translated('ollama', 'anthropic', {
      system: 'Be brief.',
      prompt: 'Hi',
      template: '{{ .Prompt }}',
      suffix: '',
      context: [1],
      stream: false,
      options: { num_predict: 5 },
    });
    expect(lost(translation)).toEqual(['context', 'template']);
    expect(sent(translation)).toMatchObject({
      system: 'Be brief.',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    });
    const answer = translation.answer(
      '{"content":[{"type":"text","text":"Hello"}],"stop_reason":"max_tokens","usage":{"input_tokens":3,"output_tokens":5}}',
    );
    expect(JSON.parse(answer)).toEqual({
      model: 'chat',
      created_at: '1970-01-01T00:00:00.000Z',
      response: 'Hello',
      done: true,
      done_reason: 'length',
      prompt_eval_count: 3,
      eval_count: 5,
    });
  });

  it.each([
    [{}, 'messages: found nothing, expected an array of messages'],
    [{ messages: [{ role: 'x' }] }, 'messages[0].role: found "x"'],
    [{ messages: [], think: 'much' }, 'think: found "much"'],
    [{ messages: [], format: 'xml' }, 'format: found "xml"'],
    [{ messages: [], options: { top_p: 'a' } }, 'options.top_p: found "a", expected a number'],
    [
      {
        messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: '' } }] }],
      },
      'messages[0].tool_calls[0].function.arguments: found "", expected an object',
    ],
  ])('is refused where it says nothing: %j', (body, message) => {
    expect(() => readIntent('ollama', { body: { model: 'm', ...body } })).toThrow(message);
  });
});

const answer = {
  model: 'qwen3',
  created_at: '2026-01-01T00:00:00Z',
  message: {
    role: 'assistant',
    content: 'Grüße',
    thinking: 'hm',
    tool_calls: [
      {
        id: 'call_x',
        function: { name: 'get', arguments: { n: JSON.rawJSON('9007199254740993') } },
      },
      { function: { name: 'get', arguments: {} } },
    ],
  },
  done: true,
  done_reason: 'stop',
  total_duration: 1,
  prompt_eval_count: 7,
  eval_count: 5,
};

describe('an answer of ollama', () => {
  it('is read with all it says', () => {
    const seal = { origin: 'ollama/p', data: '' };
    expect(codec.readReply(JSON.stringify(answer), 'ollama/p')).toEqual({
      id: undefined,
      model: 'qwen3',
      choices: [
        {
          blocks: [
            { kind: 'reasoning', text: 'hm', seal },
            { kind: 'text', text: 'Grüße' },
            { kind: 'tool-call', id: 'call_x', name: 'get', arguments: '{"n":9007199254740993}' },
            { kind: 'tool-call', id: undefined, name: 'get', arguments: '{}' },
          ],
          logprobs: [],
          stop: { reason: 'tool-call', raw: 'stop' },
        },
      ],
      usage: { ...unknownUsage, input: 7, output: 5 },
    } satisfies Reply);
    expect(wire.usageOf(Buffer.from(JSON.stringify(answer)))).toMatchObject({
      input: 7,
      output: 5,
    });
    const prompt = JSON.stringify({ response: '"eval_count":9', eval_count: 2 });
    expect(wire.usageOf(Buffer.from(prompt))).toEqual({ ...unknownUsage, output: 2 });
  });

  it('is none without a message', () => {
    expect(() => codec.readReply('{"error":"x"}', 'ollama/p')).toThrow(AnswerError);
  });

  it('is written so that it is read the same, but for ids and seals', () => {
    const as = speaker();
    const reply = codec.readReply(JSON.stringify(answer), 'ollama/p');
    const again = codec.readReply(codec.writeReply(reply, as), 'ollama/p');
    expect(again.choices[0]?.blocks.at(-1)).toMatchObject({ id: 'call_r1_1' });
    expect({ ...again, model: 'qwen3' }).toEqual(
      codec.readReply(
        JSON.stringify(answer).replace('{"function"', '{"id":"call_r1_1","function"'),
        'ollama/p',
      ),
    );
    expect(as.losses.all).toEqual([]);
  });

  it('tells what it cannot hold', () => {
    const as = speaker();
    const seal = { origin: 'anthropic/p', data: 'S' };
    const citations = [{ url: 'u', title: 't', quote: 'q' }];
    const stop = { reason: 'end', raw: 'x' } as const;
    codec.writeReply(
      {
        id: 'i',
        model: 'm',
        choices: [
          {
            blocks: [
              { kind: 'reasoning', text: 'hm', seal },
              { kind: 'text', text: 'a', citations },
              { kind: 'foreign', type: 'search' },
              { kind: 'tool-call', id: 'c', name: 'f', arguments: '[1]' },
            ],
            stop,
          },
          { blocks: [], stop },
        ],
        usage: unknownUsage,
      },
      as,
    );
    expect(as.losses.all.map(({ reason }) => reason)).toEqual([
      'only the first of several answers has a place',
      'what vouches for the reasoning has no form in this dialect',
      'citations have no form in this dialect',
      'search has no form in this dialect',
      'arguments that are no JSON object came as text in one',
    ]);
  });

  it('carries the seal of a call in its id, and takes it back', () => {
    const seal = { origin: 'gemini/p', data: 'S', isContent: false, id: undefined };
    const block = { kind: 'tool-call', id: 'c', name: 'f', arguments: '{}', seal } as const;
    const stop = { reason: 'tool-call', raw: undefined } as const;
    const reply = { id: '', model: '', choices: [{ blocks: [block], stop }], usage: unknownUsage };
    const told = JSON.parse(codec.writeReply(reply, speaker())) as { message: object };
    const { turns } = readIntent('ollama', { body: { model: 'm', messages: [told.message] } });
    expect(turns[0]?.blocks[0]).toMatchObject({ kind: 'tool-call', id: 'c', seal });
  });
});

const line = (message: object, more: object = { done: false }): string =>
  `${JSON.stringify({ model: 'qwen3', created_at: '2026-01-01T00:00:00Z', message, ...more })}\n`;

const stream = [
  line({ role: 'assistant', content: '', thinking: 'hm' }),
  line({ role: 'assistant', content: 'Grüße ' }),
  '\n',
  line({ role: 'assistant', content: '👋' }),
  line({ role: 'assistant', content: '', tool_calls: answer.message.tool_calls }),
  line(
    { role: 'assistant', content: '' },
    { done: true, done_reason: 'stop', prompt_eval_count: 7, eval_count: 5 },
  ),
].join('');

function eventsOf(pieces: readonly Buffer[]): readonly StreamEvent[] {
  const reader = codec.readStream('ollama/p');
  return [...pieces.flatMap((piece) => [...reader.push(piece)]), ...reader.end()];
}

describe('a stream of ollama', () => {
  const bytes = Buffer.from(stream);

  it('is the same wherever it is cut', () => {
    const whole = eventsOf([bytes]);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(eventsOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
    }
    expect(whole.map(({ type }) => type)).toEqual([
      'start',
      'block-start',
      'seal',
      'delta',
      'block-end',
      'block-start',
      'delta',
      'delta',
      'block-end',
      'block-start',
      'delta',
      'block-end',
      'block-start',
      'delta',
      'block-end',
      'usage',
      'stop',
      'finish',
    ]);
    expect(whole.filter(({ type }) => type === 'delta')).toMatchObject([
      { block: 0, text: 'hm' },
      { block: 1, text: 'Grüße ' },
      { block: 1, text: '👋' },
      { block: 2, text: '{"n":9007199254740993}' },
      { block: 3, text: '{}' },
    ]);
    expect(whole.at(-2)).toMatchObject({ stop: { reason: 'tool-call', raw: 'stop' } });
  });

  it('is not whole before its last line', () => {
    const last = stream.lastIndexOf('{"model"');
    expect(eventsOf([bytes.subarray(0, last)]).some(({ type }) => type === 'finish')).toBe(false);
    const cut = eventsOf([bytes.subarray(0, bytes.length - 5)]);
    expect(cut.at(-1)).toMatchObject({ type: 'failure', kind: 'malformed_event' });
  });

  it('may tell an error', () => {
    expect(
      eventsOf([Buffer.from(`${line({ content: 'a' })}{"error":"out of memory"}\n`)]).at(-1),
    ).toEqual({
      type: 'failure',
      kind: 'error',
      message: 'out of memory',
    });
  });

  it.each(['chat', 'generate'] as const)('is written for a caller that asked by %s', (form) => {
    const as = speaker(form === 'generate' ? { form } : {});
    const writer = codec.writeStream(as);
    const told = eventsOf([bytes])
      .map((event) => writer.write(event))
      .join('');
    const again = eventsOf([Buffer.from(told)]);
    const texts = (events: readonly StreamEvent[]) =>
      events.flatMap((event) => (event.type === 'delta' ? [event.text] : []));
    const all = texts(eventsOf([bytes]));
    // A prompt has no tools, so none of these calls could have come.
    expect(texts(again)).toEqual(form === 'chat' ? all : all.slice(0, 3));
    expect(again.at(-1)).toEqual({ type: 'finish' });
    expect(again.find(({ type }) => type === 'usage')).toMatchObject({
      usage: { input: 7, output: 5 },
    });
    expect(told.trim().split('\n')).toHaveLength(6);
    expect(as.losses.all).toHaveLength(form === 'chat' ? 0 : 1);
  });

  it('tells a failure in a line that does not say done', () => {
    const failure = { code: 'upstream_broken', status: 502, message: 'broke', requestId: 'r' };
    const told = wire.writeStreamFailure(failure).toString();
    expect(eventsOf([Buffer.from(told)])).toMatchObject([{ type: 'failure', message: 'broke' }]);
    expect(wire.endOfLastFrame(Buffer.from('{}\n{"a'))).toBe(3);
  });
});

describe('the wire of ollama', () => {
  it.each([
    ['', 'chat', '/api/chat'],
    ['/api', 'chat', '/api/chat'],
    ['/ollama', 'completions', '/ollama/api/generate'],
    ['', 'embeddings', '/api/embed'],
    ['', 'models', '/api/tags'],
    ['', 'count-tokens', undefined],
  ] as const)('finds %j %s at %s', (base, operation, path) => {
    expect(wire.path(base, operation, { model: 'm', streamed: false })).toBe(path);
  });
});
