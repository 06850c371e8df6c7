import { describe, expect, it } from 'vitest';
import { answerText, curlLine, dialects } from './dialects.ts';

describe('the text of an answer', () => {
  it.each([
    ['openai-chat', '{"choices":[{"message":{"content":"Hi"}}]}'],
    [
      'openai-chat',
      'data: {"choices":[{"delta":{"content":"H"}}]}\n\ndata: {"choices":[{"delta":{"content":"i"}}]}\n\ndata: [DONE]\n\n',
    ],
    ['openai-responses', 'event: x\ndata: {"type":"response.output_text.delta","delta":"Hi"}\n\n'],
    [
      'anthropic',
      'event: content_block_delta\ndata: {"delta":{"type":"text_delta","text":"Hi"}}\n\n',
    ],
    ['gemini', 'data: {"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}\n\n'],
    ['ollama', '{"message":{"content":"H"}}\n{"message":{"content":"i"},"done":true}\n'],
  ] as const)('is found in %s', (name, wire) => {
    expect(answerText(dialects[name], wire)).toBe('Hi');
  });

  it('is found in an answer written over several lines', () => {
    expect(answerText(dialects.ollama, '{\n "message": {\n "content": "Hi"\n }\n}')).toBe('Hi');
  });

  it('is nothing where the answer is none', () => {
    expect(answerText(dialects.anthropic, '<html>')).toBe('');
  });
});

it('lets no quote out of its shell word', () => {
  expect(curlLine('http://g', '/v1', "it's")).toContain(String.raw`-d 'it'\''s'`);
});
