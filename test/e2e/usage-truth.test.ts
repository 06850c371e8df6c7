/** F08: what a provider tells of usage, and what the ledger has of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerOf, KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import {
  answerJson,
  chatAnswer,
  chatEvents,
  messageAnswer,
  messageEvents,
  Upstream,
} from '../harness/upstream.ts';

interface Told {
  /** What the provider says of it, one after the other; of a whole answer the first. */
  readonly usages: readonly object[];
  readonly row: Readonly<Record<string, unknown>>;
  /** A whole answer tells one usage. */
  readonly isOfStreams?: true;
}

const some = (least: number) => expect.toSatisfy((found: number) => found >= least);

const chat: Readonly<Record<string, Told>> = {
  'zero is zero': {
    usages: [{ prompt_tokens: 0, completion_tokens: 0 }],
    row: { input_tokens: 0, output_tokens: 0, cost: 0, is_estimated: 0 },
  },
  'nothing is estimated': {
    usages: [],
    row: { input_tokens: some(1), output_tokens: some(1), cost: some(1), is_estimated: 1 },
  },
  'half of it is estimated': {
    usages: [{ prompt_tokens: 7 }],
    row: { input_tokens: 7, output_tokens: some(1), cost: some(7001), is_estimated: 1 },
  },
  'what is read and reasoned is told apart': {
    usages: [
      {
        prompt_tokens: 7,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    ],
    row: {
      input_tokens: 7,
      cached_tokens: 2,
      output_tokens: 5,
      reasoning_tokens: 1,
      is_estimated: 0,
    },
  },
  'twice is once': {
    usages: [
      { prompt_tokens: 7, completion_tokens: 5 },
      { prompt_tokens: 7, completion_tokens: 5 },
    ],
    row: { input_tokens: 7, output_tokens: 5, cost: 57_000, is_estimated: 0 },
    isOfStreams: true,
  },
  'in two pieces is one': {
    usages: [{ prompt_tokens: 7 }, { completion_tokens: 5 }],
    row: { input_tokens: 7, output_tokens: 5, cost: 57_000, is_estimated: 0 },
    isOfStreams: true,
  },
  'what was used is not taken back': {
    usages: [
      { prompt_tokens: 7, completion_tokens: 5 },
      { prompt_tokens: 7, completion_tokens: 3 },
    ],
    row: { input_tokens: 7, output_tokens: 5, cost: 57_000, is_estimated: 0 },
    isOfStreams: true,
  },
};

const messages: Readonly<Record<string, Told>> = {
  'zero is zero': {
    usages: [{ input_tokens: 0, output_tokens: 0 }],
    row: { input_tokens: 0, output_tokens: 0, cost: 0, is_estimated: 0 },
  },
  'nothing is estimated': {
    usages: [],
    row: { input_tokens: some(1), output_tokens: some(1), is_estimated: 1 },
  },
  'what is cached is read, too': {
    usages: [{ input_tokens: 4, cache_read_input_tokens: 3, output_tokens: 5 }],
    row: { input_tokens: 7, cached_tokens: 3, output_tokens: 5, is_estimated: 0 },
  },
  'in two pieces is one, and only grows': {
    usages: [{ input_tokens: 7, output_tokens: 1 }, { output_tokens: 5 }, { output_tokens: 3 }],
    row: { input_tokens: 7, output_tokens: 5, is_estimated: 0 },
    isOfStreams: true,
  },
};

const cases = [
  { path: '/v1/chat/completions', model: 'chat', all: chat },
  { path: '/v1/messages', model: 'claude', all: messages },
].flatMap(({ path, model, all }) =>
  Object.entries(all).flatMap(([name, { isOfStreams, ...told }]) =>
    (isOfStreams ? [true] : [true, false]).map((stream) => ({
      path,
      model,
      name,
      stream,
      ...told,
    })),
  ),
);

/** Usage stands where each vendor has it. */
function* chatStream(usages: readonly object[]): Generator<string> {
  yield* chatEvents.slice(0, 3);
  for (const usage of usages) yield `data: ${JSON.stringify({ choices: [], usage })}\n\n`;
  yield 'data: [DONE]\n\n';
}

function* messageStream([first, ...others]: readonly object[]): Generator<string> {
  const start = { type: 'message', role: 'assistant', id: 'm', content: [], usage: first };
  yield `data: ${JSON.stringify({ type: 'message_start', message: start })}\n\n`;
  yield* messageEvents.slice(1, 4);
  for (const usage of others.length === 0 ? [undefined] : others) {
    const delta = { stop_reason: 'end_turn' };
    yield `data: ${JSON.stringify({ type: 'message_delta', delta, usage })}\n\n`;
  }
  yield messageEvents.at(-1) ?? '';
}

let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await Upstream.shared('only', () => undefined);
  const provider = (name: string, dialect: string) =>
    `{ name: ${name}, dialect: ${dialect}, baseUrl: "${upstream.url}", private: true, prices: { "*": { input: 1, output: 10 } } }`;
  const model = (name: string, at: string) =>
    `{ name: ${name}, targets: [{ provider: ${at}, model: m }] }`;
  gateway = await sharedGateway({
    config: `providers: [${provider('one', 'openai-chat')}, ${provider('two', 'anthropic')}]
models: [${model('chat', 'one')}, ${model('claude', 'two')}]
keys: [{ name: client, secret: ${KEY} }]
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

describe('F08: of the usage that a provider tells', () => {
  it.each(cases)('$path, streamed $stream: $name', async ({ path, model, stream, usages, row }) => {
    const isChat = model === 'chat';
    upstream.script = (_received, response) => {
      if (!stream) {
        const { usage: _none, ...answer } = isChat ? chatAnswer : messageAnswer;
        return answerJson(response, 200, { ...answer, ...(usages[0] && { usage: usages[0] }) });
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of (isChat ? chatStream : messageStream)(usages)) response.write(event);
      response.end();
    };
    const content = 'a prompt of more than one token, or two';
    const body = { model, max_tokens: 9, stream, messages: [{ role: 'user', content }] };
    const answer = await post(gateway.url, path, body);
    await answer.text();
    expect(answer.status).toBe(200);
    const id = answer.headers.get('x-request-id');
    const found = () =>
      ledgerOf(gateway.databasePath).find(
        (one) => one['id'] === id && one['outcome'] === 'completed',
      );
    await expect.poll(found, { timeout: 10_000 }).toBeDefined();
    expect(found()).toMatchObject(row);
  });
});
