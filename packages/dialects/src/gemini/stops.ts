import type { Stop, StopReason } from '../reply.ts';

/** Why a model stopped, in Gemini's words (API reference, "FinishReason"). */
const read: Readonly<Record<string, StopReason>> = {
  STOP: 'end',
  MAX_TOKENS: 'length',
  SAFETY: 'filtered',
  RECITATION: 'filtered',
  LANGUAGE: 'filtered',
  BLOCKLIST: 'filtered',
  PROHIBITED_CONTENT: 'filtered',
  SPII: 'filtered',
  IMAGE_SAFETY: 'filtered',
  IMAGE_PROHIBITED_CONTENT: 'filtered',
  IMAGE_RECITATION: 'filtered',
  MODEL_ARMOR: 'filtered',
  MALFORMED_FUNCTION_CALL: 'bad-tool-call',
  UNEXPECTED_TOOL_CALL: 'bad-tool-call',
  TOO_MANY_TOOL_CALLS: 'bad-tool-call',
  MALFORMED_RESPONSE: 'bad-tool-call',
  CONTINUATION: 'paused',
};

const written: Readonly<Record<StopReason, string>> = {
  end: 'STOP',
  'stop-sequence': 'STOP',
  length: 'MAX_TOKENS',
  context: 'MAX_TOKENS',
  'tool-call': 'STOP',
  filtered: 'SAFETY',
  'bad-tool-call': 'MALFORMED_FUNCTION_CALL',
  paused: 'OTHER',
  other: 'OTHER',
};

/** Gemini says STOP after a call, too. */
export function readStop(raw: string | undefined, hasCalls: boolean): Stop {
  const reason = raw === undefined ? 'other' : (read[raw] ?? 'other');
  return { reason: reason === 'end' && hasCalls ? 'tool-call' : reason, raw };
}

export const writeStop = ({ reason }: Stop): string => written[reason];
