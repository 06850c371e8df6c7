/** How a question is put in each dialect that callers may speak. */
export interface Dialect {
  readonly label: string;
  readonly path: (model: string, stream: boolean) => string;
  readonly body: (model: string, text: string, stream: boolean) => Record<string, unknown>;
  /** What of one frame, or of a whole answer, is text for people. */
  readonly textOf: (frame: Frame) => string;
  readonly sdk: (url: string, model: string, text: string) => string;
}
// Answers differ by dialect; each reader looks for its own fields and takes nothing for granted.
export type Frame = Readonly<Record<string, unknown>>;

/** Follows names and indexes as far as they lead. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Readonly<Record<string | number, unknown>>)[step];
  }
  return found;
}
const listAt = (value: unknown, ...path: readonly (string | number)[]): readonly unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const quoted = (value: string): string => JSON.stringify(value);

export const dialectNames = [
  'openai-chat',
  'openai-responses',
  'anthropic',
  'gemini',
  'ollama',
] as const;
export type DialectName = (typeof dialectNames)[number];

const openAiSdk = (url: string, call: string): string =>
  `import OpenAI from 'openai';

const openai = new OpenAI({ baseURL: ${quoted(`${url}/v1`)}, apiKey: process.env.VITALGATE_KEY });
${call}`;

export const dialects: Record<DialectName, Dialect> = {
  'openai-chat': {
    label: 'OpenAI Chat Completions',
    path: () => '/v1/chat/completions',
    body: (model, content, stream) => ({ model, messages: [{ role: 'user', content }], stream }),
    textOf: (frame) =>
      text(at(frame, 'choices', 0, 'delta', 'content')) ||
      text(at(frame, 'choices', 0, 'message', 'content')),
    sdk: (url, model, content) =>
      openAiSdk(
        url,
        `const answer = await openai.chat.completions.create({
  model: ${quoted(model)},
  messages: [{ role: 'user', content: ${quoted(content)} }],
});
console.log(answer.choices[0].message.content);`,
      ),
  },
  'openai-responses': {
    label: 'OpenAI Responses',
    path: () => '/v1/responses',
    body: (model, input, stream) => ({ model, input, stream }),
    textOf: (frame) =>
      frame['type'] === 'response.output_text.delta'
        ? text(frame['delta'])
        : // Before the message stands what was thought, or a tool that was called.
          listAt(frame, 'output')
            .flatMap((item) => listAt(item, 'content'))
            .map((part) => text(at(part, 'text')))
            .join(''),
    sdk: (url, model, input) =>
      openAiSdk(
        url,
        `const answer = await openai.responses.create({ model: ${quoted(model)}, input: ${quoted(input)} });
console.log(answer.output_text);`,
      ),
  },
  anthropic: {
    label: 'Anthropic Messages',
    path: () => '/v1/messages',
    body: (model, content, stream) => ({
      model,
      max_tokens: 1024,
      messages: [{ role: 'user', content }],
      stream,
    }),
    textOf: (frame) =>
      text(at(frame, 'delta', 'text')) ||
      listAt(frame, 'content')
        .map((block) => text(at(block, 'text')))
        .join(''),
    sdk: (url, model, content) => `import Anthropic from '@anthropic-ai/sdk';

const anthropic = new Anthropic({ baseURL: ${quoted(url)}, apiKey: process.env.VITALGATE_KEY });
const answer = await anthropic.messages.create({
  model: ${quoted(model)},
  max_tokens: 1024,
  messages: [{ role: 'user', content: ${quoted(content)} }],
});
console.log(answer.content);`,
  },
  gemini: {
    label: 'Gemini',
    path: (model, stream) =>
      `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: (_model, content) => ({ contents: [{ role: 'user', parts: [{ text: content }] }] }),
    textOf: (frame) =>
      listAt(frame, 'candidates', 0, 'content', 'parts')
        .filter((part) => at(part, 'thought') !== true)
        .map((part) => text(at(part, 'text')))
        .join(''),
    sdk: (url, model, contents) => `import { GoogleGenAI } from '@google/genai';

const gemini = new GoogleGenAI({
  apiKey: process.env.VITALGATE_KEY,
  httpOptions: { baseUrl: ${quoted(url)} },
});
const answer = await gemini.models.generateContent({
  model: ${quoted(model)},
  contents: ${quoted(contents)},
});
console.log(answer.text);`,
  },
  ollama: {
    label: 'Ollama',
    path: () => '/api/chat',
    body: (model, content, stream) => ({ model, messages: [{ role: 'user', content }], stream }),
    textOf: (frame) => text(at(frame, 'message', 'content')),
    sdk: (url, model, content) => `import { Ollama } from 'ollama';

const ollama = new Ollama({
  host: ${quoted(url)},
  headers: { authorization: \`Bearer \${process.env.VITALGATE_KEY}\` },
});
const answer = await ollama.chat({
  model: ${quoted(model)},
  messages: [{ role: 'user', content: ${quoted(content)} }],
});
console.log(answer.message.content);`,
  },
};

/** A line for a POSIX shell; the key comes from the environment, not from the history. */
export const curlLine = (url: string, path: string, body: string): string =>
  `curl ${shell(url + path)} \\
  -H "Authorization: Bearer $VITALGATE_KEY" \\
  -H 'Content-Type: application/json' \\
  -d ${shell(body)}`;

const shell = (value: string): string => `'${value.replaceAll("'", String.raw`'\''`)}'`;
