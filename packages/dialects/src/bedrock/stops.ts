import { textIn } from '../fields.ts';
import type { Stop, StopReason } from '../reply.ts';

/** Why a model stopped, in Bedrock's words (Amazon Bedrock API reference, "stopReason"). */
const read: Readonly<Record<string, StopReason>> = {
  end_turn: 'end',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'context',
  tool_use: 'tool-call',
  content_filtered: 'filtered',
  guardrail_intervened: 'filtered',
  malformed_tool_use: 'bad-tool-call',
  malformed_model_output: 'bad-tool-call',
};

const written: Readonly<Record<StopReason, string>> = {
  end: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  context: 'model_context_window_exceeded',
  'tool-call': 'tool_use',
  filtered: 'content_filtered',
  'bad-tool-call': 'malformed_tool_use',
  paused: 'end_turn',
  other: 'end_turn',
};

/** Which sequence was met, a model tells among the fields that are its own. */
export function readStop(raw: string | undefined, more: unknown): Stop {
  const reason = raw === undefined ? undefined : read[raw];
  return { reason: reason ?? 'other', raw, sequence: textIn(more, 'stop_sequence') };
}

export const writeStop = ({ reason }: Stop): string => written[reason];
