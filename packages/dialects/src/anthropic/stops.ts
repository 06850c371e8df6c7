import type { Stop, StopReason } from '../reply.ts';

/** Why a model stopped, in Anthropic's words (API reference, "stop_reason"). */
const read: Readonly<Record<string, StopReason>> = {
  end_turn: 'end',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'context',
  tool_use: 'tool-call',
  refusal: 'filtered',
  pause_turn: 'paused',
};

const written: Readonly<Record<StopReason, string>> = {
  end: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  context: 'model_context_window_exceeded',
  'tool-call': 'tool_use',
  filtered: 'refusal',
  'bad-tool-call': 'end_turn',
  paused: 'pause_turn',
  other: 'end_turn',
};

export function readStop(raw: string | undefined, sequence: string | undefined): Stop {
  const reason = raw === undefined ? undefined : read[raw];
  return { reason: reason ?? 'other', raw, sequence };
}

export const writeStop = ({ reason }: Stop): string => written[reason];
