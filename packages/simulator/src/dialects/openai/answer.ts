import type { PromptMemory } from '../../toy/memory.ts';
import type { Answer } from '../../toy/ask.ts';
import type { Random } from '../../toy/random.ts';
import type { Chat } from './request.ts';

/** Told in every answer beside the header, in the field vendors use for what served it. */
export const fingerprint = 'vitalgate-simulator';

/** What the answers to one request share. */
export interface Completion {
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly created: number;
  readonly model: string;
  readonly choices: readonly Choice[];
  readonly usage: Usage;
}

export interface Choice {
  readonly answer: Answer;
  readonly calls: readonly FunctionCall[];
}

interface FunctionCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number; readonly audio_tokens: 0 };
  readonly completion_tokens_details: {
    readonly reasoning_tokens: number;
    readonly audio_tokens: 0;
    readonly accepted_prediction_tokens: 0;
    readonly rejected_prediction_tokens: 0;
  };
}

export function complete(
  chat: Chat,
  answers: readonly Answer[],
  ids: Random,
  wall: number,
  memory: PromptMemory,
): Completion {
  return {
    id: ids.id('chatcmpl-', 29),
    created: Math.floor(wall / 1000),
    model: chat.ask.model,
    choices: answers.map((answer) => ({ answer, calls: functionCalls(answer, ids) })),
    usage: usageOf(chat, answers, memory),
  };
}

/** The body of a whole answer: `CreateChatCompletionResponse`. */
export function completionBody({ id, created, model, choices, usage }: Completion): string {
  return JSON.stringify({
    id,
    object: 'chat.completion',
    created,
    model,
    choices: choices.map(({ answer, calls }, index) => ({
      index,
      message: {
        role: 'assistant',
        content: calls.length > 0 ? null : answer.text,
        ...(calls.length > 0 && { tool_calls: calls }),
        refusal: null,
        annotations: [],
      },
      logprobs: null,
      finish_reason: finishReason(answer),
    })),
    usage,
    service_tier: 'default',
    system_fingerprint: fingerprint,
  });
}

const finishReasons: Readonly<Record<Answer['end'], string>> = {
  finished: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
};

export const finishReason = (answer: Answer): string => finishReasons[answer.end];

function functionCalls(answer: Answer, ids: Random): readonly FunctionCall[] {
  return answer.calls.map((call) => ({
    id: ids.id('call_', 24),
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
}

/** https://platform.openai.com/docs/guides/prompt-caching: from 1,024 tokens on, in steps of 128. */
const leastCached = 1024;
const cachedStep = 128;

export function usageOf(
  chat: Pick<Chat, 'prompt'>,
  answers: readonly Answer[],
  memory: PromptMemory,
): Usage {
  const prompt = chat.prompt.tokens;
  const known = memory.recall(chat.prompt.beginnings);
  const cached = known < leastCached ? 0 : Math.floor(known / cachedStep) * cachedStep;
  const sum = (pick: (answer: Answer) => number): number =>
    answers.reduce((total, answer) => total + pick(answer), 0);
  const completion = sum((answer) => answer.outputTokens);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: sum((answer) => answer.reasoningTokens),
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
