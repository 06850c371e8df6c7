import type { Answer } from '../../toy/ask.ts';
import type { Random } from '../../toy/random.ts';
import type { OllamaRequest } from './request.ts';

/** What a whole answer and the lines of a stream are made of. */
export interface Told {
  readonly model: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly answer: Answer;
  readonly calls: readonly object[];
  /** What stands in the last line, and in a whole answer. */
  readonly closing: object;
}

export function respond(
  { ask, promptTokens }: OllamaRequest,
  answer: Answer,
  ids: Random,
  wall: number,
): Told {
  return {
    model: ask.model,
    createdAt: new Date(wall).toISOString(),
    answer,
    calls: answer.calls.map(({ name, arguments: given }, index) => ({
      id: ids.id('call_', 8).toLowerCase(),
      function: { index, name, arguments: given },
    })),
    closing: {
      done: true,
      // A call ends like everything else.
      done_reason: answer.end === 'length' ? 'length' : 'stop',
      ...durations(promptTokens, answer.outputTokens),
    },
  };
}

/** Nanoseconds, as a machine would take them that does a thousand tokens a second. */
function durations(prompt: number, output: number): object {
  const load = 3_494_667;
  const [promptTime, outputTime] = [prompt * 100_000, output * 1_000_000];
  return {
    total_duration: load + promptTime + outputTime,
    load_duration: load,
    prompt_eval_count: prompt,
    prompt_eval_duration: promptTime,
    eval_count: output,
    eval_duration: outputTime,
  };
}

/** `/api/chat`. */
export function chatBody({ model, createdAt, answer, calls, closing }: Told): string {
  const message = {
    role: 'assistant',
    content: answer.text,
    ...(answer.reasoning !== '' && { thinking: answer.reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return JSON.stringify({ model, created_at: createdAt, message, ...closing });
}

/** `/api/generate`. */
export function generateBody({ model, createdAt, answer, closing }: Told): string {
  return JSON.stringify({
    model,
    created_at: createdAt,
    response: answer.text,
    ...(answer.reasoning !== '' && { thinking: answer.reasoning }),
    ...closing,
    context: [],
  });
}
