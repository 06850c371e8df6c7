/** What every dialect has to say, each in its own words: one question, asked of all of them. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../json.ts';
import { PromptMemory } from '../toy/memory.ts';
import { Random } from '../toy/random.ts';
import type { Call, Frame, Operation, Reply } from './dialect.ts';
import { routeOf } from './table.ts';
import { StoredResponses } from '../toy/stored-responses.ts';

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const openaiTool = { type: 'function', function: { name: 'get_weather', parameters } };
const anthropicTool = { name: 'get_weather', input_schema: parameters };
const question = 'The weather in Paris and Rome?';
const cities = [{ city: 'Paris' }, { city: 'Rome' }];

/** How one dialect is asked, and where in its answers things are. */
interface Wire {
  readonly whole: string;
  readonly streamed: string;
  readonly ask: (text: string, more?: 'tools' | 'schema' | 'reasoning') => JsonObject;
  readonly asStream?: JsonObject;
  /** What is said, thought and called by a whole answer. */
  readonly said: (body: JsonObject) => readonly [text: string, thought: string, calls: unknown[]];
  /** The same of a stream. */
  readonly heard: (events: readonly JsonObject[]) => readonly [string, string, unknown[]];
  readonly frames: (frames: readonly Frame[]) => readonly JsonObject[];
  readonly last: (event: JsonObject | undefined) => boolean;
}

const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (held, key) =>
      Array.isArray(held) ? held[Number(key)] : isObject(held) ? held[key] : undefined,
    value,
  );
const list = (value: unknown, ...path: readonly (string | number)[]): readonly unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};
const texts = (values: readonly unknown[]): string =>
  values.filter((one) => typeof one === 'string').join('');
const read = (text: unknown): unknown => JSON.parse(String(text) || '{}') as unknown;

const events = (frames: readonly Frame[]): readonly JsonObject[] =>
  frames
    .map(({ data }) => /^data: (.*)$/m.exec(String(data))?.[1] ?? '')
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data) as JsonObject);

const lines = (frames: readonly Frame[]): readonly JsonObject[] =>
  frames.map(({ data }) => JSON.parse(String(data)) as JsonObject);

/** Reads event-stream frames, and looks at both of their checksums. */
const messages = (frames: readonly Frame[]): readonly JsonObject[] =>
  frames.map(({ data }) => {
    const frame = Buffer.from(data as Uint8Array);
    const headers = frame.readUInt32BE(4);
    expect(frame.readUInt32BE(0)).toBe(frame.length);
    expect(frame.readUInt32BE(8)).toBe(crc32(frame.subarray(0, 8)));
    expect(frame.readUInt32BE(frame.length - 4)).toBe(crc32(frame.subarray(0, -4)));
    const payload = JSON.parse(frame.subarray(12 + headers, -4).toString()) as JsonObject;
    const named = /:event-type\x07..(\w+)/s.exec(
      frame.subarray(12, 12 + headers).toString('latin1'),
    );
    const bytes = payload['bytes'];
    if (typeof bytes !== 'string') return { ...payload, type: named?.[1] };
    return JSON.parse(Buffer.from(bytes, 'base64').toString()) as JsonObject;
  });

const chatCalls = (calls: readonly unknown[]): unknown[] =>
  calls.map((call) => read(at(call, 'function', 'arguments')));

const anthropic: Omit<Wire, 'whole' | 'streamed' | 'ask' | 'frames'> = {
  said: (body) => {
    const blocks = list(body, 'content');
    return [
      texts(blocks.map((one) => at(one, 'text'))),
      texts(blocks.map((one) => at(one, 'thinking'))),
      blocks.filter((one) => at(one, 'type') === 'tool_use').map((one) => at(one, 'input')),
    ];
  },
  heard: (all) => [
    texts(all.map((one) => at(one, 'delta', 'text'))),
    texts(all.map((one) => at(one, 'delta', 'thinking'))),
    all
      .filter((one) => at(one, 'content_block', 'type') === 'tool_use')
      .map(({ index }) =>
        read(
          texts(
            all
              .filter((one) => one['index'] === index)
              .map((one) => at(one, 'delta', 'partial_json')),
          ),
        ),
      ),
  ],
  last: (event) => event?.['type'] === 'message_stop',
};

const askAnthropic =
  (version: string): Wire['ask'] =>
  (content, more) => ({
    anthropic_version: version,
    max_tokens: 4000,
    messages: [{ role: 'user', content }],
    ...(more === 'tools' && { tools: [anthropicTool] }),
    ...(more === 'schema' && {
      output_config: { format: { type: 'json_schema', schema: parameters } },
    }),
    ...(more === 'reasoning' && { thinking: { type: 'enabled', budget_tokens: 1024 } }),
  });

const askChat =
  (extra: Readonly<Record<string, JsonObject>>): Wire['ask'] =>
  (content, more) => ({
    model: 'm',
    messages: [{ role: 'user', content }],
    ...(more === 'tools' && { tools: [openaiTool] }),
    ...(more !== undefined && extra[more]),
  });

const jsonSchema = { type: 'json_schema', json_schema: { name: 'city', schema: parameters } };

const wires: Readonly<Record<string, Wire>> = {
  mistral: {
    whole: '/mistral/v1/chat/completions',
    streamed: '/mistral/v1/chat/completions',
    ask: askChat({
      schema: { response_format: jsonSchema },
      reasoning: { reasoning_effort: 'high' },
    }),
    asStream: { stream: true },
    said: (body) => {
      const message = at(body, 'choices', 0, 'message');
      const content = at(message, 'content');
      const parts = list(content);
      return [
        typeof content === 'string' ? content : texts(parts.map((one) => at(one, 'text'))),
        texts(parts.map((one) => at(one, 'thinking', 0, 'text'))),
        chatCalls(list(message, 'tool_calls')),
      ];
    },
    heard: (all) => {
      const deltas = all.map((one) => at(one, 'choices', 0, 'delta'));
      return [
        texts(deltas.map((one) => at(one, 'content'))),
        texts(deltas.map((one) => at(one, 'content', 0, 'thinking', 0, 'text'))),
        chatCalls(deltas.flatMap((one) => list(one, 'tool_calls'))),
      ];
    },
    frames: events,
    last: (event) => isObject(event?.['usage']),
  },
  cohere: {
    whole: '/v2/chat',
    streamed: '/cohere/v2/chat',
    ask: askChat({
      schema: { response_format: { type: 'json_object', json_schema: parameters } },
      reasoning: { thinking: { type: 'enabled' } },
    }),
    asStream: { stream: true },
    said: (body) => {
      const parts = list(body, 'message', 'content');
      return [
        texts([...parts.map((one) => at(one, 'text')), at(body, 'message', 'tool_plan')]),
        texts(parts.map((one) => at(one, 'thinking'))),
        chatCalls(list(body, 'message', 'tool_calls')),
      ];
    },
    heard: (all) => {
      const told = all.map((one) => at(one, 'delta', 'message'));
      const calls = all.filter(({ type }) => type === 'tool-call-start');
      return [
        texts(told.flatMap((one) => [at(one, 'content', 'text'), at(one, 'tool_plan')])),
        texts(told.map((one) => at(one, 'content', 'thinking'))),
        calls.map(({ index }) =>
          read(
            texts(
              all
                .filter((one) => one['index'] === index)
                .map((one) => at(one, 'delta', 'message', 'tool_calls', 'function', 'arguments')),
            ),
          ),
        ),
      ];
    },
    frames: events,
    last: (event) => event?.['type'] === 'message-end',
  },
  ollama: {
    whole: '/api/chat',
    streamed: '/api/chat',
    ask: (content, more) => ({
      ...askChat({ schema: { format: parameters }, reasoning: { think: true } })(content, more),
      stream: false,
    }),
    asStream: { stream: undefined },
    said: ({ message }) => [
      texts([at(message, 'content')]),
      texts([at(message, 'thinking')]),
      list(message, 'tool_calls').map((call) => at(call, 'function', 'arguments')),
    ],
    heard: (all) => [
      texts(all.map((one) => at(one, 'message', 'content'))),
      texts(all.map((one) => at(one, 'message', 'thinking'))),
      all
        .flatMap((one) => list(one, 'message', 'tool_calls'))
        .map((call) => at(call, 'function', 'arguments')),
    ],
    frames: lines,
    last: (event) => event?.['done'] === true && event['done_reason'] === 'stop',
  },
  bedrock: {
    whole: '/model/m/converse',
    streamed: '/model/m/converse-stream',
    ask: (text, more) => ({
      messages: [{ role: 'user', content: [{ text }] }],
      ...(more === 'tools' && {
        toolConfig: {
          tools: [{ toolSpec: { name: 'get_weather', inputSchema: { json: parameters } } }],
        },
      }),
      ...(more === 'schema' && {
        outputConfig: {
          textFormat: {
            type: 'json_schema',
            structure: { jsonSchema: { name: 'city', schema: JSON.stringify(parameters) } },
          },
        },
      }),
      ...(more === 'reasoning' && {
        additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } },
      }),
    }),
    said: (body) => {
      const blocks = list(body, 'output', 'message', 'content');
      return [
        texts(blocks.map((one) => at(one, 'text'))),
        texts(blocks.map((one) => at(one, 'reasoningContent', 'reasoningText', 'text'))),
        blocks.flatMap((one) => at(one, 'toolUse', 'input') ?? []),
      ];
    },
    heard: (all) => [
      texts(all.map((one) => at(one, 'delta', 'text'))),
      texts(all.map((one) => at(one, 'delta', 'reasoningContent', 'text'))),
      all
        .filter(({ type }) => type === 'contentBlockStart')
        .map(({ contentBlockIndex: index }) =>
          read(
            texts(
              all
                .filter((one) => one['contentBlockIndex'] === index)
                .map((one) => at(one, 'delta', 'toolUse', 'input')),
            ),
          ),
        ),
    ],
    frames: messages,
    last: (event) => event?.['type'] === 'metadata' && isObject(event['usage']),
  },
  'bedrock, invoking Claude': {
    ...anthropic,
    whole: '/model/m/invoke',
    streamed: '/model/m/invoke-with-response-stream',
    ask: askAnthropic('bedrock-2023-05-31'),
    frames: messages,
    last: (event) => isObject(event?.['amazon-bedrock-invocationMetrics']),
  },
  'vertex-anthropic': {
    ...anthropic,
    whole: '/v1/projects/p/locations/l/publishers/anthropic/models/m:rawPredict',
    streamed: '/v1/projects/p/locations/l/publishers/anthropic/models/m:streamRawPredict',
    ask: askAnthropic('vertex-2023-10-16'),
    asStream: { stream: true },
    frames: events,
  },
  'azure-openai': {
    whole: '/openai/deployments/m/chat/completions',
    streamed: '/openai/v1/chat/completions',
    ask: askChat({ schema: { response_format: jsonSchema } }),
    asStream: { stream: true },
    said: (body) => [
      texts([at(body, 'choices', 0, 'message', 'content')]),
      '',
      chatCalls(list(body, 'choices', 0, 'message', 'tool_calls')),
    ],
    heard: (all) => {
      const deltas = all.map((one) => at(one, 'choices', 0, 'delta'));
      const pieces = deltas.flatMap((one) => list(one, 'tool_calls'));
      const indexes = new Set(pieces.map((one) => at(one, 'index')));
      return [
        texts(deltas.map((one) => at(one, 'content'))),
        '',
        [...indexes].map((index) =>
          read(
            texts(
              pieces
                .filter((one) => at(one, 'index') === index)
                .map((one) => at(one, 'function', 'arguments')),
            ),
          ),
        ),
      ];
    },
    frames: events,
    last: (event) => at(event, 'choices', 0, 'finish_reason') !== null,
  },
};

const house = {
  seed: '1',
  models: ['m'],
  memory: new PromptMemory(),
  stored: new StoredResponses(),
};

function reply(path: string, body: JsonObject, change: Partial<Call> = {}): Reply {
  const { operation, named } = routeOf('POST', path, {});
  if (typeof operation === 'string') throw new TypeError(`${operation}: ${path}`);
  const call = { named, headers: {}, query: 'api-version=1', ids: new Random(1), wall: 0 };
  return operation.answer({ ...call, body, hugeBytes: undefined, ...change }, house);
}

function whole(wire: Wire, ...asked: Parameters<Wire['ask']>): JsonObject {
  const answer = reply(wire.whole, wire.ask(...asked));
  if (answer.kind !== 'whole') throw new TypeError('not a whole answer');
  return JSON.parse(answer.body) as JsonObject;
}

function streamed(wire: Wire, ...asked: Parameters<Wire['ask']>): readonly JsonObject[] {
  const answer = reply(wire.streamed, { ...wire.ask(...asked), ...wire.asStream });
  if (answer.kind !== 'stream') throw new TypeError('not a stream');
  return wire.frames([...answer.frames]);
}

describe.each(Object.entries(wires))('%s', (_name, wire) => {
  it('says what it is asked, and streams the same to its end', () => {
    const [text] = wire.said(whole(wire, 'Who keeps the light?'));
    expect(text).toContain('You said “Who keeps the light?”.');
    const all = streamed(wire, 'Who keeps the light?');
    expect(wire.heard(all)[0]).toBe(text);
    expect(wire.last(all.at(-1))).toBe(true);
  });

  it('calls a tool twice, whole and streamed', () => {
    expect(wire.said(whole(wire, question, 'tools'))[2]).toEqual(cities);
    expect(wire.heard(streamed(wire, question, 'tools'))[2]).toEqual(cities);
  });

  it('keeps to a schema', () => {
    const [text] = wire.said(whole(wire, 'A city?', 'schema'));
    expect(read(text)).toEqual({ city: expect.any(String) });
  });
});

/** Azure, as OpenAI, never shows it in chat completions. */
const thinkers = Object.entries(wires).filter(([name]) => name !== 'azure-openai');

describe.each(thinkers)('%s', (_name, wire) => {
  it('thinks first when asked to', () => {
    const [text, thought] = wire.said(whole(wire, 'Why?', 'reasoning'));
    expect(thought).toContain('The question is “Why?”.');
    const all = wire.heard(streamed(wire, 'Why?', 'reasoning'));
    expect([all[0], all[1]]).toEqual([text, thought]);
  });
});

describe('what each refuses', () => {
  const [mistral, bedrock] = ['/mistral/v1/chat/completions', '/model/m/converse'];
  const user = { role: 'user', content: 'Hello' };
  const use = { toolUse: { toolUseId: 'a', name: 'look', input: {} } };
  const result = (toolUseId: string): JsonObject => ({ toolResult: { toolUseId, content: [] } });
  const asks = { role: 'user', content: [{ text: 'Hello' }] };
  it.each<[string, string, JsonObject]>([
    ['Extra inputs are not permitted', mistral, { model: 'm', messages: [user], seed: 1 }],
    [
      'Expected last role User or Tool',
      mistral,
      { model: 'm', messages: [{ role: 'system', content: 'x' }] },
    ],
    [
      'Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.',
      mistral,
      {
        model: 'm',
        messages: [
          user,
          { role: 'assistant', tool_calls: [{ id: 'call_1', function: {} }] },
          { role: 'tool', tool_call_id: 'call_1', content: 'x' },
        ],
      },
    ],
    [
      'Not the same number of function calls and responses',
      mistral,
      {
        model: 'm',
        messages: [user, { role: 'assistant', tool_calls: [{ id: 'abcdefghi' }] }, user],
      },
    ],
    ['is not a valid field', '/v2/chat', { model: 'm', messages: [user], top_p: 1 }],
    [
      'response_format with type json_object is not supported with tools',
      '/v2/chat',
      {
        model: 'm',
        messages: [user],
        tools: [openaiTool],
        response_format: { type: 'json_object' },
      },
    ],
    ['model is required', '/api/chat', { messages: [user] }],
    [
      'cannot unmarshal array into Go struct field ChatRequest.messages.content of type string',
      '/api/chat',
      { model: 'm', messages: [{ role: 'user', content: [] }] },
    ],
    [
      'cannot unmarshal string into Go struct field ChatRequest.messages.tool_calls.function.arguments',
      '/api/chat',
      {
        model: 'm',
        messages: [{ role: 'assistant', tool_calls: [{ function: { arguments: '{}' } }] }],
      },
    ],
    [
      'illegal base64 data at input byte 4',
      '/api/chat',
      { model: 'm', messages: [{ ...user, images: ['data:image/png;base64,AA=='] }] },
    ],
    ['A conversation must start with a user message.', bedrock, { messages: [] }],
    ['A conversation must alternate', bedrock, { messages: [asks, asks] }],
    ['is blank. Add text', bedrock, { messages: [{ role: 'user', content: [{ text: '' }] }] }],
    [
      'Expected toolResult blocks at messages.2.content for the following Ids: a',
      bedrock,
      { messages: [asks, { role: 'assistant', content: [use] }, asks] },
    ],
    [
      'The toolConfig field must be defined',
      bedrock,
      {
        messages: [
          asks,
          { role: 'assistant', content: [use] },
          { role: 'user', content: [result('a')] },
        ],
      },
    ],
    [
      'exceeds the number of toolUse blocks',
      bedrock,
      { messages: [{ role: 'user', content: [result('a')] }] },
    ],
    [
      "Value '9' at 'inferenceConfig.temperature' failed to satisfy constraint",
      bedrock,
      { messages: [asks], inferenceConfig: { temperature: 9 } },
    ],
    [
      'extraneous key [model] is not permitted',
      '/model/m/invoke',
      { model: 'm', anthropic_version: 'bedrock-2023-05-31' },
    ],
    [
      'anthropic_version: Field required',
      '/v1/projects/p/locations/l/publishers/anthropic/models/m:rawPredict',
      { max_tokens: 9, messages: [user] },
    ],
    [
      "Azure OpenAI's content management policy",
      '/openai/v1/chat/completions',
      { model: 'm', messages: [{ role: 'user', content: 'Please refuse.' }] },
    ],
  ])('%s', (message, path, body) => {
    expect(() => reply(path, body)).toThrow(message);
  });

  it('is on Azure a deployment without a version', () => {
    const path = '/openai/deployments/m/chat/completions';
    expect(() => reply(path, { messages: [user] }, { query: '' })).toThrow('Resource not found');
  });
});

describe('how each fails', () => {
  const occasion = { requestId: 'r', wall: 0, model: 'm' };
  it.each<[string, number, JsonObject]>([
    ['/mistral/v1/models', 429, { object: 'error', type: 'rate_limited', code: '1300' }],
    ['/mistral/v1/models', 401, { detail: 'Unauthorized' }],
    ['/v2/chat', 401, { message: 'invalid api token' }],
    ['/api/chat', 404, { error: "model 'm' not found" }],
    ['/model/m/converse', 429, { message: 'Too many requests, please wait before trying again.' }],
    ['/openai/v1/models', 429, { error: { code: '429' } }],
    ['/openai/v1/models', 400, { error: { type: 'invalid_request_error' } }],
    [
      '/v1/publishers/anthropic/models/m:rawPredict',
      429,
      { error: { status: 'RESOURCE_EXHAUSTED' } },
    ],
    [
      '/v1/publishers/anthropic/models/m:rawPredict',
      400,
      { error: { type: 'invalid_request_error' } },
    ],
  ])('%s %i', (path, status, body) => {
    const { dialect } = routeOf('POST', path, {});
    const told = dialect.failure({ status }, occasion);
    expect(told.status).toBe(status);
    expect(JSON.parse(told.body)).toMatchObject(body);
  });

  it('is on Bedrock named in a header, and in a stream in a frame', () => {
    const { dialect } = routeOf('POST', '/model/m/converse', {});
    expect(dialect.failure({ status: 429 }, occasion).headers).toMatchObject({
      'x-amzn-errortype': 'ThrottlingException',
    });
    const frame = Buffer.from(dialect.streamFailure as Uint8Array);
    expect(frame.toString('latin1')).toContain(':exception-type');
  });
});

describe('what else each serves', () => {
  const get = (path: string): JsonObject => {
    const { operation, named } = routeOf('GET', path, {});
    const answer = (operation as Operation).answer(
      { body: {}, named, headers: {}, ids: new Random(1), wall: 0, hugeBytes: undefined },
      house,
    );
    return JSON.parse((answer as { readonly body: string }).body) as JsonObject;
  };

  it('lists models', () => {
    expect(get('/api/tags')).toMatchObject({ models: [{ name: 'm' }] });
    expect(get('/cohere/v1/models')).toMatchObject({ models: [{ name: 'm' }] });
    expect(get('/mistral/v1/models')).toMatchObject({ data: [{ id: 'm' }] });
    expect(get('/openai/v1/models')).toMatchObject({ data: [{ id: 'm' }] });
    expect(get('/api/version')).toEqual({ version: expect.any(String) });
  });

  it.each([
    ['/api/embed', { model: 'm', input: ['a', 'b'] }, 'embeddings'],
    ['/v2/embed', { model: 'm', texts: ['a', 'b'], input_type: 'search_query' }, 'embeddings'],
    ['/mistral/v1/embeddings', { model: 'm', input: ['a', 'b'] }, 'data'],
    ['/openai/deployments/m/embeddings', { input: ['a', 'b'] }, 'data'],
  ])('embeds at %s', (path, body, field) => {
    const answer = JSON.parse((reply(path, body) as { readonly body: string }).body) as JsonObject;
    const vectors = list(isObject(answer[field]) ? answer[field]['float'] : answer[field]);
    expect(vectors).toHaveLength(2);
  });

  it('counts tokens on Bedrock, of either kind of request', () => {
    const wire = wires['bedrock, invoking Claude'];
    const body = Buffer.from(JSON.stringify(wire?.ask('Hello'))).toString('base64');
    const counted = (input: JsonObject): unknown =>
      read((reply('/model/m/count-tokens', { input }) as { readonly body: string }).body);
    expect(counted({ invokeModel: { body } })).toEqual({ inputTokens: expect.any(Number) });
    const converse = { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] };
    expect(counted({ converse })).toEqual({ inputTokens: expect.any(Number) });
  });

  it('generates at Ollama', () => {
    const body = { model: 'm', prompt: 'Hello' };
    const answer = reply('/api/generate', { ...body, stream: false }) as { readonly body: string };
    const { response } = JSON.parse(answer.body) as JsonObject;
    const stream = reply('/api/generate', body);
    if (stream.kind !== 'stream') throw new TypeError('not a stream');
    const all = lines([...stream.frames]);
    expect(texts(all.map((one) => one['response']))).toBe(response);
    expect(all.at(-1)).toMatchObject({ done: true, eval_count: expect.any(Number) });
  });
});
