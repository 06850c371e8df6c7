import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DialectName } from '../dialect-name.ts';
import { wires } from '../wires.ts';
import { check, chunk, data, DONE, event, passage, type Case } from './case.ts';

/** Pitfalls 44 to 56, and those of money and errors. */

const said = chunk({ content: 'Grüße 👋' });
const stop = chunk({}, 'stop');
const usage = data({
  choices: [],
  usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
});

const started = event({
  type: 'message_start',
  message: { id: 'x', usage: { input_tokens: 4, cache_read_input_tokens: 3, output_tokens: 1 } },
});
const text = [
  event({
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'text', text: '' },
  }),
  event({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: 'Hi' },
  }),
  event({ type: 'content_block_stop', index: 0 }),
];
const ended = [
  event({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn' },
    usage: { output_tokens: 5 },
  }),
  event({ type: 'message_stop' }),
];

/** The same event, indented. */
const inLines = (event: string): string =>
  `${JSON.stringify(JSON.parse(event.slice(6)), null, 1).replaceAll(/^/gm, 'data: ')}\n\n`;

const callers = ['openai-responses', 'anthropic', 'gemini', 'ollama', 'bedrock'] as const;

/** What only a stream that ended well has. */
const terminals: Readonly<Record<DialectName, RegExp>> = {
  'openai-chat': /\[DONE\]/,
  'openai-responses': /response\.(?:completed|incomplete)/,
  anthropic: /message_stop/,
  gemini: /"finishReason"/,
  ollama: /"done":true/,
  bedrock: /messageStop.*metadata/s,
};

const cases: readonly Case[] = [
  ...callers.map((from): Case => ({
    pitfall: 44,
    what: 'a character that was cut is whole again',
    from,
    to: 'openai-chat',
    stream: [said, stop, usage, DONE],
    tells: [/Grüße 👋/],
    untold: from === 'bedrock' ? [] : [/�/],
  })),
  {
    pitfall: 45,
    what: 'line ends of two characters, comments, a mark of byte order, no space, no blank line at the end',
    from: 'anthropic',
    to: 'openai-chat',
    stream: [
      '\uFEFF',
      said.replaceAll('\n', '\r\n'),
      ': OPENROUTER PROCESSING\n\n',
      stop.replace('data: ', 'data:'),
      'id: 7\nretry: 10\n',
      'data: [DONE]',
    ],
    tells: [/Grüße 👋/, /message_stop/],
  },
  {
    pitfall: 46,
    what: 'the first chunk of Azure and the last with usage have no choices, and a choice may have no delta',
    from: 'anthropic',
    to: 'azure-openai',
    stream: [
      data({ id: '', model: '', choices: [], prompt_filter_results: [] }),
      said,
      data({ choices: [{ index: 0, finish_reason: null }] }),
      stop,
      usage,
      DONE,
    ],
    tells: [/"input_tokens":7/, /"output_tokens":5/],
  },
  {
    pitfall: 47,
    what: 'usage is always asked for',
    from: 'anthropic',
    to: 'openai-chat',
    stream: [said, stop, usage, DONE],
    sent: { stream: true, stream_options: { include_usage: true } },
  },
  {
    pitfall: 47,
    what: 'and shown to those who asked',
    from: 'openai-chat',
    to: 'anthropic',
    asked: { stream_options: { include_usage: true } },
    stream: [started, ...text, ...ended],
    tells: [/"choices":\[\],"usage":\{"prompt_tokens":7,"completion_tokens":5/],
  },
  {
    pitfall: 47,
    what: 'and to nobody else',
    from: 'openai-chat',
    to: 'anthropic',
    stream: [started, ...text, ...ended],
    untold: [/prompt_tokens/],
  },
  {
    pitfall: 48,
    what: 'usage of Anthropic is told twice, and not to be added',
    from: 'gemini',
    to: 'anthropic',
    stream: [started, ...text, ...ended],
    tells: [/"promptTokenCount":7,"candidatesTokenCount":5/],
  },
  {
    pitfall: 48,
    what: 'callers of Anthropic are told the truth in the end',
    from: 'anthropic',
    to: 'openai-chat',
    stream: [said, stop, usage, DONE],
    tells: [/message_delta.*"input_tokens":7.*"output_tokens":5/],
  },
  ...callers.map((from): Case => ({
    pitfall: 49,
    what: 'an end without a terminal event is none',
    from,
    to: 'openai-chat',
    stream: [said],
    isWhole: false,
    untold: [terminals[from]],
  })),
  {
    pitfall: 49,
    what: 'the word that ends a chat is no proof that there was one',
    from: 'anthropic',
    to: 'openai-chat',
    stream: [DONE],
    isWhole: false,
  },
  ...callers.map((from): Case => ({
    pitfall: 50,
    what: 'an error in a stream makes it no whole one, whatever follows',
    from,
    to: 'openai-chat',
    stream: [said, data({ error: { code: 502, message: 'Provider returned error' } }), usage, DONE],
    isWhole: false,
  })),
  {
    pitfall: 51,
    what: 'signs of life pass',
    from: 'anthropic',
    to: 'vertex-anthropic',
    model: 'claude-sonnet-4-5',
    stream: [started, event({ type: 'ping' }), ...text, ...ended],
    tells: [/event: ping/],
  },
  {
    pitfall: 53,
    what: 'Gemini’s callers may have one array, bit by bit',
    from: 'gemini',
    to: 'anthropic',
    form: 'array',
    stream: [started, ...text, ...ended],
    tells: [/^\[\{.*"text":"Hi".*\}\s*\]\s*$/s],
  },
  {
    pitfall: 55,
    what: 'Responses has its whole life cycle',
    from: 'openai-responses',
    to: 'anthropic',
    stream: [started, ...text, ...ended],
    tells: [
      new RegExp(
        [
          'response.created',
          'response.in_progress',
          'response.output_item.added',
          'response.content_part.added',
          'response.output_text.delta',
          'response.output_text.done',
          'response.content_part.done',
          'response.output_item.done',
          'response.completed',
        ]
          .map((name) => `event: ${name.replaceAll('.', String.raw`\.`)}\n`)
          .join('.*'),
        's',
      ),
      /"sequence_number":0\b.*"sequence_number":1\b.*"sequence_number":2\b/s,
    ],
  },
  ...callers.map((from): Case => ({
    pitfall: 45,
    what: 'JSON over several data lines is read as one',
    from,
    to: 'openai-chat',
    stream: [inLines(said), inLines(stop).replaceAll('\n', '\r\n'), DONE],
    tells: [/Grüße 👋/, terminals[from]],
  })),
  ...(['openai-chat', 'mistral'] as const).map((to): Case => ({
    pitfall: 50,
    what: 'a reason to stop that is an error is no end',
    from: 'anthropic',
    to,
    stream: [said, chunk({}, 'error'), DONE],
    isWhole: false,
  })),
  {
    pitfall: 55,
    what: 'an answer that was cut by its limit is incomplete, and no stop',
    from: 'anthropic',
    to: 'openai-responses',
    answer: {
      id: 'r',
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] },
      ],
    },
    told: { stop_reason: 'max_tokens' },
  },
  ...(['openai-chat', 'anthropic'] as const).map((from): Case => ({
    pitfall: 56,
    what: 'a prompt that Gemini blocks is a refusal, not an empty answer',
    from,
    to: 'gemini',
    answer: {
      promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
      usageMetadata: { promptTokenCount: 7 },
    },
    tells: [from === 'anthropic' ? /"stop_reason":"refusal"/ : /"finish_reason":"content_filter"/],
  })),
  {
    pitfall: 57,
    what: 'Anthropic counts the cache apart, OpenAI within',
    from: 'openai-chat',
    to: 'anthropic',
    answer: {
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'end_turn',
      usage: {
        input_tokens: 4,
        cache_read_input_tokens: 3,
        cache_creation_input_tokens: 2,
        output_tokens: 5,
      },
    },
    told: {
      usage: {
        prompt_tokens: 9,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 3 },
      },
    },
  },
  {
    pitfall: 57,
    what: 'and the other way round',
    from: 'anthropic',
    to: 'openai-chat',
    answer: {
      choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }],
      usage: {
        prompt_tokens: 9,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 3 },
      },
    },
    told: { usage: { input_tokens: 6, cache_read_input_tokens: 3, output_tokens: 5 } },
  },
  {
    pitfall: 57,
    what: 'Gemini counts what is thought apart',
    from: 'openai-chat',
    to: 'gemini',
    answer: {
      candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 5, thoughtsTokenCount: 3 },
    },
    told: { usage: { completion_tokens: 8, completion_tokens_details: { reasoning_tokens: 3 } } },
  },
];

describe('streams and usage', () => {
  it.each(cases)('$pitfall: $what ($from from $to)', (one) => {
    expect(check(one)).toBeUndefined();
  });

  it.each(Object.keys(terminals) as DialectName[])(
    '49: a stream that broke off ends in an error of %s, without its terminal event',
    (dialect) => {
      const told = {
        code: 'stream_interrupted',
        status: 502,
        message: 'It broke off.',
        requestId: 'r1',
      };
      const frames = wires[dialect].writeStreamFailure(told).toString();
      expect(frames).toContain('It broke off.');
      expect(frames).not.toMatch(terminals[dialect]);
    },
  );

  it('45: a line that is too long to be read passes, and is missed where it is translated', () => {
    const long = Buffer.concat([Buffer.from('data: {"x":"'), Buffer.alloc(9 * 1024 * 1024, 'x')]);
    const pieces = [said, long, '"}\n\n', stop, DONE].map((piece) => Buffer.from(piece));
    const watch = wires.mistral.watch();
    const translated = passage({
      from: 'anthropic',
      to: 'openai-chat',
      pitfall: 45,
      what: '',
    }).stream();
    for (const one of [watch, translated]) {
      for (const piece of pieces) one.push(piece);
      one.end();
    }
    expect([watch.finished, watch.failed]).toEqual([true, undefined]);
    expect(translated.failed).toEqual({ type: 'malformed_event' });
  });

  // What takes a gateway to be seen is tested with one; here it is only looked for.
  it.each([
    [50, 'test/faults/failover.test.ts', 'before the first byte'],
    [52, 'test/conformance/long-streams.test.ts', 'lets a provider wait'],
    [54, 'packages/dialects/src/bedrock/frames.test.ts', 'are damaged by any byte that changes'],
  ])('%i: is tested in %s', (_, file, name) => {
    const path = new URL(`../../../../${file}`, import.meta.url);
    expect(existsSync(path) && readFileSync(path, 'utf8').includes(name)).toBe(true);
  });
});
