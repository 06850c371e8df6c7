import { AnswerError } from '../errors.ts';
import { isJsonObject, listIn, objectIn, textIn, valueIn, wordIn } from '../fields.ts';
import { tryJson } from '../json.ts';
import type { Citation, Reply, ReplyBlock } from '../reply.ts';
import { plainSeal } from '../seal.ts';
import { isFailure, readStop } from './stops.ts';
import { readUsage } from './usage.ts';

/** Reads an answer of Cohere's chat (Cohere API reference, "Chat API (v2)", Response). */
export function readReply(text: string, origin: string): Reply {
  const answer = tryJson(text);
  const message = objectIn(answer, 'message');
  if (!isJsonObject(answer) || message === undefined) {
    throw new AnswerError('found an answer without a message, expected a chat response');
  }
  const raw = wordIn(answer, 'finish_reason');
  if (isFailure(raw)) throw new AnswerError(`found an answer that ended with ${String(raw)}`);
  const plan = wordIn(message, 'tool_plan');
  const content = listIn(message, 'content').map((part) => readPart(part, origin));
  const blocks: ReplyBlock[] = [
    ...withCitations(content, listIn(message, 'citations')),
    // What a model says before it calls tools.
    ...(plan === undefined ? [] : [{ kind: 'text', text: plan } as const]),
    ...listIn(message, 'tool_calls').map(readCall),
  ];
  return {
    id: wordIn(answer, 'id'),
    model: undefined,
    choices: [{ blocks, stop: readStop(raw) }],
    usage: readUsage(answer),
  };
}

function readPart(part: unknown, origin: string): ReplyBlock {
  const type = textIn(part, 'type') ?? 'nothing';
  if (type === 'text') return { kind: 'text', text: textIn(part, 'text') ?? '' };
  if (type !== 'thinking') return { kind: 'foreign', type };
  return { kind: 'reasoning', text: textIn(part, 'thinking') ?? '', seal: plainSeal(origin) };
}

/** Citations stand beside the content, and say which part of it they are about. */
function withCitations(
  content: readonly ReplyBlock[],
  citations: readonly unknown[],
): readonly ReplyBlock[] {
  const first = content.findIndex(({ kind }) => kind === 'text');
  return content.map((block, index) => {
    if (block.kind !== 'text') return block;
    const own = citations.filter((citation) => {
      const told = valueIn(citation, 'content_index');
      const isText = typeof told === 'number' && content[told]?.kind === 'text';
      return isText ? told === index : index === first;
    });
    return own.length === 0 ? block : { ...block, citations: own.flatMap(readCitation) };
  });
}

/** One for each source: a document of the request, or what a tool brought. */
export function readCitation(citation: unknown): Citation[] {
  return listIn(citation, 'sources').map((source) => {
    const document = objectIn(source, 'document');
    return {
      url: wordIn(document, 'url'),
      title: wordIn(document, 'title') ?? wordIn(source, 'id'),
      quote: wordIn(document, 'snippet') ?? wordIn(document, 'text'),
    };
  });
}

function readCall(call: unknown): ReplyBlock {
  const called = objectIn(call, 'function');
  const name = wordIn(called, 'name');
  if (name === undefined) throw new AnswerError('found a tool call without a name');
  const told = textIn(called, 'arguments') ?? '';
  // What has no arguments says null.
  const text = told === 'null' ? '' : told;
  return { kind: 'tool-call', id: wordIn(call, 'id'), name, arguments: text };
}
