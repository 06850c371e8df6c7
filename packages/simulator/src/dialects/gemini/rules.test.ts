import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { sign } from '../../toy/signature.ts';
import { Refusal } from '../dialect.ts';
import { failure } from './failure.ts';
import { readGenerateContent } from './request.ts';

const occasion = { requestId: 'r', wall: 0, model: 'm' };

function refused(change: JsonObject, model = 'm'): JsonObject | undefined {
  const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];
  try {
    readGenerateContent({ contents, ...change }, model);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const told = JSON.parse(failure(error.failure, occasion).body) as { error: JsonObject };
    expect(told.error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
    return told.error;
  }
}

const user = { role: 'user', parts: [{ text: 'Hi' }] };
const calling = { functionCall: { name: 'look', args: {} } };
const call = (part: JsonObject = {}): JsonObject => ({
  role: 'model',
  parts: [{ ...calling, ...part }],
});
const result = { role: 'user', parts: [{ functionResponse: { name: 'look', response: {} } }] };
const declaring = (parameters: JsonObject, name = 'look'): JsonObject => ({
  tools: [{ functionDeclarations: [{ name, parameters }] }],
});
const inside = (schema: JsonObject): JsonObject =>
  declaring({ type: 'OBJECT', properties: { x: schema } });
const at = 'tools[0].function_declarations[0].parameters';

describe('Google refuses', () => {
  it.each<[JsonObject, string]>([
    [
      { messages: [] },
      'Invalid JSON payload received. Unknown name "messages": Cannot find field.',
    ],
    [
      { generationConfig: { max_tokens: 1 } },
      'Invalid JSON payload received. Unknown name "max_tokens" at \'generation_config\': Cannot find field.',
    ],
    [
      declaring({ type: 'object', properties: { x: {} }, additionalProperties: false }),
      `Invalid JSON payload received. Unknown name "additionalProperties" at '${at}': Cannot find field.`,
    ],
    [
      inside({ const: 1, $ref: '#' }),
      ['const', '$ref']
        .map(
          (name) =>
            `Invalid JSON payload received. Unknown name "${name}" at '${at}.properties[0].value': Cannot find field.`,
        )
        .join('\n'),
    ],
    [
      inside({ type: ['string', 'null'] }),
      `Invalid JSON payload received. Unknown name "type" at '${at}.properties[0].value': Proto field is not repeating, cannot start list.`,
    ],
    [
      inside({ type: 'text' }),
      `Invalid value at '${at}.properties[0].value.type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), "text"`,
    ],
    [
      { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: 'a b' } }] }] },
      'Invalid value at \'contents[0].parts[0].inline_data.data\' (TYPE_BYTES), Base64 decoding failed for "a b"',
    ],
    [
      { contents: [user, call(), { parts: [{ functionResponse: { name: 'x', response: 'y' } }] }] },
      'Invalid value at \'contents[2].parts[0].function_response.response\' (type.googleapis.com/google.protobuf.Struct), "y"',
    ],
  ])('what it cannot read: %j', (change, message) => {
    const error = refused(change);
    expect(error?.['message']).toBe(message);
    const descriptions = message.split('\n').map((description) => ({ description }));
    expect(error?.['details']).toMatchObject([
      { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: descriptions },
    ]);
  });

  it.each<[JsonObject, RegExp]>([
    [{ contents: [] }, /contents is not specified/],
    [{ contents: [{ role: 'system', parts: [{ text: 'x' }] }] }, /use a valid role: user, model/],
    [{ contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] }, /use a valid role/],
    [{ contents: [{ role: 'user', parts: [] }] }, /parts must not be empty/],
    [{ contents: [{ role: 'user', parts: [{}] }] }, /oneof field 'data'/],
    [
      { contents: [user, call(), { ...result, parts: [...result.parts, ...result.parts] }] },
      /number of function response parts/,
    ],
    [{ contents: [user, result] }, /number of function response parts/],
    [{ contents: [call(), result] }, /comes immediately after a user turn/],
    [declaring({ type: 'OBJECT' }, 'not a name'), /Invalid function name/],
    [inside({ type: 'OBJECT' }), /\[x\]\.properties: should be non-empty for OBJECT type/],
    [inside({ type: 'ARRAY' }), /\[x\]\.items: missing field/],
    [inside({ type: 'STRING', enum: ['a', ''] }), /enum\[1\]: cannot be empty/],
    [
      declaring({ type: 'OBJECT', properties: { x: {} }, required: ['y'] }),
      /required\[0\]: property is not defined/,
    ],
    [
      { toolConfig: { functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: ['x'] } } },
      /without function calling mode ANY/,
    ],
    [{ generationConfig: { temperature: 3 } }, /range \[0\.0, 2\.0\]/],
    [{ generationConfig: { stopSequences: ['a', 'b', 'c', 'd', 'e', 'f'] } }, /at most 5/],
    [{ generationConfig: { maxOutputTokens: 0 } }, /must be positive/],
    [
      { generationConfig: { thinkingConfig: { thinkingBudget: 1, thinkingLevel: 'LOW' } } },
      /one of thinking budget and thinking level/,
    ],
    [{ generationConfig: { responseSchema: {}, responseJsonSchema: {} } }, /Only one of/],
  ])('%j', (change, message) => {
    expect(refused(change)?.['message']).toMatch(message);
  });

  it('a signature that is not its own, and on newer models a call without one', () => {
    const signed = { thoughtSignature: sign('x') };
    const forged = { thoughtSignature: Buffer.from('forged').toString('base64') };
    const stoodFor = { thoughtSignature: 'skip_thought_signature_validator' };
    const talk = (part: JsonObject, ...more: readonly JsonObject[]): JsonObject => ({
      contents: [user, call(part), result, ...more],
    });
    const message = (change: JsonObject, model?: string): unknown =>
      refused(change, model)?.['message'];
    expect(message(talk(forged))).toBe('Corrupted thought signature.');
    expect(message(talk({}), 'gemini-3-pro')).toMatch(
      /^Function call is missing a thought_signature .*`default_api:look` , position 2\./,
    );
    for (const part of [signed, stoodFor])
      expect(message(talk(part), 'gemini-3-pro')).toBe(undefined);
    expect(message(talk({}), 'gemini-2.5-pro')).toBe(undefined);
    expect(message(talk({}, user), 'gemini-3-pro')).toBe(undefined);
  });

  it.each<JsonObject>([
    {},
    { system_instruction: { parts: [{ text: 'Be brief.' }] }, tools: null },
    declaring({ type: 'object', properties: {} }),
    declaring({
      type: 'object',
      properties: { properties: { type: 'string' }, const: {} },
      required: ['const'],
    }),
    { tools: [{ functionDeclarations: [{ name: 'x', parametersJsonSchema: { $ref: '#' } }] }] },
    {
      contents: [
        user,
        { role: 'model', parts: [calling, calling] },
        { parts: [...result.parts, ...result.parts] },
      ],
    },
  ])('not %j', (change) => {
    expect(refused(change)).toBe(undefined);
  });
});

describe('a failure', () => {
  it('tells when to return in its details, for there is no header', () => {
    const { body, headers } = failure({ status: 429, retryAfter: 2.5 }, occasion);
    expect(headers).toEqual({});
    expect(JSON.parse(body)).toMatchObject({
      error: {
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        message: expect.stringContaining('Please retry in 2.5s.'),
        details: [
          { '@type': 'type.googleapis.com/google.rpc.QuotaFailure' },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2.5s' },
        ],
      },
    });
  });

  it.each([
    [401, 'UNAUTHENTICATED'],
    [403, 'PERMISSION_DENIED'],
    [404, 'NOT_FOUND'],
    [500, 'INTERNAL'],
    [503, 'UNAVAILABLE'],
    [504, 'DEADLINE_EXCEEDED'],
    [529, 'INTERNAL'],
  ])('of status %i is %s', (code, status) => {
    expect(JSON.parse(failure({ status: code }, occasion).body)).toMatchObject({
      error: { code, status, message: expect.any(String) },
    });
  });
});
