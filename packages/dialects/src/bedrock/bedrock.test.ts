import { describe, expect, it } from 'vitest';
import type { DialectName, Speaker } from '../codec.ts';
import { AnswerError } from '../errors.ts';
import type { Block } from '../intent.ts';
import { parseJson } from '../json.ts';
import { Losses } from '../losses.ts';
import { profileOf } from '../profile.ts';
import type { StreamEvent } from '../reply.ts';
import { readIntent, translate, type Translation } from '../translate.ts';
import { unknownUsage } from '../usage.ts';
import { codec } from './codec.ts';
import { frame } from './frames.ts';
import { eventFrame } from './stream-writer.ts';
import { wire } from './wire.ts';

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const PNG = 'iVBORw0KGgo=';
const PDF = 'JVBERi0xLjQ=';

function translated(
  from: DialectName,
  body: object,
  { to = 'bedrock', model = CLAUDE }: { to?: DialectName; model?: string } = {},
): Translation {
  const asked = parseJson(JSON.stringify(from === 'bedrock' ? body : { model: 'chat', ...body }));
  const url = new URL('https://bedrock-runtime.us-east-1.amazonaws.com');
  const addressee = { model, origin: `${to}/p`, profile: profileOf(url, model) };
  const intent = readIntent(from, { body: asked, model: 'chat', stream: false });
  return translate(intent, to, addressee, { model: 'chat', id: 'r1', created: 0 });
}

const sent = ({ body }: Translation) => JSON.parse(body) as Record<string, unknown>;
const lost = ({ losses }: Translation) => losses.all.map(({ path }) => path).sort();

function speaker(): Speaker {
  return { model: 'chat', id: 'r1', created: 0, showUsage: true, losses: new Losses() };
}

const use = (id: string, input: unknown) => ({ type: 'tool_use', id, name: 'get', input });
const result = (id: string, content: unknown) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
});
const tool = { name: 'get', description: '', input_schema: { type: 'object', properties: {} } };
const cache_control = { type: 'ephemeral' };

describe('a request for bedrock', () => {
  it('says all that a caller may say', () => {
    const long = `call_${'x'.repeat(80)}`;
    const translation = translated('anthropic', {
      max_tokens: 100,
      system: [{ type: 'text', text: 'Be brief.', cache_control }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What?' },
            { type: 'text', text: ' ' },
            { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: PNG } },
            {
              type: 'document',
              title: 'a/b  c.pdf',
              source: { type: 'base64', media_type: 'application/pdf', data: PDF },
              cache_control,
            },
          ],
        },
        { role: 'user', content: 'And?' },
        { role: 'assistant', content: [use(long, { n: 1 }), use('b', {})] },
        { role: 'user', content: [{ type: 'text', text: 'Here.' }] },
        {
          role: 'user',
          content: [
            result(long, 'one'),
            {
              ...result('b', [
                { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
              ]),
              is_error: true,
            },
          ],
        },
      ],
      tools: [{ ...tool, cache_control }],
      tool_choice: { type: 'any' },
      temperature: 0.5,
      top_k: 5,
      stop_sequences: ['END'],
    });
    expect(lost(translation)).toEqual([]);
    const { messages, ...rest } = sent(translation);
    expect(rest).toEqual({
      system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }],
      toolConfig: {
        tools: [
          { toolSpec: { name: 'get', inputSchema: { json: { type: 'object', properties: {} } } } },
          { cachePoint: { type: 'default' } },
        ],
        toolChoice: { any: {} },
      },
      inferenceConfig: { maxTokens: 100, temperature: 0.5, stopSequences: ['END'] },
      additionalModelRequestFields: { top_k: 5 },
    });
    const [asked, called, answered] = messages as { role: string; content: object[] }[];
    expect(messages).toHaveLength(3);
    expect(asked).toEqual({
      role: 'user',
      content: [
        { text: 'What?' },
        { image: { format: 'png', source: { bytes: PNG } } },
        { document: { format: 'pdf', name: 'a-b c-pdf', source: { bytes: PDF } } },
        { cachePoint: { type: 'default' } },
        { text: 'And?' },
      ],
    });
    const [first, second] = (called?.content ?? []) as { toolUse: { toolUseId: string } }[];
    expect(first?.toolUse.toolUseId).toMatch(/^[\w-]{1,64}$/);
    expect(second?.toolUse).toEqual({ toolUseId: 'b', name: 'get', input: {} });
    expect(answered).toEqual({
      role: 'user',
      content: [
        { toolResult: { toolUseId: first?.toolUse.toolUseId, content: [{ text: 'one' }] } },
        {
          toolResult: {
            toolUseId: 'b',
            content: [{ image: { format: 'png', source: { bytes: PNG } } }],
            status: 'error',
          },
        },
        { text: 'Here.' },
      ],
    });
  });

  it('declares tools that only the history knows, for it is refused without them', () => {
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: [use('a', {})] },
      { role: 'user', content: [result('a', 'one')] },
    ];
    const without = translated('anthropic', { max_tokens: 5, messages });
    expect(sent(without)['toolConfig']).toMatchObject({ tools: [{ toolSpec: { name: 'get' } }] });
    expect(lost(without)).toEqual(['tools']);
    const tools = [tool];
    const tool_choice = { type: 'none' };
    const none = translated('anthropic', { max_tokens: 5, messages, tools, tool_choice });
    expect(sent(none)['toolConfig']).toMatchObject({ tools: [{ toolSpec: { name: 'get' } }] });
    expect(sent(none)['toolConfig']).not.toHaveProperty('toolChoice');
    expect(lost(none)).toEqual(['tool_choice']);
    const asked = { max_tokens: 5, messages: messages.slice(0, 1), tools, tool_choice };
    const free = translated('anthropic', asked);
    expect(sent(free)).not.toHaveProperty('toolConfig');
    expect(lost(free)).toEqual([]);
  });

  it('takes four hints to cache, and those of models that cache', () => {
    const content = ['a', 'b', 'c', 'd', 'e'].map((text) => ({
      type: 'text',
      text,
      cache_control,
    }));
    const asked = { max_tokens: 5, messages: [{ role: 'user', content }] };
    const points = (translation: Translation) => translation.body.match(/cachePoint/g)?.length;
    const claude = translated('anthropic', asked);
    expect(points(claude)).toBe(4);
    expect(lost(claude)).toEqual(['messages[0].content[4].cache_control']);
    const llama = translated('anthropic', asked, { model: 'meta.llama3-2-1b-instruct-v1:0' });
    expect(points(llama)).toBe(undefined);
    expect(lost(llama)).toHaveLength(5);
  });

  it('asks each model to reason in its own words', () => {
    const asked = (model: string, more: object = {}) => {
      const messages = [{ role: 'user', content: 'Hi' }];
      const body = { messages, reasoning_effort: 'high', temperature: 0.5, ...more };
      return translated('openai-chat', body, { model });
    };
    const budget = asked(CLAUDE, { max_tokens: 4000 });
    expect(sent(budget)['additionalModelRequestFields']).toEqual({
      thinking: { type: 'enabled', budget_tokens: 3999 },
    });
    expect(lost(budget)).toEqual(['reasoning_effort', 'temperature']);
    expect(sent(asked('anthropic.claude-opus-5-v1'))['additionalModelRequestFields']).toEqual({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'high' },
    });
    const nova = asked('us.amazon.nova-2-lite-v1:0');
    expect(sent(nova)['additionalModelRequestFields']).toEqual({
      reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' },
    });
    expect(lost(nova)).toEqual([]);
    const old = asked('amazon.nova-lite-v1:0');
    expect(sent(old)).not.toHaveProperty('additionalModelRequestFields');
    expect(lost(old)).toEqual(['reasoning_effort']);
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const forced = asked(CLAUDE, { tools, tool_choice: 'required' });
    expect(lost(forced)).toEqual(['reasoning_effort']);
  });

  it('binds the answer to a schema, or asks for it in words', () => {
    const schema = { type: 'object' };
    const json_schema = { name: 'City', schema };
    const response_format = { type: 'json_schema', json_schema };
    const asked = { messages: [{ role: 'user', content: 'Hi' }], response_format };
    const claude = translated('openai-chat', asked);
    expect(sent(claude)['outputConfig']).toEqual({
      textFormat: {
        type: 'json_schema',
        structure: { jsonSchema: { name: 'City', schema: '{"type":"object"}' } },
      },
    });
    const nova = translated('openai-chat', asked, { model: 'amazon.nova-lite-v1:0' });
    expect(JSON.stringify(sent(nova)['system'])).toContain('Answer with one JSON object');
    expect(lost(nova)).toEqual(['response_format']);
  });

  it.each(['wav', 'mp3', 'flac'])('carries sound in %s there and back', (format) => {
    const RIFF = 'UklGRiQAAABXQVZFZm10IA==';
    const messages = [
      { role: 'user', content: [{ type: 'input_audio', input_audio: { data: RIFF, format } }] },
    ];
    const there = translated('openai-chat', { messages });
    expect(lost(there)).toEqual([]);
    expect(sent(there)['messages']).toEqual([
      { role: 'user', content: [{ audio: { format, source: { bytes: RIFF } } }] },
    ]);
    const back = translated('bedrock', sent(there), { to: 'openai-chat' });
    expect(lost(back)).toEqual([]);
    expect(sent(back)['messages']).toEqual(messages);
  });

  it('tells what has no place', () => {
    const translation = translated('openai-chat', {
      messages: [
        { role: 'system', content: 'a' },
        {
          role: 'user',
          content: [
            { type: 'input_audio', input_audio: { data: 'AA', format: 'midi' } },
            { type: 'text', text: 'x' },
          ],
        },
        { role: 'system', content: 'b' },
        { role: 'assistant', content: 'y', reasoning_content: 'hm' },
        { role: 'user', content: 'z' },
      ],
      temperature: 1.5,
      seed: 1,
      parallel_tool_calls: false,
      service_tier: 'scale',
      metadata: { a: 'é' },
      what: 1,
    });
    expect(lost(translation)).toEqual([
      'messages[1].content[0]',
      'messages[2]',
      'messages[3].reasoning_content',
      'metadata',
      'parallel_tool_calls',
      'seed',
      'service_tier',
      'temperature',
      'what',
    ]);
    expect(sent(translation)['inferenceConfig']).toEqual({ temperature: 1 });
  });

  it('refuses pictures that somebody would have to fetch, and several answers', () => {
    const content = [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }];
    const messages = [{ role: 'user', content }];
    expect(() => translated('openai-chat', { messages })).toThrow(
      /messages\[0\]\.content\[0\]: found "https:.*, expected the bytes/,
    );
    expect(() => translated('openai-chat', { messages: [], n: 2 })).toThrow('n: found 2');
  });

  it('gives reasoning back to its maker alone', () => {
    const reply = codec.readReply(JSON.stringify(answer), 'bedrock/p');
    const message = (to: DialectName) => {
      // Told to a caller of Anthropic's dialect, who says it again.
      const asked = translated('anthropic', { max_tokens: 5, messages: [] });
      const told = JSON.parse(asked.answer(JSON.stringify(answer))) as { content: object[] };
      const messages = [
        { role: 'assistant', content: told.content },
        { role: 'user', content: [result('tooluse_a', 'one')] },
      ];
      return sent(translated('anthropic', { max_tokens: 5, messages }, { to }));
    };
    expect(reply.choices[0]?.blocks).toHaveLength(5);
    const own = (message('bedrock')['messages'] as { content: unknown[] }[])[0];
    expect(own?.content.slice(0, 2)).toEqual([
      { reasoningContent: { reasoningText: { text: 'hm', signature: 'S' } } },
      { reasoningContent: { redactedContent: 'UkVE' } },
    ]);
    expect(JSON.stringify(message('anthropic'))).not.toContain('thinking');
  });
});

describe('a request of bedrock', () => {
  const body = {
    system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }],
    messages: [
      {
        role: 'user',
        content: [
          { text: 'What?' },
          { image: { format: 'png', source: { bytes: PNG } } },
          { document: { format: 'pdf', name: 'a', source: { bytes: PDF } } },
          { cachePoint: { type: 'default', ttl: '1h' } },
          { video: { format: 'mp4', source: { s3Location: { uri: 's3://a/b' } } } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 'hm', signature: 'S' } } },
          { toolUse: { toolUseId: 'a', name: 'get', input: { n: 1 } } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            toolResult: {
              toolUseId: 'a',
              content: [{ json: { x: 1 } }, { text: 'y' }, { video: {} }],
              status: 'error',
            },
          },
        ],
      },
    ],
    toolConfig: {
      tools: [
        { toolSpec: { name: 'get', inputSchema: { json: { type: 'object' } } } },
        { systemTool: { name: 'nova_grounding' } },
      ],
      toolChoice: { tool: { name: 'get' } },
    },
    inferenceConfig: { maxTokens: 5000, temperature: 0.5 },
    additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2000 }, x: 1 },
    guardrailConfig: { guardrailIdentifier: 'g' },
  };

  it('is carried to another dialect, and what only Bedrock has is told', () => {
    const translation = translated('bedrock', body, { to: 'anthropic' });
    expect(sent(translation)).toMatchObject({
      model: CLAUDE,
      system: [{ text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What?' },
            { type: 'image' },
            { type: 'document', title: 'a', cache_control: { ttl: '1h' } },
          ],
        },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', input: { n: 1 } }] },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              content: [
                { type: 'text', text: '{"x":1}' },
                { type: 'text', text: 'y' },
              ],
              is_error: true,
            },
          ],
        },
      ],
      tool_choice: { type: 'tool', name: 'get' },
      max_tokens: 5000,
    });
    expect(lost(translation)).toEqual([
      'additionalModelRequestFields.thinking',
      'additionalModelRequestFields.x',
      'guardrailConfig',
      'messages[0].content[4]',
      'messages[1].content[0]',
      'messages[2].content[0].toolResult.content[2].video',
      'toolConfig.tools[1]',
    ]);
  });

  it('is written again as it was, where only its own provider can read it', () => {
    const { messages, toolConfig } = sent(translated('bedrock', body)) as typeof body;
    expect(messages[0]?.content.at(-1)).toEqual(body.messages[0]?.content.at(-1));
    expect(messages[1]).toEqual(body.messages[1]);
    expect(toolConfig.tools[1]).toEqual(body.toolConfig.tools[1]);
  });

  it.each([
    [{ messages: [{ role: 'system', content: [] }] }, 'messages[0].role: found "system"'],
    [{ messages: {} }, 'messages: found an object, expected an array'],
    [{ toolConfig: { toolChoice: {} } }, 'toolConfig.toolChoice: found an object'],
    [{ inferenceConfig: { topP: 'x' } }, 'inferenceConfig.topP: found "x", expected a number'],
    [
      { outputConfig: { textFormat: { structure: { jsonSchema: { schema: '[' } } } } },
      'outputConfig.textFormat.structure.jsonSchema.schema: found "["',
    ],
  ])('is refused where it says nothing: %j', (asked, message) => {
    expect(() => readIntent('bedrock', { body: asked, model: 'm' })).toThrow(message);
  });
});

const answer = {
  output: {
    message: {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'hm', signature: 'S' } } },
        { reasoningContent: { redactedContent: 'UkVE' } },
        { text: 'Grüße' },
        {
          citationsContent: {
            content: [{ text: 'b' }],
            citations: [
              { title: 't', sourceContent: [{ text: 'q' }], location: { web: { url: 'u' } } },
            ],
          },
        },
        { toolUse: { toolUseId: 'tooluse_a', name: 'get', input: { n: 1 } } },
      ],
    },
  },
  stopReason: 'tool_use',
  usage: { inputTokens: 3, cacheReadInputTokens: 4, cacheWriteInputTokens: 5, outputTokens: 6 },
  metrics: { latencyMs: 1 },
};

describe('an answer of bedrock', () => {
  it('is read with all it says', () => {
    const origin = 'bedrock/p';
    expect(codec.readReply(JSON.stringify(answer), origin)).toEqual({
      id: undefined,
      model: undefined,
      choices: [
        {
          blocks: [
            { kind: 'reasoning', text: 'hm', seal: { origin, data: 'S' } },
            { kind: 'reasoning', text: '', seal: { origin, data: 'UkVE', isContent: true } },
            { kind: 'text', text: 'Grüße' },
            { kind: 'text', text: 'b', citations: [{ url: 'u', title: 't', quote: 'q' }] },
            { kind: 'tool-call', id: 'tooluse_a', name: 'get', arguments: '{"n":1}' },
          ],
          stop: { reason: 'tool-call', raw: 'tool_use', sequence: undefined },
        },
      ],
      usage: { ...unknownUsage, input: 12, cached: 4, cacheWritten: 5, output: 6 },
    });
    expect(wire.usageOf(Buffer.from(JSON.stringify(answer)))).toMatchObject({ input: 12 });
    const digits = JSON.stringify(answer).replace('{"n":1}', '{"n":9007199254740993}');
    expect(codec.readReply(digits, origin).choices[0]?.blocks.at(-1)).toMatchObject({
      arguments: '{"n":9007199254740993}',
    });
  });

  it('is none without a message', () => {
    expect(() => codec.readReply('{"message":"x"}', 'bedrock/p')).toThrow(AnswerError);
  });

  it('is written so that it is read the same', () => {
    const as = speaker();
    const reply = codec.readReply(JSON.stringify(answer), 'bedrock/p');
    const written = codec.writeReply(reply, as);
    const again = codec.readReply(written, 'bedrock/p');
    const said = (blocks: readonly object[] = []) =>
      blocks.map((block) => ({ ...block, seal: undefined }));
    expect(said(again.choices[0]?.blocks)).toEqual(said(reply.choices[0]?.blocks));
    expect({ ...again, choices: [] }).toEqual({ ...reply, choices: [] });
    expect(as.losses.all).toEqual([]);
    // Seals come back from a caller as they were.
    const { message } = (JSON.parse(written) as { output: { message: object } }).output;
    const { turns } = readIntent('bedrock', { body: { messages: [message] }, model: 'm' });
    const seals = (blocks: readonly Block[] = []) =>
      blocks.flatMap(({ seal }) => (seal === undefined ? [] : [[seal.origin, seal.data]]));
    expect(seals(turns[0]?.blocks)).toEqual([
      ['bedrock/p', 'S'],
      ['bedrock/p', 'UkVE'],
    ]);
  });
});

const events = [
  eventFrame('messageStart', { role: 'assistant', p: 'abc' }),
  eventFrame('contentBlockDelta', {
    contentBlockIndex: 0,
    delta: { reasoningContent: { text: 'hm' } },
  }),
  eventFrame('contentBlockDelta', {
    contentBlockIndex: 0,
    delta: { reasoningContent: { signature: 'S' } },
  }),
  eventFrame('contentBlockStop', { contentBlockIndex: 0, p: 'abcdef' }),
  eventFrame('contentBlockDelta', { contentBlockIndex: 1, delta: { text: '' } }),
  eventFrame('contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Grüße 👋' } }),
  eventFrame('contentBlockStop', { contentBlockIndex: 1 }),
  eventFrame('contentBlockStart', {
    contentBlockIndex: 2,
    start: { toolUse: { toolUseId: 'a', name: 'get' } },
  }),
  eventFrame('contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '' } } }),
  eventFrame('contentBlockDelta', {
    contentBlockIndex: 2,
    delta: { toolUse: { input: '{"n":1}' } },
  }),
  eventFrame('contentBlockStop', { contentBlockIndex: 2 }),
  eventFrame('contentBlockStart', {
    contentBlockIndex: 3,
    start: { toolUse: { toolUseId: 's', name: 'run', type: 'server_tool_use' } },
  }),
  eventFrame('contentBlockDelta', { contentBlockIndex: 3, delta: { toolUse: { input: '{}' } } }),
  eventFrame('contentBlockStop', { contentBlockIndex: 3 }),
  eventFrame('messageStop', { stopReason: 'tool_use' }),
  eventFrame('metadata', { usage: { inputTokens: 3, outputTokens: 6 }, metrics: { latencyMs: 1 } }),
];

function eventsOf(pieces: readonly Buffer[]): readonly StreamEvent[] {
  const reader = codec.readStream('bedrock/p');
  return [...pieces.flatMap((piece) => [...reader.push(piece)]), ...reader.end()];
}

const exception = (type: string) =>
  frame(
    { ':message-type': 'exception', ':exception-type': type, ':content-type': 'application/json' },
    '{"message":"Too many tokens"}',
  );

describe('a stream of bedrock', () => {
  const bytes = Buffer.concat(events);

  it('is the same wherever it is cut', () => {
    const whole = eventsOf([bytes]);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(eventsOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
    }
    expect(
      whole.map((event) => [event.type, 'block' in event ? event.block : ''].join(' ')),
    ).toEqual([
      'start ',
      'block-start 0',
      'seal 0',
      'delta 0',
      'seal 0',
      'block-end 0',
      'block-start 1',
      'delta 1',
      'block-end 1',
      'block-start 2',
      'delta 2',
      'block-end 2',
      'foreign ',
      'stop ',
      'usage ',
      'finish ',
    ]);
    expect(whole).toContainEqual({ type: 'delta', block: 1, text: 'Grüße 👋' });
  });

  it('is not whole before both the reason to stop and the metadata have come', () => {
    for (const missing of [14, 15]) {
      const rest = events.filter((_event, index) => index !== missing);
      expect(eventsOf(rest).some(({ type }) => type === 'finish')).toBe(false);
    }
    expect(eventsOf([bytes.subarray(0, -3)]).at(-1)).toMatchObject({ kind: 'malformed_event' });
  });

  it('is broken by a damaged frame', () => {
    const damaged = Buffer.from(bytes);
    damaged[100] = (damaged[100] as number) ^ 0xff;
    const told = eventsOf([damaged]);
    expect(told.at(-1)).toMatchObject({ type: 'failure', kind: 'malformed_event' });
    expect(told.some(({ type }) => type === 'finish')).toBe(false);
    expect(eventsOf([eventFrame('messageStart', {}), frame({}, 'no json')]).at(-1)).toMatchObject({
      kind: 'malformed_event',
    });
  });

  it('may tell an exception', () => {
    expect(eventsOf([...events.slice(0, 6), exception('throttlingException')]).at(-1)).toEqual({
      type: 'failure',
      kind: 'throttlingException',
      message: 'Too many tokens',
    });
    const headers = {
      ':message-type': 'error',
      ':error-code': 'InternalError',
      ':error-message': 'broke',
    };
    expect(eventsOf([frame(headers, '')])).toEqual([
      { type: 'failure', kind: 'InternalError', message: 'broke' },
    ]);
  });

  it('is written so that it is read the same', () => {
    const as = speaker();
    const writer = codec.writeStream(as);
    const told = eventsOf([bytes]).map((event) => Buffer.from(writer.write(event)));
    const again = eventsOf(told);
    const texts = (all: readonly StreamEvent[]) =>
      all.flatMap((event) => (event.type === 'delta' ? [event.text] : []));
    expect(texts(again)).toEqual(texts(eventsOf([bytes])));
    expect(again.find(({ type }) => type === 'stop')).toMatchObject({
      stop: { reason: 'tool-call' },
    });
    expect(again.find(({ type }) => type === 'usage')).toMatchObject({
      usage: { input: 3, output: 6 },
    });
    expect(again.at(-1)).toEqual({ type: 'finish' });
    expect(as.losses.all).toHaveLength(1);
  });

  it('tells a failure as an exception', () => {
    const failure = { code: 'x', status: 429, message: 'slow down', requestId: 'r' };
    const told = Buffer.from(wire.writeStreamFailure(failure));
    expect(eventsOf([told])).toEqual([
      { type: 'failure', kind: 'throttlingException', message: 'slow down' },
    ]);
    expect(JSON.parse(wire.writeFailure(failure))).toEqual({
      __type: 'ThrottlingException',
      message: 'slow down',
      code: 'x',
    });
  });
});

describe('the wire of bedrock', () => {
  it.each([
    ['chat', false, '/model/arn%3Aaws%3Abedrock%3Aus%3A%3Afoundation-model%2Fa.b-v1%3A0/converse'],
    [
      'chat',
      true,
      '/model/arn%3Aaws%3Abedrock%3Aus%3A%3Afoundation-model%2Fa.b-v1%3A0/converse-stream',
    ],
    ['models', false, undefined],
  ] as const)('finds %s (streamed: %s) at %s', (operation, streamed, path) => {
    const model = 'arn:aws:bedrock:us::foundation-model/a.b-v1:0';
    expect(wire.path('', operation, { model, streamed })).toBe(path);
  });
});
