import type { Speaker } from '../codec.ts';
import { AnswerError } from '../errors.ts';
import { isJsonObject, listIn, objectIn, textIn, valueIn, wordIn } from '../fields.ts';
import type { Seal } from '../intent.ts';
import { parseJson } from '../json.ts';
import { readTokens, writeTokens, type TokenLogprob } from '../logprobs.ts';
import type { Choice, Citation, Reply, ReplyBlock } from '../reply.ts';
import { envelope, idWithSeal, plainSeal } from '../seal.ts';
import { FAILED, readStop, writeStop } from './stops.ts';
import { readUsage, writeUsage } from './usage.ts';

/** Reads a chat completion (OpenAI API reference, "The chat completion object"). */
export function readReply(text: string, origin: string): Reply {
  const answer = parsed(text);
  const choices = listIn(answer, 'choices');
  if (!isJsonObject(answer) || choices.length === 0) {
    throw new AnswerError('found an answer without choices, expected a chat completion');
  }
  return {
    id: wordIn(answer, 'id'),
    model: wordIn(answer, 'model'),
    choices: choices.map((choice) => readChoice(choice, origin)),
    usage: readUsage(answer),
  };
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new AnswerError('found an answer that is no JSON');
  }
}

function readChoice(choice: unknown, origin: string): Choice {
  const message = objectIn(choice, 'message');
  if (message === undefined) throw new AnswerError('found a choice without a message');
  if (valueIn(choice, 'finish_reason') === FAILED) {
    throw new AnswerError('found an answer that ended with an error');
  }
  const calls = [...listIn(message, 'tool_calls'), ...wrapped(valueIn(message, 'function_call'))];
  const blocks: ReplyBlock[] = [
    ...readReasoning(message, origin),
    ...readText(message, origin),
    ...calls.map(readCall),
  ];
  const logprobs = readTokens(listIn(objectIn(choice, 'logprobs'), 'content'));
  return { blocks, stop: readStop(wordIn(choice, 'finish_reason'), calls.length > 0), logprobs };
}

const wrapped = (call: unknown): unknown[] =>
  wordIn(call, 'name') === undefined ? [] : [{ function: call }];

function readText(message: unknown, origin: string): ReplyBlock[] {
  const blocks: ReplyBlock[] = [];
  // Annotations are about the message, and told with the first of its texts.
  let citations = listIn(message, 'annotations').flatMap(readCitation);
  for (const piece of readContent(message)) {
    if (piece.kind === 'foreign') blocks.push(piece);
    else if (piece.kind === 'reasoning') {
      blocks.push({ kind: 'reasoning', text: piece.text, seal: plainSeal(origin) });
    } else {
      blocks.push({ kind: 'text', text: piece.text, citations });
      citations = [];
    }
  }
  const refusal = textIn(message, 'refusal');
  if (refusal !== undefined && refusal !== '') blocks.push({ kind: 'refusal', text: refusal });
  return blocks;
}

export type Piece =
  | { readonly kind: 'text' | 'reasoning'; readonly text: string }
  | { readonly kind: 'foreign'; readonly type: string };

/** What a message says: a text or, as Mistral has it, pieces of text and reasoning. */
export function readContent(message: unknown): readonly Piece[] {
  const content = valueIn(message, 'content');
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  return listIn(message, 'content').flatMap((chunk): Piece[] => {
    const type = textIn(chunk, 'type') ?? 'text';
    if (type !== 'text' && type !== 'thinking') return [{ kind: 'foreign', type }];
    const thought = listIn(chunk, 'thinking').map((part) => textIn(part, 'text') ?? '');
    const text = type === 'text' ? (textIn(chunk, 'text') ?? '') : thought.join('');
    return text === '' ? [] : [{ kind: type === 'text' ? 'text' : 'reasoning', text }];
  });
}

export function readCitation(annotation: unknown): Citation[] {
  const cited = objectIn(annotation, 'url_citation');
  if (cited === undefined) return [];
  return [{ url: textIn(cited, 'url'), title: textIn(cited, 'title'), quote: undefined }];
}

function readCall(call: unknown): ReplyBlock {
  const called = objectIn(call, 'function');
  const name = textIn(called, 'name');
  if (name === undefined) throw new AnswerError('found a tool call without a name');
  const told = valueIn(called, 'arguments');
  const text = typeof told === 'string' ? told : told === null ? '' : JSON.stringify(told);
  return { kind: 'tool-call', id: wordIn(call, 'id'), name, arguments: text ?? '' };
}

export function reasoningText(message: unknown): string | undefined {
  const found = textIn(message, 'reasoning_content') ?? textIn(message, 'reasoning');
  return found === '' ? undefined : found;
}

export function readDetail(detail: unknown, origin: string): { text: string; seal: Seal } {
  const data = textIn(detail, 'data');
  const sealed = data ?? textIn(detail, 'signature') ?? '';
  const text = textIn(detail, 'text') ?? textIn(detail, 'summary') ?? '';
  return { text, seal: { origin, data: sealed, isContent: data !== undefined } };
}

function readReasoning(message: unknown, origin: string): ReplyBlock[] {
  const details = listIn(message, 'reasoning_details');
  if (details.length > 0) {
    return details.map((detail) => ({ kind: 'reasoning', ...readDetail(detail, origin) }));
  }
  const text = reasoningText(message);
  return text === undefined ? [] : [{ kind: 'reasoning', text, seal: plainSeal(origin) }];
}

/** Writes a chat completion. */
export function writeReply(reply: Reply, as: Speaker): string {
  return JSON.stringify({
    id: reply.id ?? `chatcmpl-${as.id}`,
    object: 'chat.completion',
    created: as.created,
    model: as.model,
    choices: reply.choices.map((choice, index) => ({
      index,
      message: writeMessage(choice.blocks, as),
      logprobs: writeLogprobs(choice.logprobs),
      finish_reason: writeStop(choice.stop),
    })),
    // Mistral's clients break without it, and take nothing in it for nothing known.
    usage: writeUsage(reply.usage) ?? (as.form === 'mistral' ? {} : undefined),
  });
}

/** Null where nobody told any, as OpenAI has it. */
export const writeLogprobs = (tokens: readonly TokenLogprob[] = []): object | null =>
  tokens.length === 0 ? null : { content: writeTokens(tokens), refusal: null };

function writeMessage(blocks: readonly ReplyBlock[], as: Speaker): object {
  const texts = blocks.filter((block) => block.kind === 'text');
  const refusals = blocks.filter((block) => block.kind === 'refusal');
  const message: Record<string, unknown> = {
    role: 'assistant',
    content: texts.length === 0 ? null : texts.map(({ text }) => text).join(''),
    refusal: refusals.length === 0 ? null : refusals.map(({ text }) => text).join('\n'),
  };
  const citations = texts.flatMap(({ citations: some = [] }) => some);
  if (citations.length > 0) message['annotations'] = citations.map(writeCitation);
  const calls = blocks.filter((block) => block.kind === 'tool-call');
  if (calls.length > 0) {
    message['tool_calls'] = calls.map(({ id, name, arguments: text, seal }, index) => ({
      id: idWithSeal(id ?? `call_${as.id}_${index}`, seal),
      type: 'function',
      function: { name, arguments: text === '' ? '{}' : text },
    }));
  }
  const reasoning = blocks.filter((block) => block.kind === 'reasoning');
  if (reasoning.length > 0 && as.form === 'mistral') {
    const said = texts.map(({ text }) => ({ type: 'text', text }));
    message['content'] = [...reasoning.map(({ text }) => writeThinking(text)), ...said];
  } else if (reasoning.length > 0) {
    message['reasoning_content'] = reasoning.map(({ text }) => text).join('');
    message['reasoning_details'] = reasoning.map(({ text, seal }) => writeDetail(text, seal));
  }
  for (const block of blocks) {
    if (block.kind === 'foreign') as.losses.dropped('answer', `${block.type} has no form here`);
  }
  return message;
}

/** Mistral API reference, "ThinkChunk". */
export const writeThinking = (text: string): object => ({
  type: 'thinking',
  thinking: [{ type: 'text', text }],
});

export function writeDetail(text: string, seal: Seal | undefined): object {
  const signed = seal === undefined ? undefined : envelope(seal);
  return seal?.isContent === true
    ? { type: 'reasoning.encrypted', data: signed }
    : { type: 'reasoning.text', text, signature: signed };
}

/** OpenAI wants to know which characters a citation stands behind; others do not tell. */
export function writeCitation({ url = '', title = '' }: Citation): object {
  return { type: 'url_citation', url_citation: { url, title, start_index: 0, end_index: 0 } };
}
