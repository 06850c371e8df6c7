import { describe, expect, it } from 'vitest';
import type { DialectName } from './dialect-name.ts';
import { codecs } from './codecs.ts';
import { Losses } from './losses.ts';
import type { TokenLogprob } from './logprobs.ts';
import type { Reply, StreamEvent } from './reply.ts';
import { unknownUsage } from './usage.ts';

/** Those that have them; the others drop the wish for them, and tell. */
const dialects: readonly DialectName[] = ['openai-chat', 'openai-responses', 'gemini', 'ollama'];

const likely = (token: string, logprob: number) => ({ token, logprob });
const tokens: readonly TokenLogprob[] = [
  {
    ...likely('Grü', -0.1234567890123456),
    top: [likely('Grü', -0.1234567890123456), likely('Hal', -2)],
  },
  { ...likely('ße', -1e-7), top: [] },
];
const pairs = dialects.flatMap((from) => dialects.map((to) => [from, to] as const));

const speaker = () => ({ model: 'm', id: 'r1', created: 0, showUsage: true, losses: new Losses() });

/** Bytes follow from the token, and only some tell them. */
const plain = (all: readonly TokenLogprob[] = []) =>
  all.map(({ token, logprob, top }) => [
    token,
    logprob,
    top.map((one) => [one.token, one.logprob]),
  ]);

describe('log probabilities', () => {
  it.each(pairs)('of %s are the same in %s', (first, second) => {
    const reply: Reply = {
      id: 'x',
      model: 'm',
      choices: [
        {
          blocks: [{ kind: 'text', text: 'Grüße' }],
          stop: { reason: 'end', raw: undefined },
          logprobs: tokens,
        },
      ],
      usage: unknownUsage,
    };
    const once = codecs[first].readReply(codecs[first].writeReply(reply, speaker()), first);
    const twice = codecs[second].readReply(codecs[second].writeReply(once, speaker()), second);
    expect(plain(twice.choices[0]?.logprobs)).toEqual(plain(tokens));
  });

  it.each(pairs)('of a stream of %s are the same in one of %s', (first, second) => {
    const events: readonly StreamEvent[] = [
      { type: 'start', id: 'x', model: 'm' },
      { type: 'block-start', block: 0, choice: 0, kind: 'text' },
      { type: 'delta', block: 0, text: 'Grüße' },
      { type: 'logprobs', choice: 0, tokens },
      { type: 'block-end', block: 0 },
      { type: 'stop', choice: 0, stop: { reason: 'end', raw: undefined } },
      { type: 'finish' },
    ];
    const through = (dialect: DialectName, all: readonly StreamEvent[]): StreamEvent[] => {
      const writer = codecs[dialect].writeStream(speaker());
      const bytes = Buffer.concat(all.map((event) => Buffer.from(writer.write(event))));
      const reader = codecs[dialect].readStream(dialect);
      return [...reader.push(bytes), ...reader.end()];
    };
    const told = through(second, through(first, events));
    expect(told.flatMap((event) => (event.type === 'logprobs' ? plain(event.tokens) : []))).toEqual(
      plain(tokens),
    );
    expect(told.at(-1)).toEqual({ type: 'finish' });
  });

  it('are repeated at the end of a stream of Responses', () => {
    const writer = codecs['openai-responses'].writeStream(speaker());
    const events: readonly StreamEvent[] = [
      { type: 'block-start', block: 0, choice: 0, kind: 'text' },
      { type: 'delta', block: 0, text: 'Grüße' },
      { type: 'logprobs', choice: 0, tokens },
      { type: 'block-end', block: 0 },
      { type: 'finish' },
    ];
    const text = events.map((event) => writer.write(event).toString()).join('');
    const last = text.slice(text.lastIndexOf('event: response.completed'));
    expect(last).toContain('"logprobs":[{"token":"Grü"');
  });
});
