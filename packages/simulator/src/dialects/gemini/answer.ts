import type { JsonObject } from '../../json.ts';
import type { Answer } from '../../toy/ask.ts';
import type { PromptMemory } from '../../toy/memory.ts';
import type { Random } from '../../toy/random.ts';
import { sign } from '../../toy/signature.ts';
import type { ContentRequest } from './request.ts';
import { alwaysThinks } from './rules.ts';

/** What a whole answer and the chunks of a stream are made of: `GenerateContentResponse`. */
export interface Generated {
  /** Empty when the prompt was blocked. */
  readonly candidates: readonly Candidate[];
  readonly usage: Usage;
  readonly modelVersion: string;
  readonly responseId: string;
}

export interface Candidate {
  readonly parts: readonly Part[];
  readonly finishReason: string;
}

export interface Part {
  readonly text?: string;
  readonly thought?: true;
  readonly functionCall?: JsonObject;
  readonly thoughtSignature?: string;
}

export interface Usage {
  readonly promptTokenCount: number;
  /** Without the thoughts. */
  readonly candidatesTokenCount?: number;
  readonly totalTokenCount: number;
  readonly cachedContentTokenCount?: number;
  readonly promptTokensDetails: readonly JsonObject[];
  readonly thoughtsTokenCount?: number;
}

export function generated(
  request: ContentRequest,
  answers: readonly Answer[],
  ids: Random,
  memory: PromptMemory,
): Generated {
  const { model } = request.ask;
  return {
    candidates: answers.map((answer) => ({
      parts: partsOf(request, answer, ids),
      finishReason: answer.end === 'length' ? 'MAX_TOKENS' : 'STOP',
    })),
    usage: usageOf(request, answers, memory),
    modelVersion: model,
    responseId: ids.id('', 22),
  };
}

export function responseBody({ candidates, usage, modelVersion, responseId }: Generated): string {
  const told = candidates.map(({ parts, finishReason }, index) => ({
    content: { ...(parts.length > 0 && { parts }), role: 'model' },
    finishReason,
    index,
  }));
  return JSON.stringify({
    ...(told.length === 0 ? blocked : { candidates: told }),
    usageMetadata: usage,
    modelVersion,
    responseId,
  });
}

/** A prompt that is not answered has no candidate at all. */
export const blocked = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } };

/** The signature stands on the first call, else on the last text. */
function partsOf(request: ContentRequest, answer: Answer, ids: Random): readonly Part[] {
  const parts: Part[] = [];
  const isThought = answer.reasoning !== '';
  const signature = isThought ? { thoughtSignature: sign(answer.reasoning) } : {};
  if (isThought && request.showsThoughts) parts.push({ text: answer.reasoning, thought: true });
  if (answer.text !== '') {
    parts.push({ text: answer.text, ...(answer.calls.length === 0 && signature) });
  }
  for (const [index, { name, arguments: args }] of answer.calls.entries()) {
    // Older models name no id: two calls of one function differ by their order alone.
    const id = alwaysThinks(request.ask.model) ? { id: ids.id('', 8).toLowerCase() } : {};
    parts.push({ functionCall: { ...id, name, args }, ...(index === 0 && signature) });
  }
  return parts;
}

/** https://ai.google.dev/gemini-api/docs/caching: implicit caching starts at 1,024 tokens. */
const leastCached = 1024;

function usageOf(request: ContentRequest, answers: readonly Answer[], memory: PromptMemory): Usage {
  const { tokens, beginnings } = request.prompt;
  const known = memory.recall(beginnings);
  const thoughts = answers.reduce((sum, answer) => sum + answer.reasoningTokens, 0);
  const output = answers.reduce((sum, answer) => sum + answer.outputTokens, 0);
  return {
    promptTokenCount: tokens,
    ...(output > thoughts && { candidatesTokenCount: output - thoughts }),
    totalTokenCount: tokens + output,
    ...(known >= leastCached && { cachedContentTokenCount: known }),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: tokens }],
    ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
  };
}
