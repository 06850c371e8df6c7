import type { ProviderDialect } from '../codec.ts';
import type { DialectName } from '../dialect-name.ts';
import { RequestError } from '../errors.ts';
import { isJsonObject, valueIn } from '../fields.ts';
import { camel } from '../gemini/camel.ts';
import type { JsonObject } from '../intent.ts';
import { count } from '../usage.ts';

/** How one dialect asks how many tokens a request has, and answers it. */
export interface Counter {
  /** The request of a chat that is to be counted. */
  unwrap(body: unknown): unknown;
  /** The body that asks it, of a request of a chat. */
  wrap(chat: JsonObject, model: string): JsonObject;
  read(answer: unknown): number | undefined;
  write(tokens: number): object;
}

const same = (body: unknown): unknown => body;

const picked = (body: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)));

/** Anthropic API reference, "Count tokens in a Message". */
const anthropic: Counter = {
  unwrap: same,
  wrap: (chat, model) => ({
    ...picked(chat, [
      'messages',
      'system',
      'tools',
      'tool_choice',
      'thinking',
      'output_config',
      'mcp_servers',
      'context_management',
      'cache_control',
    ]),
    model,
  }),
  read: (answer) => count(answer, 'input_tokens'),
  write: (input_tokens) => ({ input_tokens }),
};

const GENERATE = ['contents', 'systemInstruction', 'tools', 'toolConfig', 'cachedContent'];

/** Gemini API reference, "models.countTokens": contents alone, or the whole request. */
const gemini: Counter = {
  unwrap(body) {
    const asked = camel(body);
    return valueIn(asked, 'generateContentRequest') ?? asked;
  },
  wrap: (chat, model) => ({
    generateContentRequest: { model: `models/${model}`, ...picked(chat, GENERATE) },
  }),
  read: (answer) => count(answer, 'totalTokens'),
  write: (totalTokens) => ({ totalTokens }),
};

/** Amazon Bedrock API reference, "CountTokens". */
const bedrock: Counter = {
  unwrap(body) {
    const converse = valueIn(valueIn(body, 'input'), 'converse');
    if (isJsonObject(converse)) return converse;
    const path = 'input.converse';
    throw new RequestError(path, converse, 'an object: other models are not invoked by their own');
  },
  wrap: (chat) => ({
    input: { converse: picked(chat, ['messages', 'system', 'toolConfig']) },
  }),
  read: (answer) => count(answer, 'inputTokens'),
  write: (inputTokens) => ({ inputTokens }),
};

/** OpenAI API reference, "Get input token counts". */
const responses: Counter = {
  unwrap: same,
  wrap: (chat, model) => ({
    ...picked(chat, [
      'input',
      'instructions',
      'tools',
      'tool_choice',
      'text',
      'reasoning',
      'parallel_tool_calls',
    ]),
    model,
  }),
  read: (answer) => count(answer, 'input_tokens'),
  write: (input_tokens) => ({ object: 'response.input_tokens', input_tokens }),
};

export const callers: Readonly<Partial<Record<DialectName, Counter>>> = {
  anthropic,
  gemini,
  bedrock,
  'openai-responses': responses,
};

export const providers: Readonly<Partial<Record<ProviderDialect, Counter>>> = {
  anthropic,
  gemini,
  bedrock,
  'openai-responses': responses,
  // Vertex AI REST reference, "countTokens": the fields stand at the top.
  vertex: { ...gemini, wrap: (chat) => picked(chat, GENERATE) },
  // Anthropic, "Claude on Vertex AI": the version in the body, and the model here too.
  'vertex-anthropic': {
    ...anthropic,
    wrap: (chat, model) => ({
      anthropic_version: 'vertex-2023-10-16',
      ...anthropic.wrap(chat, model),
    }),
  },
};
