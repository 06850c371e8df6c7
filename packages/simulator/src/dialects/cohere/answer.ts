import type { Answer } from '../../toy/ask.ts';
import type { PromptMemory } from '../../toy/memory.ts';
import type { Random } from '../../toy/random.ts';
import { type Chat } from '../openai/request.ts';

/** What a whole answer and the events of a stream are made of. */
export interface Told {
  readonly id: string;
  readonly answer: Answer;
  /** Empty where there are no calls: what is said before them is their plan. */
  readonly plan: string;
  readonly calls: readonly Call[];
  readonly finish: string;
  readonly usage: object;
}

export interface Call {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

export function respond(
  { ask, prompt }: Chat,
  answer: Answer,
  ids: Random,
  memory: PromptMemory,
): Told {
  const isCalling = answer.calls.length > 0;
  const input = prompt.tokens;
  return {
    id: ids.uuid(),
    answer: isCalling ? { ...answer, text: '' } : answer,
    plan: isCalling ? answer.text : '',
    calls: answer.calls.map(({ name, arguments: input }) => ({
      id: `${name}_${ids.id('', 12).toLowerCase()}`,
      type: 'function',
      function: { name, arguments: JSON.stringify(input) },
    })),
    finish: finishes[answer.end],
    usage: {
      billed_units: { input_tokens: input, output_tokens: answer.outputTokens },
      // What Cohere puts around a prompt counts, and is not billed.
      tokens: {
        input_tokens: input + overhead(ask.tools.length),
        output_tokens: answer.outputTokens,
      },
      cached_tokens: memory.recall(prompt.beginnings),
    },
  };
}

const overhead = (tools: number): number => (tools > 0 ? 900 : 62);

const finishes: Readonly<Record<Answer['end'], string>> = {
  finished: 'COMPLETE',
  'stop-sequence': 'STOP_SEQUENCE',
  length: 'MAX_TOKENS',
  'tool-calls': 'TOOL_CALL',
};

export function chatBody({ id, answer, plan, calls, finish, usage }: Told): string {
  const content = [
    ...(answer.reasoning === '' ? [] : [{ type: 'thinking', thinking: answer.reasoning }]),
    ...(answer.text === '' ? [] : [{ type: 'text', text: answer.text }]),
  ];
  const message = {
    role: 'assistant',
    ...(content.length > 0 && { content }),
    ...(plan !== '' && { tool_plan: plan }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return JSON.stringify({ id, message, finish_reason: finish, usage });
}
