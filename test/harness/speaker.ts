import type { ServerResponse } from 'node:http';
import { routeTable } from '../../packages/gateway/src/server/routes.ts';
import { codecs } from '../../packages/dialects/src/codecs.ts';
import { Losses } from '../../packages/dialects/src/losses.ts';
import type { DialectName, Operation } from '@vitalgate/dialects';
import { unknownUsage, wires } from '@vitalgate/dialects';
import type { StreamEvent } from '../../packages/dialects/src/reply.ts';
import { answerJson, type Received, type Script } from './upstream.ts';

/** The dialects of callers; a provider may be asked in each of them. */
export const dialects = [...new Set(routeTable.flatMap(({ dialect }) => dialect ?? []))];

/** A request that says `text`, in any dialect and for any operation that has a body. */
export function asking(
  dialect: DialectName,
  operation: Operation,
  text: string,
  stream: boolean,
): Record<string, unknown> {
  const messages = [{ role: 'user', content: text }];
  switch (`${dialect} ${operation}`) {
    case 'openai-chat completions':
    case 'ollama completions':
      return { model: 'chat', prompt: text, stream };
    case 'openai-chat embeddings':
    case 'ollama embeddings':
      return { model: 'chat', input: text };
    case 'openai-responses chat':
    case 'openai-responses count-tokens':
      return { model: 'chat', input: text, stream };
    case 'anthropic chat':
      return { model: 'chat', max_tokens: 100, messages, stream };
    case 'anthropic count-tokens':
      return { model: 'chat', messages };
    case 'bedrock chat':
      return { messages: [{ role: 'user', content: [{ text }] }] };
    case 'bedrock count-tokens':
      return { input: { converse: { messages: [{ role: 'user', content: [{ text }] }] } } };
    case 'gemini embedding':
      return { content: { parts: [{ text }] } };
    case 'gemini embeddings':
      return { requests: [{ content: { parts: [{ text }] } }] };
    case 'ollama embedding':
      return { model: 'chat', prompt: text };
    case 'gemini chat':
    case 'gemini count-tokens':
      return { contents: [{ role: 'user', parts: [{ text }] }] };
    default:
      return { model: 'chat', messages, stream };
  }
}

/** What a provider of every dialect says: text in pieces, and perhaps a tool's arguments. */
export interface Saying {
  readonly pieces: readonly string[];
  /** Pieces of the arguments of a call of `look_up`. */
  readonly call?: readonly string[];
  /** Pieces of its reasoning, before all. */
  readonly reasoning?: readonly string[];
}

/** A script that answers in the dialect it is asked in, streamed if it is asked to. */
export const saying =
  (say: (received: Received) => Saying): Script =>
  (received, response) => {
    const { dialect, operation, stream } = askedOf(received);
    if (operation !== 'chat')
      return answerPlainly(response, dialect, operation, stream, say(received));
    const writer = { model: 'm', id: 'x1', created: 1, showUsage: true, losses: new Losses() };
    if (!stream) {
      const body = codecs[dialect].writeReply(replyOf(say(received)), writer);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(body);
      return;
    }
    response.writeHead(200, { 'content-type': wires[dialect].streamTypes[0] });
    const out = codecs[dialect].writeStream(writer);
    for (const event of eventsOf(say(received))) response.write(out.write(event));
    response.end();
  };

function askedOf({ path, body }: Received): {
  dialect: DialectName;
  operation: Operation;
  stream: boolean;
} {
  const streamed = /"stream": ?true/.test(body.toString());
  if (path.startsWith('/model/')) {
    const operation = path.endsWith('/count-tokens') ? 'count-tokens' : 'chat';
    return { dialect: 'bedrock', operation, stream: path.endsWith('-stream') };
  }
  if (path.startsWith('/v1beta/')) {
    const operation = path.includes('countTokens')
      ? 'count-tokens'
      : path.includes('mbedContent')
        ? 'embeddings'
        : 'chat';
    return { dialect: 'gemini', operation, stream: path.includes('stream') };
  }
  if (path.startsWith('/api/')) {
    const operation = /\/embed(?:dings)?$/.test(path)
      ? 'embeddings'
      : path.endsWith('/generate')
        ? 'completions'
        : 'chat';
    return {
      dialect: 'ollama',
      operation,
      stream: streamed || !/"stream": ?false/.test(body.toString()),
    };
  }
  if (path.startsWith('/v1/responses')) {
    const operation = path.endsWith('/input_tokens') ? 'count-tokens' : 'chat';
    return { dialect: 'openai-responses', operation, stream: streamed };
  }
  if (path.startsWith('/v1/messages')) {
    const operation = path.endsWith('count_tokens') ? 'count-tokens' : 'chat';
    return { dialect: 'anthropic', operation, stream: streamed };
  }
  const operation = path.endsWith('/embeddings')
    ? 'embeddings'
    : path.endsWith('/chat/completions')
      ? 'chat'
      : 'completions';
  return { dialect: 'openai-chat', operation, stream: streamed };
}

function replyOf({ pieces, call, reasoning }: Saying) {
  return {
    id: 'r1',
    model: 'm',
    choices: [
      {
        blocks: [
          ...(reasoning === undefined
            ? []
            : [{ kind: 'reasoning' as const, text: reasoning.join('') }]),
          { kind: 'text' as const, text: pieces.join('') },
          ...(call === undefined
            ? []
            : [
                { kind: 'tool-call' as const, id: 'c1', name: 'look_up', arguments: call.join('') },
              ]),
        ],
        stop: { reason: 'end' as const, raw: undefined },
      },
    ],
    usage: { ...unknownUsage, input: 3, output: 5 },
  };
}

function* eventsOf({ pieces, call, reasoning }: Saying): Generator<StreamEvent> {
  yield { type: 'start', id: 'r1', model: 'm' };
  let block = 0;
  const said = [
    ['reasoning', reasoning],
    ['text', pieces],
    ['tool-call', call],
  ] as const;
  for (const [kind, parts] of said) {
    if (parts === undefined) continue;
    const named = kind === 'tool-call' ? { id: 'c1', name: 'look_up' } : {};
    yield { type: 'block-start', block, choice: 0, kind, ...named };
    for (const text of parts) yield { type: 'delta', block, text };
    yield { type: 'block-end', block };
    block += 1;
  }
  yield { type: 'usage', usage: { ...unknownUsage, input: 3, output: 5 } };
  yield { type: 'stop', choice: 0, stop: { reason: 'end', raw: undefined } };
  yield { type: 'finish' };
}

/** Operations that no codec writes. */
function answerPlainly(
  response: ServerResponse,
  dialect: DialectName,
  operation: Operation,
  stream: boolean,
  { pieces }: Saying,
): void {
  if (operation !== 'completions') {
    // What each dialect reads of it: vectors of OpenAI and of others, and counts.
    const data = [{ object: 'embedding', index: 0, embedding: [0.5] }];
    const usage = { prompt_tokens: 3, total_tokens: 3 };
    const counts = { totalTokens: 3, input_tokens: 3, inputTokens: 3 };
    const vectors = {
      embedding: [0.5],
      embeddings: [dialect === 'gemini' ? { values: [0.5] } : [0.5]],
    };
    answerJson(response, 200, { object: 'list', data, usage, ...vectors, ...counts });
    return;
  }
  const text = pieces.join('');
  if (dialect === 'ollama') {
    const line = (part: string, done: boolean) =>
      `${JSON.stringify({ model: 'm', created_at: '2026-01-01T00:00:00Z', response: part, done, ...(done ? { done_reason: 'stop' } : {}) })}\n`;
    if (!stream) return answerJson(response, 200, JSON.parse(line(text, true)));
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for (const part of pieces) response.write(line(part, false));
    response.write(line('', true));
    response.end();
    return;
  }
  const chunk = (part: string, finish_reason: string | null) => ({
    id: 'cmpl-1',
    object: 'text_completion',
    choices: [{ index: 0, text: part, logprobs: null, finish_reason }],
  });
  if (!stream) return answerJson(response, 200, chunk(text, 'stop'));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const part of pieces) response.write(`data: ${JSON.stringify(chunk(part, null))}\n\n`);
  response.write(`data: ${JSON.stringify(chunk('', 'stop'))}\n\ndata: [DONE]\n\n`);
  response.end();
}

/** Everything a caller could read of an answer: the text of all its strings, put together. */
export function heard(dialect: DialectName, body: Buffer): string {
  const text = dialect === 'bedrock' ? body.toString('latin1') : body.toString();
  if (dialect === 'openai-responses' && text.includes('"delta":')) {
    // Events at the end say all of it again.
    return [...text.matchAll(/"delta":"((?:[^"\\]|\\.)*)"/g)]
      .map(([, part]) => JSON.parse(`"${part ?? ''}"`) as string)
      .join('');
  }
  return [
    ...text.matchAll(
      /"(?:content|text|thinking|reasoning_content|arguments|partial_json|response|input)":"((?:[^"\\]|\\.)*)"/g,
    ),
  ]
    .map(([, part]) => JSON.parse(`"${part ?? ''}"`) as string)
    .join('');
}

/** A configuration with one upstream that is taken for a provider of every dialect. */
export const everyDialect = (url: string, rest: string, model = ''): string => `providers:
${dialects.map((dialect) => `  - { name: ${dialect}, dialect: ${dialect}, baseUrl: "${url}", private: true, credentials: [{ name: main, value: of-${dialect} }] }`).join('\n')}
models:
  - name: chat
    targets: [${dialects.map((dialect) => `{ provider: ${dialect}, model: m }`).join(', ')}]
${model}
${rest}`;
