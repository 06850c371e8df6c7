import type { Answer } from '../../toy/ask.ts';
import type { PromptMemory } from '../../toy/memory.ts';
import type { Random } from '../../toy/random.ts';
import { finishReason, usageOf } from '../openai/answer.ts';
import type { Chat } from '../openai/request.ts';

/** What a whole answer and the chunks of a stream are made of: `ChatCompletionResponse`. */
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
  readonly calls: readonly Call[];
}

export interface Call {
  /** Nine letters and digits. */
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
  readonly index: number;
}

interface Usage {
  readonly prompt_tokens: number;
  readonly total_tokens: number;
  readonly completion_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
}

export function complete(
  chat: Chat,
  answers: readonly Answer[],
  ids: Random,
  wall: number,
  memory: PromptMemory,
): Completion {
  const usage = usageOf(chat, answers, memory);
  return {
    id: ids.hex(32),
    created: Math.floor(wall / 1000),
    model: chat.ask.model,
    choices: answers.map((answer) => ({
      answer,
      calls: answer.calls.map((call, index) => ({
        id: ids.id('', 9),
        function: { name: call.name, arguments: JSON.stringify(call.arguments) },
        index,
      })),
    })),
    usage: {
      prompt_tokens: usage.prompt_tokens,
      total_tokens: usage.total_tokens,
      completion_tokens: usage.completion_tokens,
      prompt_tokens_details: { cached_tokens: usage.prompt_tokens_details.cached_tokens },
    },
  };
}

export function completionBody({ id, created, model, choices, usage }: Completion): string {
  return JSON.stringify({
    id,
    created,
    model,
    usage,
    object: 'chat.completion',
    choices: choices.map(({ answer, calls }, index) => ({
      index,
      finish_reason: finishReason(answer),
      message: {
        role: 'assistant',
        tool_calls: calls.length > 0 ? calls : null,
        content: contentOf(answer),
      },
    })),
  });
}

/** A text alone is a string; with reasoning before it, it is a list of parts. */
function contentOf({ reasoning, text }: Answer): string | readonly object[] {
  if (reasoning === '') return text;
  return [thinking(reasoning), ...(text === '' ? [] : [{ type: 'text', text }])];
}

export const thinking = (text: string): object => ({
  type: 'thinking',
  thinking: [{ type: 'text', text }],
});
