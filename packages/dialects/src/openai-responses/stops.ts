import { objectIn, wordIn } from '../fields.ts';
import type { Stop, StopReason } from '../reply.ts';

/** Why a response is not whole (OpenAI API reference, "incomplete_details"). */
const reasons: Readonly<Record<string, StopReason>> = {
  max_output_tokens: 'length',
  content_filter: 'filtered',
};

/** A response says that it is complete, and not what for: calls are seen in what it holds. */
export function readStop(response: unknown, hasCalls: boolean): Stop {
  const raw = wordIn(response, 'status') ?? 'completed';
  const why = wordIn(objectIn(response, 'incomplete_details'), 'reason');
  if (why !== undefined) return { reason: reasons[why] ?? 'other', raw: why };
  // DeepSeek says `complete`.
  if (!raw.startsWith('complete')) return { reason: 'other', raw };
  return { reason: hasCalls ? 'tool-call' : 'end', raw };
}

/** How a response ends that stopped for a reason. */
export function writeStop({ reason }: Stop): {
  readonly status: 'completed' | 'incomplete';
  readonly incomplete_details: { readonly reason: string } | null;
} {
  const why =
    reason === 'length' || reason === 'context'
      ? 'max_output_tokens'
      : reason === 'filtered'
        ? 'content_filter'
        : undefined;
  return why === undefined
    ? { status: 'completed', incomplete_details: null }
    : { status: 'incomplete', incomplete_details: { reason: why } };
}
