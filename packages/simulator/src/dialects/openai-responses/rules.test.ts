import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { checkResponses } from './rules.ts';
import { StoredResponses } from '../../toy/stored-responses.ts';

const stored = new StoredResponses();

const tool = (parameters: JsonObject): JsonObject => ({
  tools: [{ type: 'function', name: 'look', parameters, strict: true }],
});
const call = { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' };
const output = { type: 'function_call_output', call_id: 'call_1', output: 'fog' };
const user = { role: 'user', content: 'Hello' };

describe('what OpenAI refuses of a response to be made', () => {
  it.each<[string, JsonObject]>([
    ["Missing required parameter: 'model'.", { model: undefined }],
    ["Missing required parameter: 'input'.", { input: undefined }],
    ["Unknown parameter: 'stop'.", { stop: ['x'] }],
    ["this parameter has moved to 'max_output_tokens'", { max_tokens: 20 }],
    ["this parameter has moved to 'text.format'", { response_format: {} }],
    ["Invalid 'max_output_tokens': integer below minimum value.", { max_output_tokens: 3 }],
    ["Previous response with id 'resp_1' not found.", { previous_response_id: 'resp_1' }],
    ["Conversation with id 'conv_1' not found.", { conversation: { id: 'conv_1' } }],
    ["Missing required parameter: 'tools[0].name'.", { tools: [{ type: 'function' }] }],
    [
      "Invalid schema for function 'look': In context=(), 'additionalProperties' is required",
      tool({ type: 'object', properties: {} }),
    ],
    [
      "In context=('properties', 'at'), 'required' is required to be supplied and to be an array including every key in properties. Missing 'y'.",
      tool({
        type: 'object',
        properties: {
          at: { type: 'object', properties: { y: {} }, additionalProperties: false },
        },
        required: ['at'],
        additionalProperties: false,
      }),
    ],
    ["Expected an ID that begins with 'fc'.", { input: [user, { ...call, id: 'call_1' }, output] }],
    [
      "Supported values are: 'input_text', 'input_image', 'input_file', and 'input_audio'.",
      { input: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }] },
    ],
    [
      'expected an image URL, but got an object instead.',
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: {} }] }] },
    ],
    ['No tool call found for function call output with call_id call_1.', { input: [user, output] }],
    ['No tool output found for function call call_1.', { input: [user, call, user] }],
    [
      'could not be verified',
      {
        input: [
          user,
          { type: 'reasoning', summary: [], encrypted_content: 'made up' },
          call,
          output,
        ],
      },
    ],
    [
      "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
      { input: [{ type: 'reasoning', id: 'rs_1', summary: [] }, user] },
    ],
  ])('%s', (message, change) => {
    const body: JsonObject = { model: 'm', input: 'Hello', ...change };
    expect(() => checkResponses(body, stored)).toThrow(message);
  });

  it('is nothing of a conversation with calls that are answered', () => {
    expect(checkResponses({ model: 'm', input: [user, call, output] }, stored)).toHaveLength(3);
  });
});
