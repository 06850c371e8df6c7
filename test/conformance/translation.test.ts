/**
 * S10: each recorded answer, served by a provider of its dialect, is asked for through every client
 * dialect and read by that dialect's own SDK. What it reads has to mean what was recorded.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anthropic } from '../clients/anthropic.ts';
import { bedrock } from '../clients/bedrock.ts';
import type { Client, Told } from '../clients/client.ts';
import { gemini } from '../clients/gemini.ts';
import { mistral } from '../clients/mistral.ts';
import { ollama } from '../clients/ollama.ts';
import { openaiChat } from '../clients/openai-chat.ts';
import { openaiResponses } from '../clients/openai-responses.ts';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { type Recording, recordings } from './corpus.ts';
import { messages } from './oracles/anthropic.ts';
import { converse } from './oracles/bedrock.ts';
import { cohere } from './oracles/cohere.ts';
import { generate } from './oracles/gemini.ts';
import { mistral as mistralOracle } from './oracles/mistral.ts';
import { lines } from './oracles/ollama.ts';
import { chat } from './oracles/openai-chat.ts';
import { isOneResponse, responses } from './oracles/openai-responses.ts';
import { at, type Meaning, type Oracle, type Stop } from './oracles/oracle.ts';

const clients: readonly Client[] = [
  openaiChat,
  openaiResponses,
  anthropic,
  gemini,
  ollama,
  mistral,
  bedrock,
];

interface Source {
  /** In the recordings' words. */
  readonly recorded: string;
  readonly dialect: string;
  /** Below the provider's address. */
  readonly base: string;
  readonly oracle: Oracle;
  /** Whether a recording is one answer as it was sent: some were cut or joined by hand. */
  readonly isAsSent?: (one: Recording) => boolean;
}

const sources: readonly Source[] = [
  { recorded: 'openai-chat', dialect: 'openai-chat', base: '/v1', oracle: chat },
  {
    recorded: 'openai-responses',
    dialect: 'openai-responses',
    base: '/v1',
    oracle: responses,
    isAsSent: isOneResponse,
  },
  { recorded: 'anthropic-messages', dialect: 'anthropic', base: '', oracle: messages },
  { recorded: 'gemini-generateContent', dialect: 'gemini', base: '', oracle: generate },
  { recorded: 'ollama-chat', dialect: 'ollama', base: '', oracle: lines },
  { recorded: 'bedrock-converse', dialect: 'bedrock', base: '', oracle: converse },
  { recorded: 'mistral-chat', dialect: 'mistral', base: '/v1', oracle: mistralOracle },
  { recorded: 'cohere-v2-chat', dialect: 'cohere', base: '', oracle: cohere },
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
  completed: 'end',
  max_output_tokens: 'length',
  STOP: 'end',
  MAX_TOKENS: 'length',
  SAFETY: 'filtered',
  content_filter: 'filtered',
  content_filtered: 'filtered',
  guardrail_intervened: 'filtered',
  refusal: 'filtered',
};

/** What differs between what was meant and what was told. */
function difference(meant: Meaning, told: Told, dialect: string): string | undefined {
  const calls = told.calls.map(({ name, input }) => ({ name, input }));
  // Ollama has no word for an answer that was filtered.
  const wanted = meant.stop === 'filtered' && dialect === 'ollama' ? 'end' : meant.stop;
  const pairs: [string, unknown, unknown][] = [
    ['text', meant.text, told.text],
    ['calls', meant.calls, calls],
    ['stop', plain(wanted, calls), plain(families[told.stop] ?? 'other', calls)],
    ['input', meant.input, meant.input === undefined ? undefined : told.input],
    ['output', meant.output, meant.output === undefined ? undefined : told.output],
  ];
  const found = pairs.find(([, one, other]) => JSON.stringify(one) !== JSON.stringify(other));
  if (found === undefined) return undefined;
  const [what, one, other] = found;
  return `${what}: meant ${JSON.stringify(one)?.slice(0, 150)}, told ${JSON.stringify(other)?.slice(0, 150)}`;
}

/**
 * Reasons that some dialects cannot tell apart: one that nobody knows has to be told as an end, and
 * after a call some say that they have ended.
 */
function plain(stop: Stop, calls: readonly unknown[]): Stop {
  const told = stop === 'other' ? 'end' : stop;
  return told === 'end' && calls.length > 0 ? 'tool' : told;
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
    return difference(meant, told, client.dialect);
  } catch (error) {
    return String(error).slice(0, 300);
  }
}

describe.each(sources)('recorded answers of $dialect', (source) => {
  const all = recordings([source.recorded]).filter(
    (one) =>
      one.isReadable &&
      one.status === 200 &&
      at(one.payloads[0], 'error') == null &&
      (source.isAsSent?.(one) ?? true),
  );
  // Where both ends agree bytes pass, which is another test's business.
  const others = clients.filter(
    ({ dialect, name }) =>
      dialect !== source.dialect && !(source.dialect === 'mistral' && name === mistral.name),
  );

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
