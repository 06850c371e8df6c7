import type { Stop, StopReason } from '../reply.ts';

/** Why a model stopped, in Cohere's words (Cohere API reference, "finish_reason"). */
const read: Readonly<Record<string, StopReason>> = {
  COMPLETE: 'end',
  STOP_SEQUENCE: 'stop-sequence',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool-call',
};

export function readStop(raw: string | undefined): Stop {
  const reason = raw === undefined ? undefined : read[raw];
  return { reason: reason ?? 'other', raw };
}

/** Reasons that are failures: what was said before is not the answer. */
export const isFailure = (raw: string | undefined): boolean => raw === 'ERROR' || raw === 'TIMEOUT';
