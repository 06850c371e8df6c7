import { describe, expect, it } from 'vitest';
import { documentIn } from './document.ts';

describe('the document in what a model said', () => {
  it.each([
    ['{"a":1}', { a: 1 }, false],
    [' [1, 2] ', [1, 2], false],
    ['"text"', 'text', false],
    ['```json\n{"a":1}\n```', { a: 1 }, true],
    ['Here you are:\n\n```\n{"a":1}\n```\nAnything else?', { a: 1 }, true],
    ['Sure! {"a":"}, ]"} Hope that helps.', { a: '}, ]' }, true],
    ['{"a":[1,2,],"b":",]",}', { a: [1, 2], b: ',]' }, true],
    ['<think>{"a":0}?</think>\n{"a":1}', { a: 1 }, true],
  ])('is found: %s', (said, value, isRepaired) => {
    expect(documentIn(said)).toEqual({ value, isRepaired });
  });

  it.each(['', 'I cannot do that.', '{"a":1', '```json\n{"a":\n```'])(
    'is not made up: %s',
    (said) => {
      expect(documentIn(said)).toBeUndefined();
    },
  );

  it.each([
    ['blanks in a fence', `\`\`\`\n${'\t'.repeat(200_000)}\r\`\`\`\n\`\`\``],
    ['quotes in a text without an end', `["${String.raw`\"`.repeat(200_000)}]`],
    ['such a text, and a backslash', `\`\`\`\n["${String.raw`\"`.repeat(200_000)}\\\n\`\`\``],
  ])('reads nothing over and over: %s', (_, said) => {
    expect(documentIn(said)).toBeUndefined();
  });
});
