/**
 * What was recorded of the dialects that are seldom spoken: their answers mean the same to callers
 * of others, and requests of others become requests that their vendors' descriptions allow. No
 * server in between: what is under test are the dialects alone.
 */
import {
  type DialectName,
  type Intent,
  parseJson,
  profileOf,
  type ProviderDialect,
  readIntent,
  RequestError,
  translate,
  type Translation,
  wires,
} from '@vitalgate/dialects';
import { describe, expect, it } from 'vitest';
import { type Recording, recordings } from './corpus.ts';
import { messages } from './oracles/anthropic.ts';
import { converse } from './oracles/bedrock.ts';
import { cohere } from './oracles/cohere.ts';
import { mistral } from './oracles/mistral.ts';
import { generate } from './oracles/gemini.ts';
import { lines } from './oracles/ollama.ts';
import { chat } from './oracles/openai-chat.ts';
import { responses } from './oracles/openai-responses.ts';
import { type Meaning, type Oracle } from './oracles/oracle.ts';
import { openApi, smithy, type Validator } from './schemas.ts';

interface Case {
  readonly dialect: ProviderDialect;
  /** In the recordings' words. */
  readonly recorded: string;
  readonly oracle: Oracle;
  readonly url: string;
  /** A model that does all it is asked to. */
  readonly model: string;
  /** Undefined where there is no description, or it is not present. */
  readonly validate: Validator | undefined;
}

const cases: readonly Case[] = [
  {
    dialect: 'ollama',
    recorded: 'ollama-chat',
    oracle: lines,
    url: 'http://localhost:11434',
    model: 'qwen3',
    validate: openApi('ollama.openapi.yaml', 'ChatRequest'),
  },
  {
    dialect: 'bedrock',
    recorded: 'bedrock-converse',
    oracle: converse,
    url: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    validate: smithy('bedrock-runtime.smithy.json', 'ConverseRequest', {
      ConverseRequest: ['outputConfig', 'serviceTier'],
      ContentBlock: ['audio', 'cachePoint'],
      SystemContentBlock: ['cachePoint'],
      Tool: ['cachePoint'],
      ToolSpecification: ['strict'],
    }),
  },
  {
    dialect: 'mistral',
    recorded: 'mistral-chat',
    oracle: mistral,
    url: 'https://api.mistral.ai/v1',
    model: 'mistral-small-latest',
    validate: openApi('mistral.openapi.yaml', 'ChatCompletionRequest'),
  },
  {
    dialect: 'cohere',
    recorded: 'cohere-v2-chat',
    oracle: cohere,
    url: 'https://api.cohere.com',
    model: 'command-a-reasoning-08-2025',
    validate: undefined,
  },
];

function to({ dialect, url, model }: Case, intent: Intent): Translation {
  const profile = profileOf(new URL(url), model);
  const addressee = { model, origin: `${dialect}/p`, profile };
  return translate(intent, dialect, addressee, { model: 'chat', id: 'r', created: 0 });
}

const callers = [
  ['openai-chat', chat],
  ['anthropic', messages],
] as const;

const hello = {
  model: 'chat',
  max_tokens: 5,
  stream_options: { include_usage: true },
  messages: [{ role: 'user', content: 'Hi' }],
};

/** The JSON of each event of a stream. */
const payloads = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as unknown);

/** What a caller understands of a recorded answer. */
function told(one: Recording, translation: Translation, oracle: Oracle, size: number): Meaning {
  if (!one.streamed) return oracle.whole(JSON.parse(translation.answer(one.bytes.toString())));
  const stream = translation.stream();
  for (let at = 0; at < one.bytes.length; at += size) {
    stream.push(one.bytes.subarray(at, at + size));
  }
  stream.end();
  return oracle.streamed(stream.finished ? payloads(stream.take().toString()) : []);
}

/** What differs; a reason to stop that nobody knows has to be told as an end. */
function difference(meant: Meaning, other: Meaning): string | undefined {
  const known = ({ stop }: Meaning) => (stop === 'other' ? 'end' : stop);
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['text', meant.text, other.text],
    ['calls', meant.calls, other.calls],
    ['stop', known(meant), known(other)],
    ['input', meant.input, meant.input === undefined ? undefined : other.input],
    ['output', meant.output, meant.output === undefined ? undefined : other.output],
  ];
  const found = pairs.find(([, a, b]) => JSON.stringify(a) !== JSON.stringify(b));
  return found === undefined ? undefined : JSON.stringify(found).slice(0, 400);
}

describe.each(cases)('recorded answers of $dialect', (one) => {
  const all = recordings([one.recorded]).filter(
    ({ isReadable, status, streamed, contentType }) =>
      isReadable &&
      status === 200 &&
      // Frames that were not kept cannot be read.
      (!streamed || contentType.startsWith(wires[one.dialect].streamTypes[0])),
  );

  it.each(callers)(`mean the same to a caller of %s (${all.length} present)`, (from, oracle) => {
    const intent = readIntent(from, { body: hello });
    const wrong: string[] = [];
    for (const recording of all) {
      const { streamed, payloads: said } = recording;
      const meant = streamed ? one.oracle.streamed(said) : one.oracle.whole(said[0]);
      for (const size of streamed ? [1, 7, 1000, recording.bytes.length] : [1]) {
        const found = difference(meant, told(recording, to(one, intent), oracle, size));
        if (found !== undefined) wrong.push(`${recording.file} by ${size}: ${found}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** Requests that a provider cannot be asked at all, which is told. */
const isRefusal = (error: unknown): boolean =>
  error instanceof RequestError &&
  /fetches no|gives one answer|answers at once|stored at another/.test(error.message);

function askedIn(recorded: string): readonly Recording[] {
  return recordings([recorded]).filter(
    ({ request, status }) => status === 200 && typeof request === 'object' && request !== null,
  );
}

const intentOf = (from: DialectName, { request, requestPath }: Recording): Intent =>
  readIntent(from, {
    body: parseJson(JSON.stringify(request)),
    model: /\/models?\/(.+)(?:\/converse|:\w+)/.exec(requestPath)?.[1] ?? 'm',
    stream: requestPath.endsWith('-stream'),
  });

const sources = [
  ['openai-chat', 'openai-chat'],
  ['anthropic', 'anthropic-messages'],
] as const;

describe.each(cases)('recorded requests, written for $dialect', (one) => {
  it.each(sources)(`are what its vendor describes, from %s`, (from, recorded) => {
    const wrong: string[] = [];
    for (const recording of askedIn(recorded)) {
      const { file } = recording;
      try {
        const { body } = to(one, intentOf(from, recording));
        const problem = one.validate?.(JSON.parse(body));
        if (problem !== undefined) wrong.push(`${file}: ${problem.slice(0, 300)}`);
      } catch (error) {
        if (!isRefusal(error)) wrong.push(`${file}: ${String(error)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** Google describes a request with the name of the model, which stands in the path. */
const inPath = (validate: Validator | undefined): Validator | undefined =>
  validate && ((request) => validate({ model: 'models/m', ...(request as object) }));

describe('recorded requests', () => {
  const targets: readonly Case[] = [
    {
      dialect: 'openai-chat',
      recorded: '',
      oracle: chat,
      url: 'https://api.openai.com/v1',
      model: 'gpt-4.1',
      validate: openApi('openai.openapi.yaml', 'CreateChatCompletionRequest'),
    },
    {
      dialect: 'openai-responses',
      recorded: '',
      oracle: responses,
      url: 'https://api.openai.com/v1',
      model: 'gpt-5.2',
      validate: openApi('openai.openapi.yaml', 'CreateResponse'),
    },
    {
      dialect: 'anthropic',
      recorded: '',
      oracle: messages,
      url: 'https://api.anthropic.com',
      model: 'claude-sonnet-4-5',
      validate: openApi('anthropic.openapi.json', 'CreateMessageParams'),
    },
    ...['gemini-3-flash', 'gemini-2.5-pro', 'gemini-1.5-pro'].map((model): Case => ({
      dialect: 'gemini',
      recorded: '',
      oracle: generate,
      url: 'https://generativelanguage.googleapis.com',
      model,
      validate: inPath(
        openApi('gemini.openapi.json', 'GenerateContentRequest', {
          FunctionDeclaration: 'description',
          Schema: 'type',
        }),
      ),
    })),
  ];

  it.each([
    ['openai-chat', 'openai-chat'],
    ['openai-responses', 'openai-responses'],
    ['anthropic', 'anthropic-messages'],
    ['gemini', 'gemini-generateContent'],
    ['bedrock', 'bedrock-converse'],
    ['ollama', 'ollama-chat'],
    ['ollama', 'ollama-generate'],
  ] as const)('of %s (%s) are understood, and said in other words', (from, recorded) => {
    const wrong: string[] = [];
    for (const recording of askedIn(recorded)) {
      const intent = intentOf(from, recording);
      // A question that is nothing but content for a vendor's guardrails has no other words.
      if (intent.turns.every(({ blocks }) => blocks.every(({ kind }) => kind === 'foreign')))
        continue;
      for (const target of targets) {
        // Where both ends agree bytes pass.
        if (target.dialect === from) continue;
        try {
          const problem = target.validate?.(JSON.parse(to(target, intent).body));
          if (problem !== undefined) {
            wrong.push(`${recording.file} to ${target.dialect}: ${problem.slice(0, 300)}`);
          }
        } catch (error) {
          if (!isRefusal(error)) wrong.push(`${recording.file}: ${String(error)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});
