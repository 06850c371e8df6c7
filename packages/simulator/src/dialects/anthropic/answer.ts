import type { Answer } from '../../toy/ask.ts';
import type { PromptMemory, PromptReader } from '../../toy/memory.ts';
import type { Random } from '../../toy/random.ts';
import { sign } from '../../toy/signature.ts';
import type { MessageRequest } from './request.ts';

/** One message, as a whole (`Message`) and as the source of its stream. */
export interface Message {
  readonly id: string;
  readonly model: string;
  readonly blocks: readonly Block[];
  readonly stopReason: string;
  readonly stopSequence: string | undefined;
  readonly usage: InputUsage & OutputUsage;
}

export type Block =
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'text'; readonly text: string; readonly citations: null }
  | {
      readonly type: 'tool_use';
      readonly id: string;
      readonly name: string;
      readonly input: unknown;
      readonly caller: { readonly type: 'direct' };
    };

interface InputUsage {
  /** Without what was read from or written to the cache. */
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
}

interface OutputUsage {
  readonly output_tokens: number;
  readonly output_tokens_details: { readonly thinking_tokens: number };
  readonly server_tool_use: null;
}

export function messageOf(
  request: MessageRequest,
  answer: Answer,
  ids: Random,
  memory: PromptMemory,
): Message {
  return {
    id: ids.id('msg_01', 22),
    model: request.ask.model,
    blocks: blocksOf(request, answer, ids),
    stopReason: stopReasons[answer.end],
    stopSequence: answer.stopSequence,
    usage: {
      ...inputUsage(request.prompt, memory),
      output_tokens: answer.outputTokens,
      output_tokens_details: { thinking_tokens: answer.reasoningTokens },
      server_tool_use: null,
    },
  };
}

export function messageBody(message: Message): string {
  return JSON.stringify({
    ...envelope(message),
    content: message.blocks,
    stop_reason: message.stopReason,
    stop_sequence: message.stopSequence ?? null,
    usage: { ...message.usage, ...served(message) },
  });
}

/** A message before it has said anything. */
export const envelope = (message: Message): Readonly<Record<string, unknown>> => ({
  id: message.id,
  type: 'message',
  role: 'assistant',
  model: message.model,
  content: [],
  container: null,
  diagnostics: null,
  stop_reason: null,
  stop_sequence: null,
  stop_details: null,
});

/** What `usage` tells of how the message was served, at its start and in a whole answer. */
export const served = ({ usage }: Message): Readonly<Record<string, unknown>> => ({
  cache_creation: {
    ephemeral_5m_input_tokens: usage.cache_creation_input_tokens,
    ephemeral_1h_input_tokens: 0,
  },
  service_tier: 'standard',
  inference_geo: 'not_available',
  speed: null,
});

const stopReasons: Readonly<Record<Answer['end'], string>> = {
  finished: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
};

function blocksOf(request: MessageRequest, answer: Answer, ids: Random): readonly Block[] {
  const blocks: Block[] = [];
  if (answer.reasoning !== '') {
    const thinking = request.showsThinking ? answer.reasoning : '';
    blocks.push({ type: 'thinking', thinking, signature: sign(answer.reasoning) });
  }
  if (answer.text !== '') blocks.push({ type: 'text', text: answer.text, citations: null });
  for (const { name, arguments: input } of answer.calls) {
    const id = ids.id('toolu_01', 22);
    blocks.push({ type: 'tool_use', id, name, input, caller: { type: 'direct' } });
  }
  return blocks;
}

function inputUsage(prompt: PromptReader, memory: PromptMemory): InputUsage {
  const { fresh, read, written } = cachedIn(prompt, memory);
  return {
    input_tokens: fresh,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
  };
}

/**
 * https://docs.claude.com/en/docs/build-with-claude/prompt-caching: what lies before the last mark
 * is read from the cache as far as it was written before, and written for the rest.
 */
export function cachedIn(
  prompt: PromptReader,
  memory: PromptMemory,
): { readonly fresh: number; readonly read: number; readonly written: number } {
  const last = prompt.beginnings.findLastIndex((beginning) => beginning.keep);
  const markable = prompt.beginnings.slice(0, last + 1);
  const read = memory.recall(markable);
  const cached = markable.at(-1)?.tokens ?? 0;
  return { fresh: prompt.tokens - cached, read, written: cached - read };
}
