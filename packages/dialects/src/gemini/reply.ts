import { inputOf } from '../arguments.ts';
import type { Speaker } from '../codec.ts';
import { AnswerError } from '../errors.ts';
import { isJsonObject, listIn, objectIn, textIn, valueIn, wordIn } from '../fields.ts';
import type { Seal } from '../intent.ts';
import { tryJson } from '../json.ts';
import type { Choice, Citation, Reply, ReplyBlock, Stop } from '../reply.ts';
import { envelope64, plainSeal } from '../seal.ts';
import type { Usage } from '../usage.ts';
import { readCitations, writeCitations } from './citations.ts';
import { readLogprobs, writeLogprobs } from './logprobs.ts';
import { readStop, writeStop } from './stops.ts';
import { readUsage, writeUsage } from './usage.ts';

/** Reads an answer of generateContent (Gemini API reference, "GenerateContentResponse"). */
export function readReply(text: string, origin: string): Reply {
  const answer = tryJson(text);
  const candidates = listIn(answer, 'candidates');
  const blocked = blockReason(answer);
  if (!isJsonObject(answer) || (candidates.length === 0 && blocked === undefined)) {
    throw new AnswerError('found an answer without candidates, expected one of generateContent');
  }
  const choices = candidates.map((candidate) => readCandidate(candidate, origin));
  return {
    id: wordIn(answer, 'responseId'),
    model: wordIn(answer, 'modelVersion'),
    // A prompt that is blocked has no candidates, and is no success either.
    choices: blocked === undefined ? choices : [{ blocks: [], stop: blocked }, ...choices],
    usage: readUsage(answer),
  };
}

export function blockReason(answer: unknown): Stop | undefined {
  const raw = wordIn(objectIn(answer, 'promptFeedback'), 'blockReason');
  return raw === undefined ? undefined : { reason: 'filtered', raw };
}

function readCandidate(candidate: unknown, origin: string): Choice {
  const parts = listIn(objectIn(candidate, 'content'), 'parts');
  const blocks: ReplyBlock[] = [];
  for (const part of parts) {
    const block = readPart(part, origin);
    const last = blocks.at(-1);
    // Text comes in pieces even where nothing is streamed.
    if (block?.kind === 'text' && last?.kind === 'text') {
      const seal = block.seal ?? last.seal;
      blocks[blocks.length - 1] = { kind: 'text', text: last.text + block.text, seal };
    } else if (block !== undefined) blocks.push(block);
  }
  const citations = readCitations(candidate);
  const cited = blocks.findLastIndex(({ kind }) => kind === 'text');
  const text = blocks[cited];
  if (text?.kind === 'text' && citations.length > 0) blocks[cited] = { ...text, citations };
  const hasCalls = blocks.some(({ kind }) => kind === 'tool-call');
  const stop = readStop(textIn(candidate, 'finishReason'), hasCalls);
  return { blocks, stop, logprobs: readLogprobs(candidate) };
}

export function sealOf(part: unknown, origin: string): Seal | undefined {
  const data = wordIn(part, 'thoughtSignature');
  return data === undefined ? undefined : { origin, data };
}

function readPart(part: unknown, origin: string): ReplyBlock | undefined {
  const seal = sealOf(part, origin);
  const text = textIn(part, 'text');
  if (text !== undefined) {
    if (valueIn(part, 'thought') === true) {
      return { kind: 'reasoning', text, seal: seal ?? plainSeal(origin) };
    }
    return text === '' && seal === undefined ? undefined : { kind: 'text', text, seal };
  }
  const call = objectIn(part, 'functionCall');
  if (call !== undefined) {
    const name = wordIn(call, 'name');
    if (name === undefined) throw new AnswerError('found a function call without a name');
    const args = JSON.stringify(valueIn(call, 'args') ?? {});
    return { kind: 'tool-call', id: wordIn(call, 'id'), name, arguments: args, seal };
  }
  const [type] = Object.keys(isJsonObject(part) ? part : {});
  return type === undefined ? undefined : { kind: 'foreign', type };
}

/** Writes an answer of generateContent. */
export function writeReply(reply: Reply, as: Speaker): string {
  const candidates = reply.choices.map(({ blocks, stop, logprobs = [] }, index) => {
    const parts = blocks.flatMap((block) => writePart(block, as));
    const citations = blocks.flatMap((block) =>
      block.kind === 'text' ? (block.citations ?? []) : [],
    );
    const logprobsResult = writeLogprobs(logprobs);
    return { ...writeCandidate(parts, stop, index, citations), logprobsResult };
  });
  return JSON.stringify(writeAnswer(candidates, reply.usage, reply.id, as));
}

export function writeCandidate(
  parts: readonly object[],
  stop: Stop | undefined,
  index: number,
  citations: readonly Citation[] = [],
): object {
  const finishReason = stop === undefined ? {} : { finishReason: writeStop(stop) };
  const content = { role: 'model', parts };
  return { content, ...finishReason, index, ...writeCitations(citations) };
}

export function writeAnswer(
  candidates: readonly object[],
  usage: Usage | undefined,
  id: string | undefined,
  as: Speaker,
): object {
  const usageMetadata = usage === undefined ? undefined : writeUsage(usage);
  return { candidates, usageMetadata, modelVersion: as.model, responseId: id ?? as.id };
}

const signature = (seal: Seal | undefined): object =>
  seal === undefined ? {} : { thoughtSignature: envelope64(seal) };

export function writePart(block: ReplyBlock, as: Speaker): object[] {
  switch (block.kind) {
    case 'text':
      return [{ text: block.text, ...signature(block.seal) }];
    case 'refusal':
      return [{ text: block.text }];
    case 'reasoning':
      return [{ text: block.text, thought: true, ...signature(block.seal) }];
    case 'tool-call': {
      const args = inputOf(block.arguments);
      if (args === undefined) {
        as.losses.altered('answer', 'arguments that are no JSON object came as text in one');
      }
      const id = block.id === undefined ? {} : { id: block.id };
      const functionCall = {
        ...id,
        name: block.name,
        args: args ?? { invalid_json: block.arguments },
      };
      return [{ functionCall, ...signature(block.seal) }];
    }
    case 'foreign':
      as.losses.dropped('answer', `${block.type} has no form in this dialect`);
      return [];
  }
}
