import type { Stop, StopReason } from '../reply.ts';

/** Why a model stopped, in OpenAI's words (API reference, "finish_reason"). */
const read: Readonly<Record<string, StopReason>> = {
  stop: 'end',
  length: 'length',
  model_length: 'context',
  tool_calls: 'tool-call',
  function_call: 'tool-call',
  content_filter: 'filtered',
};

/** A reason that is a failure (Mistral, OpenRouter): what was said before is not the answer. */
export const FAILED = 'error';

const written: Readonly<Record<StopReason, string>> = {
  end: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  context: 'length',
  'tool-call': 'tool_calls',
  filtered: 'content_filter',
  'bad-tool-call': 'stop',
  paused: 'stop',
  other: 'stop',
};

/** Forced to call a tool, models still say that they have ended; some say nothing at all. */
export function readStop(raw: string | undefined, hasCalls: boolean): Stop {
  const known = raw === undefined ? undefined : read[raw];
  const isSilent = known === undefined || known === 'end';
  return { reason: isSilent && hasCalls ? 'tool-call' : (known ?? 'other'), raw };
}

export const writeStop = ({ reason }: Stop): string => written[reason];
