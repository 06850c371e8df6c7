import type { JsonObject } from '../../json.ts';
import type { Answer } from '../../toy/ask.ts';
import type { PromptMemory } from '../../toy/memory.ts';
import type { Random } from '../../toy/random.ts';
import { sign } from '../../toy/signature.ts';
import { type Usage as ChatUsage, usageOf } from '../openai/answer.ts';
import type { ResponseRequest } from './request.ts';

/** One response, as a whole (`Response`) and as the source of its events. */
export interface Told {
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly created: number;
  readonly model: string;
  readonly echo: JsonObject;
  readonly output: readonly Item[];
  readonly status: 'completed' | 'incomplete';
  readonly usage: JsonObject;
}

export type Item = ReasoningItem | MessageItem | CallItem;

export interface ReasoningItem {
  readonly id: string;
  readonly type: 'reasoning';
  readonly summary: readonly { readonly type: 'summary_text'; readonly text: string }[];
  readonly encrypted_content?: string;
}

export interface MessageItem {
  readonly id: string;
  readonly type: 'message';
  readonly status: Told['status'] | 'in_progress';
  readonly content: readonly ContentPart[];
  readonly role: 'assistant';
}

export type ContentPart =
  | {
      readonly type: 'output_text';
      readonly annotations: readonly never[];
      readonly logprobs: readonly never[];
      readonly text: string;
    }
  | { readonly type: 'refusal'; readonly refusal: string };

export interface CallItem {
  readonly id: string;
  readonly type: 'function_call';
  readonly status: 'completed' | 'in_progress';
  readonly arguments: string;
  readonly call_id: string;
  readonly name: string;
}

export function respond(
  request: ResponseRequest,
  answer: Answer,
  isRefusal: boolean,
  ids: Random,
  wall: number,
  memory: PromptMemory,
): Told {
  return {
    id: ids.id('resp_', 48),
    created: Math.floor(wall / 1000),
    model: request.ask.model,
    echo: request.echo,
    output: itemsOf(request, answer, isRefusal, ids),
    status: statusOf(answer),
    usage: usageAs(usageOf(request, [answer], memory)),
  };
}

export const responseBody = (told: Told): string => JSON.stringify(responseOf(told));

export const responseOf = (told: Told): JsonObject => ({
  ...unsaid(told),
  status: told.status,
  ...(told.status === 'incomplete'
    ? { incomplete_details: { reason: 'max_output_tokens' } }
    : { completed_at: told.created }),
  output: told.output,
  usage: told.usage,
});

/** A response before it has said anything. */
export const unsaid = ({ id, created, model, echo }: Told): JsonObject => ({
  id,
  object: 'response',
  created_at: created,
  status: 'in_progress',
  completed_at: null,
  error: null,
  incomplete_details: null,
  model,
  output: [],
  usage: null,
  ...echo,
});

const statusOf = ({ end }: Answer): Told['status'] =>
  end === 'length' ? 'incomplete' : 'completed';

function itemsOf(
  request: ResponseRequest,
  answer: Answer,
  isRefusal: boolean,
  ids: Random,
): readonly Item[] {
  const items: Item[] = [];
  if (answer.reasoning !== '') {
    items.push({
      id: ids.id('rs_', 48),
      type: 'reasoning',
      summary: request.showsSummary ? [{ type: 'summary_text', text: answer.reasoning }] : [],
      ...(request.showsSealed && { encrypted_content: sign(answer.reasoning) }),
    });
  }
  if (answer.text !== '') {
    items.push({
      id: ids.id('msg_', 48),
      type: 'message',
      status: statusOf(answer),
      content: [isRefusal ? { type: 'refusal', refusal: answer.text } : spoken(answer.text)],
      role: 'assistant',
    });
  }
  for (const { name, arguments: input } of answer.calls) {
    items.push({
      id: ids.id('fc_', 48),
      type: 'function_call',
      status: 'completed',
      arguments: JSON.stringify(input),
      call_id: ids.id('call_', 24),
      name,
    });
  }
  return items;
}

const spoken = (text: string): ContentPart => ({
  type: 'output_text',
  annotations: [],
  logprobs: [],
  text,
});

const usageAs = (usage: ChatUsage): JsonObject => ({
  input_tokens: usage.prompt_tokens,
  input_tokens_details: { cached_tokens: usage.prompt_tokens_details.cached_tokens },
  output_tokens: usage.completion_tokens,
  output_tokens_details: { reasoning_tokens: usage.completion_tokens_details.reasoning_tokens },
  total_tokens: usage.total_tokens,
});
