/**
 * Each recorded answer, served by a provider of its dialect, is asked for through every client
 * dialect and read by that dialect's own SDK. What it reads has to mean what was recorded.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anthropic } from '../clients/anthropic.ts';
import type { Client, Told } from '../clients/client.ts';
import { openaiChat } from '../clients/openai-chat.ts';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { type Recording, recordings } from './corpus.ts';
import { messages } from './oracles/anthropic.ts';
import { chat } from './oracles/openai-chat.ts';
import { at, type Meaning, type Oracle, type Stop } from './oracles/oracle.ts';

const clients: readonly Client[] = [openaiChat, anthropic];

interface Source {
  /** In the recordings' words. */
  readonly recorded: string;
  readonly dialect: string;
  /** Below the provider's address. */
  readonly base: string;
  readonly oracle: Oracle;
}

const sources: readonly Source[] = [
  { recorded: 'openai-chat', dialect: 'openai-chat', base: '/v1', oracle: chat },
  { recorded: 'anthropic-messages', dialect: 'anthropic', base: '', oracle: messages },
];

let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await Upstream.shared('recorded', answerWell);
  gateway = await sharedGateway({
    config: `health: { fall: 100 }
providers:
${sources.map(({ dialect, base }) => `  - { name: ${dialect}, dialect: ${dialect}, baseUrl: "${upstream.url}${base}", private: true }`).join('\n')}
models:
${sources.map(({ dialect }) => `  - { name: ${dialect}, targets: [{ provider: ${dialect}, model: recorded }] }`).join('\n')}
keys:
  - { name: client, secret: ${KEY} }
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const families: Readonly<Record<string, Stop>> = {
  stop: 'end',
  end_turn: 'end',
  stop_sequence: 'end',
  pause_turn: 'end',
  length: 'length',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_calls: 'tool',
  tool_use: 'tool',
  content_filter: 'filtered',
  refusal: 'filtered',
};

/** What differs between what was meant and what was told. */
function difference(meant: Meaning, told: Told): string | undefined {
  const calls = told.calls.map(({ name, input }) => ({ name, input }));
  const stop = families[told.stop] ?? 'other';
  const pairs: [string, unknown, unknown][] = [
    ['text', meant.text, told.text],
    ['calls', meant.calls, calls],
    // A reason that nobody knows has to be told as one of the caller's, and that is an end.
    ['stop', meant.stop === 'other' ? 'end' : meant.stop, stop === 'other' ? 'end' : stop],
    ['input', meant.input, meant.input === undefined ? undefined : told.input],
    ['output', meant.output, meant.output === undefined ? undefined : told.output],
  ];
  const found = pairs.find(([, one, other]) => JSON.stringify(one) !== JSON.stringify(other));
  if (found === undefined) return undefined;
  const [what, one, other] = found;
  return `${what}: meant ${JSON.stringify(one)?.slice(0, 150)}, told ${JSON.stringify(other)?.slice(0, 150)}`;
}

async function replay(source: Source, one: Recording, client: Client): Promise<string | undefined> {
  upstream.script = (_received, response) => {
    response.writeHead(one.status, { 'content-type': one.contentType });
    // Cut where nothing ends.
    const half = Math.floor(one.bytes.length / 2) + 1;
    response.write(one.bytes.subarray(0, half));
    response.end(one.bytes.subarray(half));
  };
  const { oracle } = source;
  const meant = one.streamed ? oracle.streamed(one.payloads) : oracle.whole(one.payloads[0]);
  try {
    const told = await client.ask(gateway.url, KEY, {
      model: source.dialect,
      prompt: 'Hello',
      streamed: one.streamed,
    });
    return difference(meant, told);
  } catch (error) {
    return String(error).slice(0, 300);
  }
}

describe.each(sources)('recorded answers of $dialect', (source) => {
  const all = recordings([source.recorded]).filter(
    ({ isReadable, status, payloads }) =>
      isReadable && status === 200 && at(payloads[0], 'error') == null,
  );
  // Where both ends agree bytes pass, which is another test's business.
  const others = clients.filter(({ dialect }) => dialect !== source.dialect);

  it.each(others.map((client) => [client.name, client] as const))(
    `mean the same through %s (${all.length} present)`,
    async (_name, client) => {
      const wrong: string[] = [];
      for (const one of all) {
        const found = await replay(source, one, client);
        if (found !== undefined) wrong.push(`${one.file}: ${found}`);
      }
      expect(wrong).toEqual([]);
    },
    300_000,
  );
});
