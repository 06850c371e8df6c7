import { describe, expect, it } from 'vitest';
import { check, chunk, data, DONE, event, type Case } from './case.ts';

/** Pitfalls 11 to 29: tools, their calls and results, and schemas. */

const usage = data({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } });
const tool = (name: string, parameters?: object) => ({
  type: 'function',
  function: { name, parameters },
});
const call = (id: string, name: string, text: string) => ({
  id,
  type: 'function',
  function: { name, arguments: text },
});
const user = { role: 'user', content: 'Go' };
const delta = (index: number, more: object) => ({ tool_calls: [{ index, ...more }] });
const object = { type: 'object', properties: { place: { type: 'string' } } };

const cases: readonly Case[] = [
  {
    pitfall: 11,
    what: 'calls of Gemini have ids of their own, though it gave none',
    from: 'openai-chat',
    to: 'gemini',
    answer: {
      candidates: [
        {
          content: {
            parts: [
              { functionCall: { name: 'get', args: { n: 1 } } },
              { functionCall: { name: 'get', args: { n: 2 } } },
            ],
          },
          finishReason: 'STOP',
        },
      ],
    },
    tells: [/"id":"([^"]+)".*"id":"(?!\1)[^"]+"/],
  },
  {
    pitfall: 12,
    what: 'ids for Mistral are nine letters and digits, the same in call and result',
    from: 'openai-chat',
    to: 'mistral',
    asked: {
      messages: [
        user,
        { role: 'assistant', tool_calls: [call('call_with_a_long_id', 'get', '{}')] },
        { role: 'tool', tool_call_id: 'call_with_a_long_id', content: 'x' },
      ],
    },
    sent: {
      messages: [
        {},
        { tool_calls: [{ id: expect.stringMatching(/^[a-zA-Z0-9]{9}$/) }] },
        { tool_call_id: expect.stringMatching(/^[a-zA-Z0-9]{9}$/) },
      ],
    },
  },
  {
    pitfall: 13,
    what: 'an item of Responses is sent without the id that only its store knows',
    from: 'openai-responses',
    to: 'openai-responses',
    asked: {
      input: [
        { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'get', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'x' },
      ],
    },
    sent: { input: [{ call_id: 'call_1' }, { call_id: 'call_1' }] },
    unsent: ['id', 'fc_1'],
  },
  {
    pitfall: 14,
    what: 'no arguments are an object, 64 bits keep their digits, and what is no JSON does not break',
    from: 'openai-chat',
    to: 'anthropic',
    asked: {
      messages: [
        user,
        {
          role: 'assistant',
          tool_calls: [
            call('a', 'get', ''),
            call('b', 'get', '{"id":9007199254740993}'),
            call('c', 'get', '{"x":'),
          ],
        },
        ...['a', 'b', 'c'].map((id) => ({ role: 'tool', tool_call_id: id, content: 'x' })),
      ],
    },
    sent: {
      messages: [
        {},
        { content: [{ input: {} }, { input: {} }, { input: expect.any(Object) }] },
        {},
      ],
    },
  },
  {
    pitfall: 14,
    what: 'an object of arguments is a text with all its digits',
    from: 'openai-chat',
    to: 'ollama',
    answer: {
      message: {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'get', arguments: { id: 1 } } }],
      },
      done: true,
      done_reason: 'stop',
    },
    told: { choices: [{ message: { tool_calls: [{ function: { arguments: '{"id":1}' } }] } }] },
  },
  {
    pitfall: 15,
    what: 'calls of Anthropic are counted from 0, whatever the number of their block',
    from: 'openai-chat',
    to: 'anthropic',
    stream: [
      event({ type: 'message_start', message: { usage: { input_tokens: 1 } } }),
      ...[1, 3].flatMap((index) => [
        event({
          type: 'content_block_start',
          index,
          content_block: { type: 'tool_use', id: `t${index}`, name: 'get', input: {} },
        }),
        event({
          type: 'content_block_delta',
          index,
          delta: { type: 'input_json_delta', partial_json: '{}' },
        }),
        event({ type: 'content_block_stop', index }),
      ]),
      event({
        type: 'message_delta',
        delta: { stop_reason: 'tool_use' },
        usage: { output_tokens: 2 },
      }),
      event({ type: 'message_stop' }),
    ],
    tells: [/"tool_calls":\[\{"index":0,"id":"t1"/, /"tool_calls":\[\{"index":1,"id":"t3"/],
    untold: [/"tool_calls":\[\{"index":[23]/],
  },
  {
    pitfall: 15,
    what: 'calls with one index for all are told apart by their ids',
    from: 'anthropic',
    to: 'openai-chat',
    stream: [
      chunk(delta(0, { id: 'a', function: { name: 'get', arguments: '{"n":1}' } })),
      chunk(delta(0, { id: 'b', function: { name: 'get', arguments: '{"n":2}' } })),
      chunk({}, 'tool_calls'),
      DONE,
    ],
    tells: [
      /"index":0,"content_block":\{"type":"tool_use","id":"a"/,
      /"index":1,"content_block":\{"type":"tool_use","id":"b"/,
    ],
  },
  {
    pitfall: 15,
    what: 'and told in the order in which they began',
    from: 'gemini',
    to: 'openai-chat',
    stream: [
      chunk(delta(0, { id: 'a', function: { name: 'one', arguments: '{}' } })),
      chunk(delta(0, { id: 'b', function: { name: 'two', arguments: '{}' } })),
      chunk({}, 'tool_calls'),
      DONE,
    ],
    tells: [/"one".*"two"/s],
  },
  {
    pitfall: 16,
    what: 'a call may come whole as its block of Anthropic begins',
    from: 'openai-chat',
    to: 'anthropic',
    stream: [
      event({ type: 'message_start', message: {} }),
      event({
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 'a', name: 'get', input: { n: 1 } },
      }),
      event({ type: 'content_block_stop', index: 0 }),
      event({ type: 'message_delta', delta: { stop_reason: 'tool_use' } }),
      event({ type: 'message_stop' }),
    ],
    tells: [/"arguments":"\{\\"n\\":1\}"/],
  },
  {
    pitfall: 16,
    what: 'and one of Gemini with no arguments but null has none',
    from: 'openai-chat',
    to: 'gemini',
    stream: [
      data({
        candidates: [
          {
            content: { parts: [{ functionCall: { name: 'get', args: null } }] },
            finishReason: 'STOP',
          },
        ],
      }),
    ],
    tells: [/"arguments":"\{\}"/],
    untold: [/null\}"/],
  },
  {
    pitfall: 16,
    what: 'a call may come whole, without an id, with arguments of null or beside an empty list',
    from: 'anthropic',
    to: 'openai-chat',
    stream: [
      chunk({ content: 'Hm', tool_calls: [] }),
      chunk(delta(0, { function: { name: 'get', arguments: null } })),
      chunk(delta(0, { function: { arguments: '{"n":1}' } })),
      chunk({}, 'tool_calls'),
      DONE,
    ],
    tells: [
      /"type":"tool_use","id":"[^"]+","name":"get"/,
      /"partial_json":"\{\\"n\\":1\}"/,
      /"stop_reason":"tool_use"/,
    ],
  },
  {
    pitfall: 17,
    what: 'calls that interleave are told to Anthropic’s callers one after the other',
    from: 'anthropic',
    to: 'openai-chat',
    stream: [
      chunk(delta(0, { id: 'a', function: { name: 'get', arguments: '{"n"' } })),
      chunk(delta(1, { id: 'b', function: { name: 'get', arguments: '{"m"' } })),
      chunk(delta(0, { function: { arguments: ':1}' } })),
      chunk(delta(1, { function: { arguments: ':2}' } })),
      chunk({}, 'tool_calls'),
      DONE,
    ],
    tells: [
      /content_block_start.*"index":0.*content_block_stop.*"index":0.*content_block_start.*"index":1.*content_block_stop.*"index":1/s,
    ],
    untold: [/content_block_start\b(?:(?!content_block_stop).)*event: content_block_start/s],
  },
  {
    pitfall: 18,
    what: 'a call without arguments is an empty object to OpenAI’s callers',
    from: 'openai-chat',
    to: 'anthropic',
    stream: [
      event({ type: 'message_start', message: { usage: { input_tokens: 1 } } }),
      event({
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 't', name: 'get', input: {} },
      }),
      event({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'input_json_delta', partial_json: '' },
      }),
      event({ type: 'content_block_stop', index: 0 }),
      event({
        type: 'message_delta',
        delta: { stop_reason: 'tool_use' },
        usage: { output_tokens: 2 },
      }),
      event({ type: 'message_stop' }),
    ],
    tells: [/"arguments":"\{\}"/],
  },
  {
    pitfall: 18,
    what: 'a tool without arguments has no schema for Gemini',
    from: 'openai-chat',
    to: 'gemini',
    asked: { tools: [tool('now', { type: 'object', properties: {} })] },
    sent: { tools: [{ functionDeclarations: [{ name: 'now' }] }] },
    unsent: ['parameters', 'parametersJsonSchema'],
  },
  ...(['openai-chat', 'anthropic'] as const).map((from): Case => ({
    pitfall: 19,
    what: 'Gemini says STOP when it calls',
    from,
    to: 'gemini',
    answer: {
      candidates: [
        { content: { parts: [{ functionCall: { name: 'get', args: {} } }] }, finishReason: 'STOP' },
      ],
    },
    tells: [from === 'anthropic' ? /"stop_reason":"tool_use"/ : /"finish_reason":"tool_calls"/],
  })),
  {
    pitfall: 19,
    what: 'OpenAI says stop of a call that was forced, chunks after it',
    from: 'anthropic',
    to: 'openai-chat',
    stream: [
      chunk(delta(0, { id: 'a', function: { name: 'get', arguments: '{}' } })),
      chunk({ content: '' }),
      chunk({}, 'stop'),
      usage,
      DONE,
    ],
    tells: [/"stop_reason":"tool_use"/],
  },
  {
    pitfall: 20,
    what: 'Bedrock is told of tools that only the history knows',
    from: 'openai-chat',
    to: 'bedrock',
    asked: {
      messages: [
        user,
        { role: 'assistant', tool_calls: [call('a', 'get', '{}')] },
        { role: 'tool', tool_call_id: 'a', content: 'x' },
      ],
    },
    sent: { toolConfig: { tools: [{ toolSpec: { name: 'get' } }] } },
  },
  {
    pitfall: 21,
    what: 'Bedrock cannot be told to call nothing, and is offered nothing',
    from: 'openai-chat',
    to: 'bedrock',
    asked: { tools: [tool('get', object)], tool_choice: 'none' },
    lost: [],
    unsent: ['toolConfig'],
  },
  {
    pitfall: 21,
    what: 'Claude that is made to call does not think, which is told',
    from: 'openai-chat',
    to: 'anthropic',
    model: 'claude-sonnet-4-5',
    asked: {
      tools: [tool('get', object)],
      tool_choice: 'required',
      reasoning_effort: 'low',
      max_tokens: 9000,
    },
    sent: { tool_choice: { type: 'any' } },
    lost: ['reasoning_effort'],
    unsent: ['thinking'],
  },
  {
    pitfall: 22,
    what: 'one call at a time, from OpenAI to Anthropic',
    from: 'openai-chat',
    to: 'anthropic',
    asked: { tools: [tool('get', object)], parallel_tool_calls: false, max_tokens: 5 },
    sent: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    lost: [],
  },
  {
    pitfall: 22,
    what: 'and back',
    from: 'anthropic',
    to: 'openai-chat',
    asked: {
      tools: [{ name: 'get', input_schema: object }],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
    },
    sent: { tool_choice: 'required', parallel_tool_calls: false },
    lost: [],
  },
  ...(['openai-chat', 'openai-responses'] as const).map((from): Case => {
    const flat = from === 'openai-responses';
    const named = (name: string) =>
      flat ? { type: 'function', name } : { type: 'function', function: { name } };
    const allowed = { mode: 'required', tools: [named('get')] };
    return {
      pitfall: 22,
      what: 'of the tools that are not allowed now, others are told nothing',
      from,
      to: 'gemini',
      asked: {
        tools: [named('get'), named('put')],
        tool_choice: { type: 'allowed_tools', ...(flat ? allowed : { allowed_tools: allowed }) },
      },
      sent: {
        tools: [{ functionDeclarations: [{ name: 'get' }] }],
        toolConfig: { functionCallingConfig: { mode: 'ANY' } },
      },
      unsent: ['put'],
      lost: [],
    };
  }),
  {
    pitfall: 23,
    what: 'names that a vendor refuses are others on the way, and themselves when they come back',
    from: 'openai-chat',
    to: 'cohere',
    asked: { tools: [tool('mcp.files:read-all', object)] },
    sent: { tools: [{ function: { name: 'mcp_files_read_all' } }] },
    answer: {
      id: 'x',
      message: {
        role: 'assistant',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'mcp_files_read_all', arguments: '{}' } },
        ],
      },
      finish_reason: 'TOOL_CALL',
    },
    told: {
      choices: [{ message: { tool_calls: [{ function: { name: 'mcp.files:read-all' } }] } }],
    },
  },
  {
    pitfall: 24,
    what: 'a picture that a tool brought stands in the user’s message for OpenAI, and an error in the text',
    from: 'anthropic',
    to: 'openai-chat',
    asked: {
      messages: [
        user,
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'get', input: {} }] },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'a',
              is_error: true,
              content: [
                { type: 'text', text: 'broken' },
                {
                  type: 'image',
                  source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
                },
              ],
            },
          ],
        },
      ],
    },
    sent: {
      messages: [
        {},
        {},
        { role: 'tool', tool_call_id: 'a', content: 'Error: broken' },
        {
          role: 'user',
          content: expect.arrayContaining([expect.objectContaining({ type: 'image_url' })]),
        },
      ],
    },
  },
  ...['', [], [{ type: 'text', text: '' }]].map((content): Case => ({
    pitfall: 25,
    what: `a result may be empty: ${JSON.stringify(content)}`,
    from: 'anthropic',
    to: 'openai-chat',
    asked: {
      messages: [
        user,
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'get', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content }] },
      ],
    },
    sent: { messages: [{}, {}, { role: 'tool', tool_call_id: 'a', content: '' }] },
  })),
  {
    pitfall: 26,
    what: 'old models of Gemini have a schema in their subset, in which a property may be called title',
    from: 'openai-chat',
    to: 'gemini',
    model: 'gemini-1.5-flash',
    asked: {
      tools: [
        tool('get', {
          $schema: 'https://json-schema.org/draft/2020-12/schema',
          type: 'object',
          additionalProperties: false,
          properties: {
            title: { type: ['string', 'null'] },
            default: { const: 'x' },
            properties: { $ref: '#/$defs/n' },
            n: { type: 'integer', exclusiveMinimum: 0 },
          },
          $defs: { n: { type: 'number' } },
        }),
      ],
    },
    sent: {
      tools: [
        {
          functionDeclarations: [
            {
              parameters: {
                type: expect.stringMatching(/object/i),
                properties: {
                  title: { type: expect.stringMatching(/string/i), nullable: true },
                  default: { enum: ['x'] },
                  properties: { type: expect.stringMatching(/number/i) },
                  n: { type: expect.stringMatching(/integer/i) },
                },
              },
            },
          ],
        },
      ],
    },
    unsent: ['$schema', 'additionalProperties', '$ref', '$defs', 'const', 'exclusiveMinimum'],
  },
  {
    pitfall: 26,
    what: 'new ones have it as it is',
    from: 'openai-chat',
    to: 'gemini',
    model: 'gemini-3-flash',
    asked: { tools: [tool('get', { ...object, additionalProperties: false })] },
    sent: {
      tools: [
        {
          functionDeclarations: [
            { parametersJsonSchema: { ...object, additionalProperties: false } },
          ],
        },
      ],
    },
  },
  {
    pitfall: 27,
    what: 'nobody is made strict who was not, where the vendor would be of itself',
    from: 'anthropic',
    to: 'openai-responses',
    asked: { tools: [{ name: 'get', input_schema: object }] },
    sent: { tools: [{ name: 'get', strict: false }] },
  },
  {
    pitfall: 27,
    what: 'nor where it would have to be asked for',
    from: 'anthropic',
    to: 'openai-chat',
    asked: { tools: [{ name: 'get', input_schema: object }] },
    unsent: ['strict'],
  },
  {
    pitfall: 28,
    what: 'a schema without a type has one for Anthropic',
    from: 'openai-chat',
    to: 'anthropic',
    asked: { tools: [tool('now'), tool('get', { properties: {} })] },
    sent: { tools: [{ input_schema: { type: 'object' } }, { input_schema: { type: 'object' } }] },
  },
  {
    pitfall: 28,
    what: 'lists without items and empty words of an enum are mended for old models of Gemini',
    from: 'openai-chat',
    to: 'gemini',
    model: 'gemini-1.5-flash',
    asked: {
      tools: [
        tool('get', {
          type: 'object',
          properties: { a: { type: 'array' }, b: { type: 'string', enum: ['', 'x'] } },
        }),
      ],
    },
    sent: {
      tools: [
        {
          functionDeclarations: [
            {
              parameters: { properties: { a: { items: expect.any(Object) }, b: { enum: ['x'] } } },
            },
          ],
        },
      ],
    },
  },
  {
    pitfall: 29,
    what: 'an answer that is to fit a schema, of a model that cannot be bound to one',
    from: 'openai-chat',
    to: 'anthropic',
    model: 'claude-3-haiku-20240307',
    asked: {
      max_tokens: 50,
      response_format: { type: 'json_schema', json_schema: { name: 'ship', schema: object } },
    },
    sent: { system: [{ text: expect.stringContaining('"place"') }] },
    lost: ['response_format'],
  },
];

describe('tools and schemas', () => {
  it.each(cases)('$pitfall: $what ($from to $to)', (one) => {
    expect(check(one)).toBeUndefined();
  });
});
