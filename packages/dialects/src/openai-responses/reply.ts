import type { Speaker } from '../codec.ts';
import { AnswerError } from '../errors.ts';
import { isJsonObject, listIn, objectIn, textIn, valueIn, wordIn } from '../fields.ts';
import type { Seal } from '../intent.ts';
import { parseJson } from '../json.ts';
import { readTokens, writeTokens, type TokenLogprob } from '../logprobs.ts';
import type { Citation, Reply, ReplyBlock } from '../reply.ts';
import { envelope, idWithSeal } from '../seal.ts';
import { annotation, responseId, responseObject } from './response.ts';
import { readStop, writeStop } from './stops.ts';
import { readUsage, writeUsage } from './usage.ts';

/** Reads a response (OpenAI API reference, "The response object"). */
export function readReply(text: string, origin: string): Reply {
  const response = parsed(text);
  if (!isJsonObject(response) || !Array.isArray(response['output'])) {
    throw new AnswerError('found an answer without output, expected a response');
  }
  const error = objectIn(response, 'error');
  if (wordIn(response, 'status') === 'failed' || error !== undefined) {
    throw new AnswerError(textIn(error, 'message') ?? 'found a response that has failed');
  }
  const blocks = readOutput(response, origin);
  const hasCalls = blocks.some(({ kind }) => kind === 'tool-call');
  return {
    id: wordIn(response, 'id'),
    model: wordIn(response, 'model'),
    choices: [{ blocks, stop: readStop(response, hasCalls), logprobs: readLogprobs(response) }],
    usage: readUsage(response),
  };
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new AnswerError('found an answer that is no JSON');
  }
}

/** The blocks of all items of a response. */
export const readOutput = (response: unknown, origin: string): ReplyBlock[] =>
  listIn(response, 'output').flatMap((item) => readItem(item, origin));

const readLogprobs = (response: unknown): TokenLogprob[] =>
  listIn(response, 'output').flatMap((item) =>
    listIn(item, 'content').flatMap((part) => readTokens(listIn(part, 'logprobs'))),
  );

function readItem(item: unknown, origin: string): ReplyBlock[] {
  const type = textIn(item, 'type') ?? 'message';
  switch (type) {
    case 'message':
      return listIn(item, 'content').map(readPart);
    case 'function_call': {
      const name = textIn(item, 'name');
      if (name === undefined) throw new AnswerError('found a function call without a name');
      const told = valueIn(item, 'arguments');
      const text = typeof told === 'string' ? told : (JSON.stringify(told ?? {}) ?? '');
      return [{ kind: 'tool-call', id: wordIn(item, 'call_id'), name, arguments: text }];
    }
    case 'reasoning':
      return [{ kind: 'reasoning', text: reasoningText(item), seal: readSeal(item, origin) }];
    default:
      return [{ kind: 'foreign', type }];
  }
}

function readPart(part: unknown): ReplyBlock {
  const type = textIn(part, 'type') ?? 'output_text';
  if (type === 'refusal') return { kind: 'refusal', text: textIn(part, 'refusal') ?? '' };
  if (type !== 'output_text') return { kind: 'foreign', type };
  const citations = listIn(part, 'annotations').flatMap(readCitation);
  return { kind: 'text', text: textIn(part, 'text') ?? '', citations };
}

export function readCitation(told: unknown): Citation[] {
  if (textIn(told, 'type') !== 'url_citation') return [];
  return [{ url: textIn(told, 'url'), title: textIn(told, 'title'), quote: undefined }];
}

/** The reasoning itself where it is shown, else what the vendor says of it. */
function reasoningText(item: unknown): string {
  const textsOf = (name: string): string =>
    listIn(item, name)
      .map((part) => textIn(part, 'text') ?? '')
      .filter((text) => text !== '')
      .join('\n\n');
  const content = textsOf('content');
  return content === '' ? textsOf('summary') : content;
}

/** Encrypted reasoning only works together with the id of its item. */
export function readSeal(item: unknown, origin: string): Seal {
  const data = wordIn(item, 'encrypted_content');
  const id = wordIn(item, 'id');
  return data === undefined ? { origin, data: '', id } : { origin, data, isContent: true, id };
}

export function writeReply(reply: Reply, as: Speaker): string {
  const [choice, ...others] = reply.choices;
  if (others.length > 0) {
    as.losses.dropped('answer', 'only the first of several answers has a place');
  }
  const blocks = choice?.blocks ?? [];
  const logprobs = writeTokens(choice?.logprobs ?? []);
  // Which text of several they belong to is told in no other dialect.
  const first = blocks.findIndex(({ kind }) => kind === 'text');
  const output = blocks.flatMap((block, index) =>
    writeItem(block, index, as, index === first ? logprobs : []),
  );
  return JSON.stringify(
    responseObject({
      id: responseId(reply.id, as.id),
      created: as.created,
      model: as.model,
      ...(choice === undefined ? { status: 'completed' } : writeStop(choice.stop)),
      output,
      usage: writeUsage(reply.usage),
    }),
  );
}

function writeItem(
  block: ReplyBlock,
  index: number,
  as: Speaker,
  logprobs: readonly object[],
): object[] {
  switch (block.kind) {
    case 'text': {
      const annotations = (block.citations ?? []).map(annotation);
      const part = { type: 'output_text', text: block.text, annotations, logprobs };
      return [messageItem(`msg_${as.id}_${index}`, 'completed', [part])];
    }
    case 'refusal': {
      const part = { type: 'refusal', refusal: block.text };
      return [messageItem(`msg_${as.id}_${index}`, 'completed', [part])];
    }
    case 'tool-call': {
      const callId = idWithSeal(block.id ?? `call_${as.id}_${index}`, block.seal);
      const text = block.arguments === '' ? '{}' : block.arguments;
      return [callItem(`fc_${as.id}_${index}`, 'completed', callId, block.name, text)];
    }
    case 'reasoning':
      return [reasoningItem(`rs_${as.id}_${index}`, block.text, block.seal)];
    case 'foreign':
      as.losses.dropped('answer', `${block.type} has no form in this dialect`);
      return [];
  }
}

type ItemStatus = 'in_progress' | 'completed';

export const messageItem = (
  id: string,
  status: ItemStatus,
  content: readonly object[],
): object => ({
  id,
  type: 'message',
  status,
  role: 'assistant',
  content,
});

export const callItem = (
  id: string,
  status: ItemStatus,
  callId: string,
  name: string,
  text: string,
): object => ({ id, type: 'function_call', status, call_id: callId, name, arguments: text });

export const reasoningItem = (id: string, text: string, seal: Seal | undefined): object => ({
  id,
  type: 'reasoning',
  summary: text === '' ? [] : [{ type: 'summary_text', text }],
  encrypted_content: seal === undefined ? null : envelope(seal),
});
