import type { Answer } from '../../toy/ask.ts';
import type { PromptMemory } from '../../toy/memory.ts';
import type { Random } from '../../toy/random.ts';
import { sign } from '../../toy/signature.ts';
import { cachedIn } from '../anthropic/answer.ts';
import type { ConverseRequest } from './request.ts';

/** What a whole answer and the events of a stream are made of: `ConverseResponse`. */
export interface Told {
  readonly blocks: readonly Block[];
  readonly stopReason: string;
  readonly usage: object;
  readonly tokens: number;
}

export type Block =
  | {
      readonly reasoningContent: {
        readonly reasoningText: { readonly text: string; readonly signature: string };
      };
    }
  | { readonly text: string }
  | {
      readonly toolUse: {
        readonly toolUseId: string;
        readonly name: string;
        readonly input: unknown;
      };
    };

export function respond(
  { prompt }: ConverseRequest,
  answer: Answer,
  ids: Random,
  memory: PromptMemory,
): Told {
  const { fresh, read, written } = cachedIn(prompt, memory);
  return {
    blocks: blocksOf(answer, ids),
    stopReason: stopReasons[answer.end],
    usage: {
      cacheReadInputTokenCount: read,
      cacheReadInputTokens: read,
      cacheWriteInputTokenCount: written,
      cacheWriteInputTokens: written,
      inputTokens: fresh,
      outputTokens: answer.outputTokens,
      serverToolUsage: {},
      totalTokens: prompt.tokens + answer.outputTokens,
    },
    tokens: answer.outputTokens,
  };
}

const stopReasons: Readonly<Record<Answer['end'], string>> = {
  finished: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
};

function blocksOf(answer: Answer, ids: Random): readonly Block[] {
  const blocks: Block[] = [];
  const { reasoning, text, calls } = answer;
  if (reasoning !== '') {
    const reasoningText = { text: reasoning, signature: sign(reasoning) };
    blocks.push({ reasoningContent: { reasoningText } });
  }
  if (text !== '') blocks.push({ text });
  for (const { name, arguments: input } of calls) {
    blocks.push({ toolUse: { toolUseId: ids.id('tooluse_', 22), name, input } });
  }
  return blocks;
}

/** How long it took is not known before it is sent; what is told is a plain guess. */
export const metrics = ({ tokens }: Told): object => ({ latencyMs: 200 + 10 * tokens });

export function converseBody(told: Told): string {
  return JSON.stringify({
    metrics: metrics(told),
    output: { message: { content: told.blocks, role: 'assistant' } },
    stopReason: told.stopReason,
    usage: told.usage,
  });
}
