import { describe, expect, it } from 'vitest';
import { dialects, type DialectName } from './dialects.ts';
import { AnswerReader } from './reader.ts';

function read(name: DialectName, pieces: readonly string[]): string {
  const reader = new AnswerReader(dialects[name]);
  for (const piece of pieces) reader.push(piece);
  reader.end();
  return reader.text;
}

const events = (...frames: readonly Record<string, unknown>[]): string =>
  frames
    .map((frame) => {
      const type = frame['type'];
      const event = typeof type === 'string' ? `event: ${type}\n` : '';
      return `${event}data: ${JSON.stringify(frame)}\n\n`;
    })
    .join('');

const responsesStream = events(
  { type: 'response.created', response: { id: 'r', status: 'in_progress', output: [] } },
  { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', summary: [] } },
  { type: 'response.reasoning_summary_text.delta', output_index: 0, delta: 'Thinking' },
  { type: 'response.output_item.added', output_index: 1, item: { type: 'message', content: [] } },
  { type: 'response.content_part.added', part: { type: 'output_text', text: '' } },
  { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'H' },
  { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'i' },
  { type: 'response.output_text.done', output_index: 1, text: 'Hi' },
  { type: 'response.content_part.done', part: { type: 'output_text', text: 'Hi' } },
  {
    type: 'response.completed',
    response: { output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi' }] }] },
  },
);
const geminiPart = (...parts: readonly object[]) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0 }],
});
const geminiStream = events(
  geminiPart({ text: 'Thinking', thought: true }),
  geminiPart({ text: 'H' }),
  geminiPart({ text: '' }, { text: 'i' }, { functionCall: { name: 'f', args: {} } }),
  { candidates: [{ finishReason: 'STOP' }], usageMetadata: { totalTokenCount: 3 } },
);
const chatStream = `${events(
  { choices: [{ delta: { role: 'assistant', content: '' } }] },
  { choices: [{ delta: { content: 'H' } }] },
  { choices: [{ delta: { content: 'i' } }] },
  { choices: [], usage: { total_tokens: 3 } },
)}data: [DONE]\n\n`;
const anthropicStream = events(
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Thin' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'H' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'i' } },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{' } },
  { type: 'message_stop' },
);
const ollamaStream = ['{"message":{"content":"H"}}', '{"message":{"content":"i"},"done":true}'];

const answers: readonly [DialectName, string, string][] = [
  ['openai-chat', 'streamed', chatStream],
  ['openai-chat', 'whole', '{"choices":[{"message":{"content":"Hi"}}]}'],
  ['openai-responses', 'streamed', responsesStream],
  [
    'openai-responses',
    'whole',
    JSON.stringify({
      output: [
        { type: 'reasoning', summary: [] },
        { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] },
      ],
    }),
  ],
  ['anthropic', 'streamed', anthropicStream],
  ['anthropic', 'whole', '{"content":[{"type":"thinking","thinking":"T"},{"text":"Hi"}]}'],
  ['gemini', 'streamed', geminiStream],
  ['gemini', 'whole', JSON.stringify(geminiPart({ text: 'H' }, { text: 'i' }), null, 2)],
  ['ollama', 'streamed', `${ollamaStream.join('\n')}\n`],
  ['ollama', 'whole', '{\n "message": {\n "content": "Hi"\n }\n}'],
];

describe('the text of an answer', () => {
  it.each(answers)('of %s, %s, is found wherever it is cut', (name, _how, wire) => {
    for (const size of [1, 7, wire.length]) {
      const pieces = wire.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
      expect([size, read(name, pieces)]).toEqual([size, 'Hi']);
    }
  });

  it('shows as soon as its frame is whole', () => {
    const reader = new AnswerReader(dialects['openai-responses']);
    reader.push('event: x\ndata: {"type":"response.output_text.delta","delta":"H"');
    expect(reader.text).toBe('');
    reader.push('}\n');
    expect(reader.text).toBe('H');
  });

  it('is nothing where the answer is none', () => {
    expect(read('anthropic', ['<html>'])).toBe('');
  });

  // Every piece had all before it parsed again: a thousand frames were half a million.
  it('is read once, however many pieces there are', () => {
    let frames = 0;
    const reader = new AnswerReader({ textOf: () => ((frames += 1), '.') });
    for (let i = 0; i < 1000; i += 1) {
      reader.push('data: {"a":');
      reader.push(`${i}}\n\n`);
    }
    reader.end();
    expect([frames, reader.text.length]).toEqual([1000, 1000]);
  });
});
