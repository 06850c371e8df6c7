import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { Refusal } from '../dialect.ts';
import { checkChat } from './rules.ts';

const user = { role: 'user', content: 'Hello' };
const calling = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'call_1' }, { id: 'call_2' }],
};
const result = (id: string): JsonObject => ({ role: 'tool', tool_call_id: id, content: 'rain' });
const named = (name: string): JsonObject => ({ type: 'function', function: { name } });

function refused(change: JsonObject): readonly unknown[] {
  try {
    checkChat({ model: 'm', messages: [user], ...change });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, message, param, code } = error.failure;
    return [status, message, param, code];
  }
  return [];
}

describe('what OpenAI refuses', () => {
  it.each<[JsonObject, string, string | null, string | null]>([
    [{ model: undefined }, 'you must provide a model parameter', null, null],
    [{ model: '' }, 'you must provide a model parameter', null, null],
    [
      { messages: undefined },
      "Missing required parameter: 'messages'.",
      'messages',
      'missing_required_parameter',
    ],
    [
      { messages: 'Hello' },
      "Invalid type for 'messages': expected an array of objects, but got a string instead.",
      'messages',
      'invalid_type',
    ],
    [
      { messages: [7] },
      "Invalid type for 'messages[0]': expected an object, but got an integer instead.",
      'messages[0]',
      'invalid_type',
    ],
    [
      { messages: [{ content: 'Hello' }] },
      "Missing required parameter: 'messages[0].role'.",
      'messages[0].role',
      'missing_required_parameter',
    ],
    [
      { messages: [user, { role: 'model', content: 'x' }] },
      "Invalid value: 'model'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
      'messages[1].role',
      'invalid_value',
    ],
    [
      { messages: [{ role: 'user', content: null }] },
      "Invalid value for 'content': expected a string, got null.",
      'messages.[0].content',
      null,
    ],
    [
      { messages: [user, result('call_1')] },
      "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
      'messages.[1].role',
      null,
    ],
    [
      { messages: [user, calling, result('call_1'), user] },
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_2",
      'messages.[3].role',
      null,
    ],
    [
      { messages: [user, calling] },
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_1, call_2",
      'messages.[2].role',
      null,
    ],
    [
      { tools: [{ type: 'function' }] },
      "Missing required parameter: 'tools[0].function'.",
      'tools[0].function',
      'missing_required_parameter',
    ],
    [
      { tools: [named('ok'), named('not.ok')] },
      "Invalid 'tools[1].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
      'tools[1].function.name',
      'invalid_value',
    ],
    [
      { temperature: -1 },
      "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
      'temperature',
      'decimal_below_min_value',
    ],
    [
      { temperature: 2.5 },
      "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.",
      'temperature',
      'decimal_above_max_value',
    ],
    [
      { max_tokens: 0 },
      "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.",
      'max_tokens',
      'integer_below_min_value',
    ],
    [
      { n: '2' },
      "Invalid type for 'n': expected an integer, but got a string instead.",
      'n',
      'invalid_type',
    ],
    [
      { model: 'gpt-5-nano', max_tokens: 5 },
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'max_tokens',
      'unsupported_parameter',
    ],
    [
      { stop: ['a', 'b', 'c', 'd', 'e'] },
      "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead.",
      'stop',
      'array_above_max_length',
    ],
    [
      { response_format: { type: 'json_object' } },
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      'messages',
      null,
    ],
    [
      { response_format: { type: 'json_schema' } },
      "Missing required parameter: 'response_format.json_schema'.",
      'response_format.json_schema',
      'missing_required_parameter',
    ],
    [
      { stream_options: { include_usage: true } },
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
      null,
    ],
  ])('%j', (change, message, param, code) => {
    expect(refused(change)).toEqual([400, message, param, code]);
  });

  it.each<JsonObject>([
    {},
    { messages: [user, calling, result('call_2'), result('call_1'), user] },
    {
      messages: [{ role: 'developer', content: 'Answer in JSON.' }, user],
      response_format: { type: 'json_object' },
    },
    { temperature: null, n: null, max_tokens: null, stop: null, tools: null },
    { model: 'o3', max_completion_tokens: 5, temperature: 2, top_p: 1, stop: ['a', 'b', 'c', 'd'] },
    { stream: true, stream_options: { include_usage: true } },
    { tools: [named('a-b_C1'), { type: 'custom', custom: { name: 'x' } }] },
  ])('not %j', (change) => {
    expect(refused(change)).toEqual([]);
  });
});
