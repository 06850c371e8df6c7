/**
 * S11: whatever a provider's dialect and the order in which it tells things, each caller is given a
 * stream by the grammar of its own: interleaved calls, choices side by side, reasoning before all.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DialectName } from '@vitalgate/dialects';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { dialects, everyDialect, saying } from '../harness/speaker.ts';
import { streamCallers } from '../harness/stream-callers.ts';
import { answerWell, Upstream, type Script } from '../harness/upstream.ts';
import {
  chatGrammar,
  converseGrammar,
  geminiGrammar,
  messagesGrammar,
  ollamaGrammar,
  responsesGrammar,
  type Grammar,
} from './oracles/grammar.ts';

type Caller = keyof typeof streamCallers;
const grammars: Readonly<Record<Caller, Grammar>> = {
  'openai-chat': chatGrammar,
  'openai-responses': responsesGrammar,
  anthropic: messagesGrammar,
  gemini: geminiGrammar,
  bedrock: converseGrammar,
  ollama: ollamaGrammar,
};
const callers = Object.keys(grammars) as Caller[];

let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await Upstream.shared('any', answerWell);
  gateway = await sharedGateway({
    config: everyDialect(
      upstream.url,
      `health: { fall: 100 }\nkeys: [{ name: client, secret: ${KEY} }]\n`,
      dialects
        .map((name) => `  - { name: to-${name}, targets: [{ provider: ${name}, model: m }] }`)
        .join('\n'),
    ),
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

async function ask(from: Caller, to: DialectName, more: object = {}): Promise<Buffer> {
  const { path, body } = streamCallers[from];
  const model = `to-${to}`;
  const asked = { ...body, ...more, ...(path.includes('{model}') ? {} : { model }) };
  const answer = await post(gateway.url, path.replace('{model}', model), asked);
  const told = Buffer.from(await answer.arrayBuffer());
  expect([answer.status, answer.status === 200 ? '' : told.toString()]).toEqual([200, '']);
  return told;
}

const pairs = callers.flatMap((from) => dialects.map((to) => [from, to] as const));

describe('what was said in turn', () => {
  it.each(pairs)('%s is told by its own grammar what %s says', async (from, to) => {
    for (const said of [
      { pieces: ['Good ', 'day'] },
      { pieces: ['Let me ', 'see'], call: ['{"of":', '"the light"', '}'] },
      { reasoning: ['Well', ', well'], pieces: ['Good ', 'day'], call: ['{}'] },
    ]) {
      upstream.script = saying(() => said);
      expect([said, grammars[from](await ask(from, to))]).toEqual([said, undefined]);
    }
  });
});

const sse =
  (events: readonly object[], end = ''): Script =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events) {
      const name = 'type' in event ? `event: ${String(event.type)}\n` : '';
      response.write(`${name}data: ${JSON.stringify(event)}\n\n`);
    }
    response.end(end);
  };

const chunk = (index: number, delta: object, finish_reason: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index, delta, finish_reason }],
});
const call = (index: number, more: object) => chunk(0, { tool_calls: [{ index, ...more }] });
const counted = {
  ...chunk(0, {}),
  choices: [],
  usage: { prompt_tokens: 3, completion_tokens: 9, total_tokens: 12 },
};
const begin = (id: string) => ({ id, type: 'function', function: { name: id, arguments: '' } });
const args = (told: string) => ({ function: { arguments: told } });

/** Two calls, told by turns, with a word in between. */
const interleaved = sse(
  [
    chunk(0, { role: 'assistant', content: '' }),
    call(0, begin('one')),
    call(1, begin('two')),
    call(0, args('{"a"')),
    chunk(0, { content: 'meanwhile' }),
    call(1, args('{"b"')),
    call(0, args(':1}')),
    call(1, args(':2}')),
    chunk(0, {}, 'tool_calls'),
    counted,
  ],
  'data: [DONE]\n\n',
);

const item = (output_index: number, id: string) => ({
  output_index,
  item: { id, type: 'function_call', call_id: `call_${id}`, name: id, arguments: '' },
});
const piece = (output_index: number, item_id: string, delta: string) => ({
  type: 'response.function_call_arguments.delta',
  output_index,
  item_id,
  delta,
});
const over = (output_index: number, id: string, told: string) => {
  const { item: one } = item(output_index, id);
  return { type: 'response.output_item.done', output_index, item: { ...one, arguments: told } };
};
const response = {
  id: 'resp_1',
  object: 'response',
  model: 'm',
  status: 'in_progress',
  output: [],
};

/** The same as Responses can tell it. */
const items = sse(
  [
    { type: 'response.created', response },
    { type: 'response.output_item.added', ...item(0, 'one') },
    { type: 'response.output_item.added', ...item(1, 'two') },
    piece(0, 'one', '{"a"'),
    piece(1, 'two', '{"b"'),
    piece(0, 'one', ':1}'),
    piece(1, 'two', ':2}'),
    over(1, 'two', '{"b":2}'),
    over(0, 'one', '{"a":1}'),
    {
      type: 'response.completed',
      response: {
        ...response,
        status: 'completed',
        usage: { input_tokens: 3, output_tokens: 9, total_tokens: 12 },
      },
    },
  ].map((event, sequence_number) => ({ ...event, sequence_number })),
);

describe('calls that are told by turns', () => {
  // Bytes that pass as they are keep the order they came in.
  it.each(callers.filter((from) => from !== 'openai-chat'))(
    '%s is told one after the other',
    async (from) => {
      upstream.script = interleaved;
      const told = await ask(from, 'openai-chat');
      expect(grammars[from](told)).toBeUndefined();
      for (const word of ['one', 'two', 'meanwhile']) expect(told.toString()).toContain(word);
    },
  );

  it.each(callers.filter((from) => from !== 'openai-responses'))(
    '%s is told of items one after the other',
    async (from) => {
      upstream.script = items;
      const told = await ask(from, 'openai-responses');
      expect(grammars[from](told)).toBeUndefined();
      for (const word of ['one', 'two']) expect(told.toString()).toContain(word);
    },
  );
});

describe('choices side by side', () => {
  const two = sse(
    [
      chunk(0, { role: 'assistant', content: 'a' }),
      chunk(1, { role: 'assistant', content: 'b' }),
      chunk(0, { content: 'a' }),
      chunk(1, {}, 'stop'),
      chunk(0, {}, 'stop'),
      counted,
    ],
    'data: [DONE]\n\n',
  );

  it.each([
    ['openai-chat', { n: 2 }],
    ['gemini', { generationConfig: { candidateCount: 2 } }],
  ] as const)('%s is told each of them to its end', async (from, more) => {
    upstream.script = two;
    expect(grammars[from](await ask(from, 'openai-chat', more))).toBeUndefined();
  });
});

describe('a grammar', () => {
  it.each([
    ['openai-chat', 'data: {"id":"c","object":"chat.completion.chunk","choices":[]}\n\n'],
    ['openai-responses', 'event: response.completed\ndata: {"type":"response.completed"}\n\n'],
    ['anthropic', 'event: message_stop\ndata: {"type":"message_stop"}\n\n'],
    ['gemini', 'data: {"candidates":[{"content":{"parts":[{"text":"x"}]}}]}\n\n'],
    ['ollama', '{"model":"m","done":false}\n'],
    ['bedrock', 'x'],
  ] as const)('of %s finds a stream that breaks it', (name, stream) => {
    expect(grammars[name](Buffer.from(stream))).toEqual(expect.any(String));
  });
});
