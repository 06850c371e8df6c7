import { describe, expect, it } from 'vitest';
import { check, type Case } from './case.ts';

/** Pitfalls 1 to 10: what limits, roles and order each vendor demands. */

const call = (id: string, name = 'get') => ({
  id,
  type: 'function',
  function: { name, arguments: '{}' },
});
const result = (tool_call_id: string, content: string) => ({ role: 'tool', tool_call_id, content });
const user = (content: string) => ({ role: 'user', content });

/** Two calls, their results, and what the user says then. */
const twoCalls = [
  user('Go'),
  { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
  result('a', 'one'),
  result('b', 'two'),
  user('And then?'),
];

const cases: readonly Case[] = [
  {
    pitfall: 1,
    what: 'a limit that Anthropic demands is the model’s, and no small one',
    from: 'openai-chat',
    to: 'anthropic',
    model: 'claude-haiku-4-5',
    sent: { max_tokens: 8192 },
  },
  {
    pitfall: 1,
    what: 'a limit that Anthropic demands is as small as an old model’s',
    from: 'openai-chat',
    to: 'anthropic',
    model: 'claude-3-haiku-20240307',
    sent: { max_tokens: 4096 },
  },
  {
    pitfall: 2,
    what: 'reasoning models of OpenAI have another name for the limit, and only that',
    from: 'anthropic',
    to: 'openai-chat',
    model: 'gpt-5-mini',
    sent: { max_completion_tokens: 100 },
    unsent: ['max_tokens'],
  },
  {
    pitfall: 2,
    what: 'a deployment of Azure hides which model it is',
    from: 'anthropic',
    to: 'azure-openai',
    model: 'our-deployment',
    url: 'https://us.openai.azure.com/openai',
    sent: { max_completion_tokens: 100 },
    unsent: ['max_tokens'],
  },
  {
    pitfall: 3,
    what: 'results of one turn are in one message of Anthropic, before what is said',
    from: 'openai-chat',
    to: 'anthropic',
    asked: { messages: twoCalls },
    sent: {
      messages: [
        {},
        {},
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a' },
            { type: 'tool_result', tool_use_id: 'b' },
            { type: 'text', text: 'And then?' },
          ],
        },
      ],
    },
  },
  {
    pitfall: 3,
    what: 'the same of Bedrock',
    from: 'openai-chat',
    to: 'bedrock',
    asked: { messages: twoCalls },
    sent: {
      messages: [
        {},
        {},
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 'a' } },
            { toolResult: { toolUseId: 'b' } },
            { text: 'And then?' },
          ],
        },
      ],
    },
  },
  {
    pitfall: 4,
    what: 'Gemini has as many results as calls, in one content, though one name was called twice',
    from: 'openai-chat',
    to: 'gemini',
    asked: { messages: twoCalls.slice(0, -1) },
    sent: {
      contents: [
        {},
        { role: 'model', parts: [{ functionCall: {} }, { functionCall: {} }] },
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'get', response: expect.anything() } },
            { functionResponse: { name: 'get', response: expect.anything() } },
          ],
        },
      ],
    },
  },
  {
    pitfall: 5,
    what: 'DeepSeek pairs calls and results by their place',
    from: 'openai-chat',
    to: 'openai-responses',
    url: 'https://api.deepseek.com/v1',
    asked: { messages: twoCalls },
    sent: {
      input: [
        {},
        { type: 'function_call', call_id: 'a' },
        { type: 'function_call_output', call_id: 'a' },
        { type: 'function_call', call_id: 'b' },
        { type: 'function_call_output', call_id: 'b' },
        {},
      ],
    },
  },
  ...(['anthropic', 'bedrock', 'gemini'] as const).map((to): Case => ({
    pitfall: 6,
    what: `messages of one role are one of ${to}`,
    from: 'openai-chat',
    to,
    asked: {
      messages: [
        user('One.'),
        user('Two.'),
        { role: 'assistant', content: 'Three.' },
        user('Go on.'),
      ],
    },
    sent:
      to === 'gemini'
        ? { contents: [{ parts: [{ text: 'One.' }, { text: 'Two.' }] }, {}, {}] }
        : {
            messages: [
              {
                content: [
                  expect.objectContaining({ text: 'One.' }),
                  expect.objectContaining({ text: 'Two.' }),
                ],
              },
              {},
              {},
            ],
          },
  })),
  {
    pitfall: 7,
    what: 'instructions from the middle move to the front, which is told',
    from: 'openai-chat',
    to: 'gemini',
    asked: {
      messages: [
        { role: 'developer', content: 'Be brief.' },
        user('Hi'),
        { role: 'system', content: 'Now rhyme.' },
        user('Go'),
      ],
    },
    sent: { systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Now rhyme.' }] } },
    lost: ['messages[2]'],
    unsent: ['system', 'developer'],
  },
  {
    pitfall: 7,
    what: 'a developer is a system elsewhere',
    from: 'openai-chat',
    to: 'ollama',
    asked: { messages: [{ role: 'developer', content: 'Be brief.' }, user('Hi')] },
    sent: { messages: [{ role: 'system', content: 'Be brief.' }, {}] },
  },
  {
    pitfall: 8,
    what: 'a result without a call, and a call without a result, are taken out and told',
    from: 'openai-chat',
    to: 'anthropic',
    asked: {
      messages: [
        user('Hi'),
        result('gone', 'x'),
        { role: 'assistant', content: 'Wait.', tool_calls: [call('a')] },
        user('Go on'),
      ],
    },
    unsent: ['tool_use', 'tool_result'],
    lost: ['messages[1]', 'messages[2].tool_calls[0]', 'max_tokens'],
  },
  ...(['anthropic', 'bedrock'] as const).map((to): Case => ({
    pitfall: 9,
    what: `what is empty does not reach ${to}`,
    from: 'openai-chat',
    to,
    asked: {
      messages: [
        user('Go'),
        { role: 'assistant', content: '', tool_calls: [call('a')] },
        result('a', 'one'),
        { role: 'assistant', content: null },
        {
          role: 'user',
          content: [
            { type: 'text', text: '' },
            { type: 'text', text: 'Hi' },
          ],
        },
      ],
    },
    sent: { messages: [{}, {}, { role: 'user' }] },
    unsent: [''],
  })),
  {
    pitfall: 10,
    what: 'an answer that was begun ends without a space',
    from: 'openai-chat',
    to: 'anthropic',
    asked: { messages: [user('Hi'), { role: 'assistant', content: 'Sure: ' }] },
    sent: { messages: [{}, { role: 'assistant', content: [{ type: 'text', text: 'Sure:' }] }] },
  },
];

describe('limits, roles and order', () => {
  it.each(cases)('$pitfall: $what ($from to $to)', (one) => {
    expect(check(one)).toBeUndefined();
  });
});
