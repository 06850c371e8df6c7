import { describe, expect, it } from 'vitest';
import { envelope } from '../seal.ts';
import { check, chunk, DONE, event, type Case } from './case.ts';

/** Pitfalls 30 to 43: reasoning, parameters and media. */

const user = (content: unknown) => ({ role: 'user', content });
const get = { type: 'function', function: { name: 'get', arguments: '{}' } };
const PNG = 'iVBORw0KGgo=';

/** A turn of Claude that thought and called, as its own caller gives it back. */
const thoughtAndCalled = (signature: string) => [
  user('Go'),
  {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'Hm.', signature },
      { type: 'tool_use', id: 'a', name: 'get', input: {} },
    ],
  },
  user([{ type: 'tool_result', tool_use_id: 'a', content: 'x' }]),
];

const cases: readonly Case[] = [
  {
    pitfall: 30,
    what: 'what Claude thought goes back first and unchanged, with its signature',
    from: 'anthropic',
    to: 'vertex-anthropic',
    model: 'claude-sonnet-4-5',
    asked: { messages: thoughtAndCalled('EqQBCgIYAhIM') },
    sent: {
      messages: [
        {},
        {
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'EqQBCgIYAhIM' },
            { type: 'tool_use' },
          ],
        },
        {},
      ],
    },
  },
  {
    pitfall: 30,
    what: 'a signature that comes alone, at the end, is not lost',
    from: 'openai-responses',
    to: 'anthropic',
    stream: [
      event({ type: 'message_start', message: { usage: { input_tokens: 1 } } }),
      event({
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'thinking', thinking: '' },
      }),
      event({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'thinking_delta', thinking: 'Hm.' },
      }),
      event({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'signature_delta', signature: 'EqQBCgIYAhIM' },
      }),
      event({ type: 'content_block_stop', index: 0 }),
      event({
        type: 'message_delta',
        delta: { stop_reason: 'end_turn' },
        usage: { output_tokens: 2 },
      }),
      event({ type: 'message_stop' }),
    ],
    tells: [/"encrypted_content":"vgseal\.[^"]+"/],
  },
  {
    pitfall: 31,
    what: 'Gemini is given a word in the place of a signature that is not at hand',
    from: 'openai-chat',
    to: 'gemini',
    model: 'gemini-3-pro',
    asked: {
      messages: [
        user('Go'),
        {
          role: 'assistant',
          tool_calls: [
            { id: 'a', ...get },
            { id: 'b', ...get },
          ],
        },
        ...['a', 'b'].map((tool_call_id) => ({ role: 'tool', tool_call_id, content: 'x' })),
      ],
    },
    sent: {
      contents: [
        {},
        {
          parts: [
            { functionCall: {}, thoughtSignature: 'skip_thought_signature_validator' },
            { functionCall: {} },
          ],
        },
        {},
      ],
    },
  },
  {
    pitfall: 32,
    what: 'sealed reasoning is asked for, not stored, and goes back with the id of its item',
    from: 'openai-responses',
    to: 'openai-responses',
    model: 'gpt-5',
    asked: {
      input: [
        { role: 'user', content: 'Hi' },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' },
        { role: 'user', content: 'Go' },
      ],
    },
    sent: {
      include: ['reasoning.encrypted_content'],
      store: false,
      input: [{}, { id: 'rs_1', encrypted_content: 'gAAAA' }, {}],
    },
  },
  ...(['openai-chat', 'gemini', 'bedrock', 'mistral', 'cohere', 'ollama'] as const).map(
    (to): Case => ({
      pitfall: 33,
      what: 'what another model thought is dropped and told, and nowhere shown as text',
      from: 'anthropic',
      to,
      asked: { messages: thoughtAndCalled('EqQBCgIYAhIM') },
      lost: ['messages[1].content[0]', ...(to === 'bedrock' ? ['tools'] : [])],
      unsent: ['Hm.', 'EqQBCgIYAhIM'],
    }),
  ),
  {
    pitfall: 34,
    what: 'DeepSeek is given back what it thought before it called',
    from: 'anthropic',
    to: 'openai-chat',
    url: 'https://api.deepseek.com/v1',
    asked: {
      messages: thoughtAndCalled(envelope({ origin: 'openai-chat/p', data: '' })),
    },
    sent: { messages: [{}, { reasoning_content: 'Hm.', tool_calls: [{}] }, {}] },
  },
  {
    pitfall: 34,
    what: 'and OpenAI, which knows no such field, is not',
    from: 'anthropic',
    to: 'openai-chat',
    url: 'https://api.openai.com/v1',
    asked: {
      messages: thoughtAndCalled(envelope({ origin: 'openai-chat/p', data: '' })),
    },
    unsent: ['reasoning_content', 'Hm.'],
  },
  {
    pitfall: 35,
    what: 'an effort is a budget below the limit, and excludes sampling',
    from: 'openai-chat',
    to: 'anthropic',
    model: 'claude-sonnet-4-5',
    asked: { reasoning_effort: 'high', max_completion_tokens: 4000, temperature: 0.5 },
    sent: { thinking: { type: 'enabled' }, max_tokens: expect.any(Number) },
    unsent: ['temperature', 'top_p', 'top_k'],
  },
  ...(['reasoning', 'reasoning_content'] as const).map((name): Case => ({
    pitfall: 36,
    what: `reasoning may be called ${name}`,
    from: 'anthropic',
    to: 'openai-chat',
    stream: [chunk({ [name]: 'Hm.' }), chunk({ content: 'Yes' }), chunk({}, 'stop'), DONE],
    tells: [/"thinking_delta","thinking":"Hm\."/, /"text_delta","text":"Yes"/],
  })),
  {
    pitfall: 37,
    what: 'Claude 4 takes one of temperature and top_p',
    from: 'openai-chat',
    to: 'anthropic',
    model: 'claude-sonnet-4-5',
    asked: { temperature: 0.5, top_p: 0.9, max_tokens: 5 },
    sent: { temperature: 0.5 },
    unsent: ['top_p'],
    lost: ['top_p'],
  },
  {
    pitfall: 37,
    what: 'newer ones take neither',
    from: 'openai-chat',
    to: 'anthropic',
    model: 'claude-opus-4-7',
    asked: { temperature: 0.5, max_tokens: 5 },
    unsent: ['temperature'],
    lost: ['temperature'],
  },
  {
    pitfall: 37,
    what: 'older ones take no more than 1',
    from: 'openai-chat',
    to: 'anthropic',
    model: 'claude-3-5-haiku',
    asked: { temperature: 1.5, max_tokens: 5 },
    sent: { temperature: 1 },
    lost: ['temperature'],
  },
  {
    pitfall: 38,
    what: 'Anthropic refuses stop sequences of white space, and wants a list',
    from: 'openai-chat',
    to: 'anthropic',
    asked: { stop: ['\n', 'END'], max_tokens: 5 },
    sent: { stop_sequences: ['END'] },
    lost: ['stop'],
  },
  {
    pitfall: 38,
    what: 'OpenAI takes four',
    from: 'anthropic',
    to: 'openai-chat',
    asked: { stop_sequences: ['a', 'b', 'c', 'd', 'e'] },
    sent: { stop: ['a', 'b', 'c', 'd'] },
    lost: ['stop_sequences'],
  },
  {
    pitfall: 38,
    what: 'Responses has none, which is told',
    from: 'openai-chat',
    to: 'openai-responses',
    asked: { stop: 'END' },
    unsent: ['stop', 'END'],
    lost: ['stop'],
  },
  ...(['anthropic', 'bedrock', 'cohere', 'ollama', 'openai-responses'] as const).map(
    (to): Case => ({
      pitfall: 39,
      what: 'several answers are never one in silence',
      from: 'openai-chat',
      to,
      asked: { n: 3 },
      refused: /n: found 3, expected 1/,
    }),
  ),
  {
    pitfall: 40,
    what: 'what a vendor does not have is told',
    from: 'openai-chat',
    to: 'anthropic',
    asked: {
      max_tokens: 5,
      logprobs: true,
      logit_bias: { 5: 1 },
      seed: 7,
      frequency_penalty: 1,
      presence_penalty: 1,
    },
    lost: ['frequency_penalty', 'logit_bias', 'logprobs', 'presence_penalty', 'seed'],
  },
  ...(['bedrock', 'ollama'] as const).map((to): Case => ({
    pitfall: 41,
    what: 'nobody here fetches a picture: it is refused, with the reason',
    from: 'openai-chat',
    to,
    asked: {
      messages: [user([{ type: 'image_url', image_url: { url: 'http://169.254.169.254/x.png' } }])],
    },
    refused: /messages\[0\]\.content\[0\].*expected/,
  })),
  ...[
    ['no media type', `data:;base64,${PNG}`],
    ['line ends', `data:image/png;base64,${PNG.slice(0, 4)}\r\n${PNG.slice(4)}`],
    [
      'the alphabet of URLs',
      `data:image/png;base64,${PNG.replaceAll('+', '-').replaceAll('/', '_')}`,
    ],
  ].map(([what, url]): Case => ({
    pitfall: 42,
    what: `a data URL may have ${what}`,
    from: 'openai-chat',
    to: 'anthropic',
    asked: { messages: [user([{ type: 'image_url', image_url: { url } }])] },
    sent: {
      messages: [{ content: [{ source: { type: 'base64', media_type: 'image/png', data: PNG } }] }],
    },
  })),
  {
    pitfall: 43,
    what: 'a hint to cache stands behind its block on Bedrock, four of them at most',
    from: 'anthropic',
    to: 'bedrock',
    model: 'anthropic.claude-sonnet-4-5',
    asked: {
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      tools: [
        { name: 'get', input_schema: { type: 'object' }, cache_control: { type: 'ephemeral' } },
      ],
      messages: [
        user(
          [1, 2, 3].map((n) => ({
            type: 'text',
            text: `part ${n}`,
            cache_control: { type: 'ephemeral' },
          })),
        ),
      ],
    },
    sent: {
      system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }],
      toolConfig: { tools: [{ toolSpec: {} }, { cachePoint: { type: 'default' } }] },
      messages: [
        {
          content: [
            { text: 'part 1' },
            { cachePoint: {} },
            { text: 'part 2' },
            { cachePoint: {} },
            { text: 'part 3' },
          ],
        },
      ],
    },
    lost: ['messages[0].content[2].cache_control'],
  },
  {
    pitfall: 43,
    what: 'its loss is told, for it shows on the bill alone',
    from: 'anthropic',
    to: 'gemini',
    asked: {
      cache_control: { type: 'ephemeral' },
      messages: [user([{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }])],
    },
    lost: ['cache_control', 'messages[0].content[0].cache_control'],
    unsent: ['cache_control'],
  },
];

describe('reasoning, parameters and media', () => {
  it.each(cases)('$pitfall: $what ($from to $to)', (one) => {
    expect(check(one)).toBeUndefined();
  });
});
