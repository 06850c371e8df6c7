import { describe, expect, it } from 'vitest';
import { endOfLastEvent } from './sse.ts';
import type { StreamWatch } from './watch.ts';
import type { DialectName } from './codec.ts';
import { wires } from './wires.ts';

const chat = [
  'data: {"choices":[{"delta":{"content":"Grüße 👋"}}],"usage":null}',
  'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":0}}}',
  'data: [DONE]',
];
const messages = [
  'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":4,"cache_read_input_tokens":3,"output_tokens":1}}}',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße 👋"}}',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}',
  'event: message_stop\ndata: {"type":"message_stop"}',
];

const streams: [DialectName, string][] = (['\n', '\r\n'] as const).flatMap((newline) => [
  ['openai-chat', `${chat.join('\n\n')}\n\n`.replaceAll('\n', newline)],
  ['anthropic', `${messages.join('\n\n')}\n\n`.replaceAll('\n', newline)],
]);

function watchCut(dialect: DialectName, bytes: Buffer, cut: number): StreamWatch {
  const watch = wires[dialect].watch();
  watch.push(bytes.subarray(0, cut));
  watch.push(bytes.subarray(cut));
  watch.end();
  return watch;
}

describe.each(streams)('%s stream', (dialect, text) => {
  const bytes = Buffer.from(text);
  const input = 7;

  it('is read the same wherever it is cut', () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const watch = watchCut(dialect, bytes, cut);
      expect(watch.finished).toBe(true);
      expect(watch.failed).toBeUndefined();
      expect(watch.usage).toMatchObject({ input, output: 5 });
    }
  });

  it('is not finished without its terminal event', () => {
    const last = text.trimEnd().lastIndexOf('data:');
    for (let end = 0; end <= last; end += 1) {
      const watch = wires[dialect].watch();
      watch.push(Buffer.from(text.slice(0, end)));
      watch.end();
      expect(watch.finished).toBe(false);
    }
  });

  it('is over after its terminal event, whatever comes', () => {
    const watch = wires[dialect].watch();
    watch.push(Buffer.from(`${text}data: {"type":"error","error":{"type":"late"}}\n\ndata: <\n\n`));
    watch.end();
    expect([watch.finished, watch.failed]).toEqual([true, undefined]);
  });

  it('finds an event that was cut or garbled', () => {
    for (const line of ['data: {"choices":[{"del', 'data: <html>', 'data: "x"']) {
      const watch = wires[dialect].watch();
      watch.push(Buffer.from(`${line}\n\n`));
      expect(watch.failed).toEqual({ type: 'malformed_event' });
    }
  });

  it('tells an error event apart from an answer that speaks of errors', () => {
    const talk = wires[dialect].watch();
    talk.push(Buffer.from('data: {"choices":[{"delta":{"content":"\\"error\\": no"}}]}\n\n'));
    expect(talk.failed).toBeUndefined();

    const failing = wires[dialect].watch();
    failing.push(Buffer.from('data: {"type":"error","error":{"type":"overloaded_error"}}\n\n'));
    expect(failing.failed).toEqual({ type: 'overloaded_error' });
    expect(failing.finished).toBe(false);
  });
});

describe('content', () => {
  it.each<[DialectName, string, boolean]>([
    [
      'openai-chat',
      'data: {"choices":[{"delta":{"role":"assistant","content":"","refusal":null}}]}',
      false,
    ],
    ['openai-chat', 'data: {"choices":[],"prompt_filter_results":[]}', false],
    ['openai-chat', 'data: [DONE]', false],
    ['openai-chat', 'data: {"choices":[{"delta":{"content":"a"}}]}', true],
    ['openai-chat', 'data: {"choices":[{"delta":{"tool_calls":[{"index":0}]}}]}', true],
    ['openai-chat', 'data: {"choices":[{"text":"a"}]}', true],
    ['openai-chat', 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}', true],
    ['anthropic', 'data: {"type":"message_start","message":{}}', false],
    ['anthropic', 'data: {"type":"ping"}', false],
    ['anthropic', 'data: {"type":"message_stop"}', false],
    ['anthropic', 'data: {"type":"content_block_delta","index":0,"delta":{"text":""}}', false],
    [
      'anthropic',
      'data: {"type":"content_block_start","index":0,"content_block":{"type":"text"}}',
      false,
    ],
    ['anthropic', 'data: {"type":"content_block_delta","index":0,"delta":{"text":"a"}}', true],
    ['anthropic', 'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}', true],
  ])('%s %s: %s', (dialect, line, hasContent) => {
    const watch = wires[dialect].watch();
    watch.push(Buffer.from(`${line}\n\n`));
    expect(watch.started).toBe(true);
    expect(watch.hasContent).toBe(hasContent);
  });
});

describe('endOfLastEvent', () => {
  it.each([
    ['data: a\n\ndata: b\n\n', 18],
    ['data: a\n\ndata: b\n', 9],
    ['data: a\r\n\r\ndata', 11],
    ['data: a\n', 0],
    ['', 0],
  ])('%j', (text, end) => {
    expect(endOfLastEvent(Buffer.from(text))).toBe(end);
  });
});

describe('usage of a whole answer', () => {
  const chat = (answer: unknown) =>
    wires['openai-chat'].usageOf(Buffer.from(JSON.stringify(answer)));

  it('keeps unknown apart from zero', () => {
    expect(chat({ usage: { prompt_tokens: 3, completion_tokens: 0 } })).toEqual({
      input: 3,
      cached: undefined,
      cacheWritten: undefined,
      output: 0,
      reasoning: undefined,
    });
    expect(chat({}).input).toBeUndefined();
    expect(chat({ usage: null }).input).toBeUndefined();
  });

  it('ignores counts that are no counts', () => {
    expect(chat({ usage: { prompt_tokens: -1, completion_tokens: 'x' } })).toMatchObject({
      input: undefined,
      output: undefined,
    });
  });

  it('is not taken in by a text that speaks of usage', () => {
    const text = 'say "usage": {"prompt_tokens": 999} or }{ "';
    const usage = { prompt_tokens: 3, completion_tokens: 4, note: text };
    expect(chat({ choices: [{ message: { content: text } }], usage, id: 'x' })).toMatchObject({
      input: 3,
      output: 4,
    });
    expect(chat({ choices: [{ message: { content: text } }] }).input).toBeUndefined();
  });

  it('adds what Anthropic counts apart', () => {
    const body = { usage: { input_tokens: 4, cache_read_input_tokens: 3, output_tokens: 5 } };
    expect(wires.anthropic.usageOf(Buffer.from(JSON.stringify(body)))).toMatchObject({
      input: 7,
      cached: 3,
      output: 5,
    });
  });
});
