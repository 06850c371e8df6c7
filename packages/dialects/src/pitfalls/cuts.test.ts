import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frame } from '../bedrock/frames.ts';
import type { DialectName, ProviderDialect, Speaker } from '../codec.ts';
import { codecs } from '../codecs.ts';
import { Losses } from '../losses.ts';
import type { StreamEvent } from '../reply.ts';
import { chunk, data, DONE, event } from './case.ts';

/**
 * Pitfalls 44 and 45 for every dialect: a stream means the same wherever it is cut, in the middle of
 * a character, an escape, a frame.
 */

const callers: readonly DialectName[] = [
  'openai-chat',
  'openai-responses',
  'anthropic',
  'gemini',
  'ollama',
  'bedrock',
];

const speaker = (): Speaker => ({
  model: 'm',
  id: 'r1',
  created: 0,
  showUsage: true,
  losses: new Losses(),
});

const usage = { input: 7, cached: 3, cacheWritten: undefined, output: 5, reasoning: 2 };

/** Reasoning, text with characters of every length, and two calls. */
const events: readonly StreamEvent[] = [
  { type: 'start', id: 'r1', model: 'm' },
  { type: 'block-start', block: 0, choice: 0, kind: 'reasoning' },
  { type: 'delta', block: 0, text: 'Hm – ' },
  { type: 'block-end', block: 0 },
  { type: 'block-start', block: 1, choice: 0, kind: 'text' },
  { type: 'delta', block: 1, text: 'Grüße "👋🏽"\n' },
  { type: 'delta', block: 1, text: '\\ 日本\u2028' },
  { type: 'block-end', block: 1 },
  ...[2, 3].flatMap((block): StreamEvent[] => [
    { type: 'block-start', block, choice: 0, kind: 'tool-call', id: `call${block}`, name: 'get' },
    { type: 'delta', block, text: '{"ort":' },
    { type: 'delta', block, text: '"Zürich \\ud83d\\ude00"}' },
    { type: 'block-end', block },
  ]),
  { type: 'usage', usage },
  { type: 'stop', choice: 0, stop: { reason: 'tool-call', raw: undefined } },
  { type: 'finish' },
];

function written(dialect: DialectName, all: readonly StreamEvent[]): Buffer {
  const writer = codecs[dialect].writeStream(speaker());
  return Buffer.concat(all.map((one) => Buffer.from(writer.write(one))));
}

const anthropic = written('anthropic', events);

const cohere = [
  { type: 'message-start', id: 'x' },
  { type: 'tool-plan-delta', delta: { message: { tool_plan: 'Ich prüfe 👋' } } },
  {
    type: 'tool-call-start',
    index: 0,
    delta: {
      message: {
        tool_calls: { id: 'a', type: 'function', function: { name: 'get', arguments: '' } },
      },
    },
  },
  {
    type: 'tool-call-delta',
    index: 0,
    delta: { message: { tool_calls: { function: { arguments: '{"ort":"Zürich"}' } } } },
  },
  { type: 'tool-call-end', index: 0 },
  {
    type: 'message-end',
    delta: { finish_reason: 'TOOL_CALL', usage: { tokens: { input_tokens: 7, output_tokens: 5 } } },
  },
];

const mistral = [
  chunk({
    role: 'assistant',
    content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm –' }] }],
  }),
  chunk({ content: 'Grüße 👋' }),
  data({
    id: 'c1',
    choices: [
      {
        index: 0,
        delta: { tool_calls: [{ id: 'a', function: { name: 'get', arguments: '{}' } }] },
        finish_reason: 'tool_calls',
      },
    ],
    usage: { prompt_tokens: 7, completion_tokens: 5 },
  }),
  DONE,
];

const framed = anthropic
  .toString()
  .split('\n')
  .filter((line) => line.startsWith('data: '))
  .map((line) =>
    frame(
      { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' },
      JSON.stringify({ bytes: Buffer.from(line.slice(6)).toString('base64'), p: 'abcd' }),
    ),
  );

const text = (lines: readonly string[]): Buffer => Buffer.from(lines.join(''));

/** A stream of each dialect, and of those of OpenAI's kin that differ. */
const streams: readonly (readonly [what: string, dialect: ProviderDialect, bytes: Buffer])[] = [
  ...callers.map((dialect) => [dialect, dialect, written(dialect, events)] as const),
  [
    'openai-chat in the lines of Windows',
    'openai-chat',
    text(['\uFEFF', ...crlf(written('openai-chat', events))]),
  ],
  ['cohere', 'cohere', text([...cohere.map(event), DONE])],
  ['mistral', 'mistral', text(mistral)],
  ['vertex', 'vertex', written('gemini', events)],
  ['vertex-anthropic', 'vertex-anthropic', anthropic],
  ['bedrock-anthropic', 'bedrock-anthropic', Buffer.concat(framed)],
];

function crlf(bytes: Buffer): string[] {
  return [bytes.toString().replaceAll('\n', '\r\n')];
}

function read(dialect: ProviderDialect, pieces: readonly Buffer[]): StreamEvent[] {
  const reader = codecs[dialect].readStream(`${dialect}/p`);
  return [...pieces.flatMap((piece) => [...reader.push(piece)]), ...reader.end()];
}

describe.each(streams)('a stream of %s', (_, dialect, bytes) => {
  const whole = read(dialect, [bytes]);

  it('is whole', () => {
    expect(whole.at(-1)).toEqual({ type: 'finish' });
    expect(whole.filter(({ type }) => type === 'failure')).toEqual([]);
    expect(JSON.stringify(whole)).toContain('get');
  });

  it('is the same whichever byte it is cut at, and byte by byte', () => {
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const cutThere = read(dialect, [bytes.subarray(0, cut), bytes.subarray(cut)]);
      // Comparing by text is a hundred times as fast, and the first that differs is shown.
      if (JSON.stringify(cutThere) !== JSON.stringify(whole))
        expect([cut, cutThere]).toEqual([cut, whole]);
    }
    const single = Array.from(bytes, (byte) => Buffer.of(byte));
    expect(read(dialect, single)).toEqual(whole);
  });

  it.each(callers)('is the same for a caller of %s, in any pieces', (caller) => {
    const told = written(caller, whole);
    const cuts = fc.uniqueArray(fc.nat({ max: bytes.length }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (at) => {
        const ends = [...at.toSorted((a, b) => a - b), bytes.length];
        const pieces = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
        expect(written(caller, read(dialect, pieces)).equals(told)).toBe(true);
      }),
      { numRuns: 10, seed: 7 },
    );
  });
});
