import { describe, expect, it } from 'vitest';
import type { DialectName } from './dialect-name.ts';
import { validateRequest } from './validate.ts';
import type { Operation } from './wire.ts';

const told = (
  body: string,
  dialect: DialectName = 'openai-chat',
  operation: Operation = 'chat',
) => {
  try {
    validateRequest(dialect, operation, Buffer.from(body));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('E05 numbers that no vendor takes', () => {
  it.each([
    ['{"max_tokens":-1}', 'max_tokens: found -1, expected a whole number of at least 1'],
    ['{"max_tokens":0}', 'max_tokens: found 0, expected a whole number of at least 1'],
    ['{"max_tokens":1e308}', 'max_tokens: found 1e+308, expected a whole number of at least 1'],
    ['{"max_tokens":"NaN"}', 'max_tokens: found "NaN", expected a whole number of at least 1'],
    [
      '{"max_tokens":9007199254740993}',
      'max_tokens: found 9007199254740992, expected a whole number of at least 1',
    ],
    ['{"max_tokens":"12"}', 'max_tokens: found "12", expected a whole number of at least 1'],
    ['{"max_tokens":1.5}', 'max_tokens: found 1.5, expected a whole number of at least 1'],
    ['{"n":10000}', 'n: found 10000, expected a whole number from 1 to 128'],
    ['{"temperature":1e400}', 'temperature: found Infinity, expected a number from 0 to 2'],
  ])('%s', (body, message) => expect(told(body)).toBe(message));

  it('in other dialects', () => {
    expect(told('{"max_tokens":-1}', 'anthropic')).toMatch(/^max_tokens: found -1/);
    expect(told('{"generationConfig":{"maxOutputTokens":"0"}}', 'gemini')).toMatch(
      /^generationConfig\.maxOutputTokens: found "0"/,
    );
    expect(told('{"generationConfig":{"maxOutputTokens":"12"}}', 'gemini')).toBeUndefined();
    expect(told('{"inferenceConfig":{"maxTokens":1.5}}', 'bedrock')).toMatch(
      /^inferenceConfig\.maxTokens/,
    );
    expect(told('{"options":{"num_predict":-1}}', 'ollama')).toBeUndefined();
    expect(told('{"options":{"num_predict":"9"}}', 'ollama')).toMatch(/^options\.num_predict/);
  });
});

describe('fields', () => {
  it.each([
    ['{"messages":{}}', 'messages: found an object, expected an array'],
    ['{"messages":["hi"]}', 'messages[0]: found "hi", expected an object'],
    [
      '{"messages":[{"role":"robot"}]}',
      'messages[0].role: found "robot", expected one of system, developer, user, assistant, tool, function',
    ],
    [
      '{"messages":[{"content":"x"}]}',
      'messages[0].role: found nothing, expected a value, for it is needed here',
    ],
    [
      '{"messages":[{"role":"user","content":7}]}',
      'messages[0].content: found 7, expected a string or an array',
    ],
    [
      '{"messages":[{"role":"user","content":[{"text":"x"}]}]}',
      'messages[0].content[0].type: found nothing, expected a value, for it is needed here',
    ],
    [
      '{"tools":[{"type":"function","function":{"name":5}}]}',
      'tools[0].function.name: found 5, expected a string',
    ],
    ['{"stop":[1]}', 'stop: found an array, expected a string'],
  ])('%s', (body, message) => expect(told(body)).toBe(message));

  it('that nobody knows ride along, and null is absent', () => {
    expect(
      told(
        '{"__proto__":{"max_tokens":-1},"constructor":1,"new_field":{"a":[1]},"max_tokens":null,"stop":null}',
      ),
    ).toBeUndefined();
  });
});
