import type { Stop, StopReason } from '../reply.ts';

/** Why a model stopped, in Ollama's words (Ollama API, `done_reason`). */
const read: Readonly<Record<string, StopReason>> = { stop: 'end', length: 'length' };

/** Ollama says `stop` also of a turn that calls tools; old versions say nothing at all. */
export function readStop(raw: string | undefined, hasCalls: boolean): Stop {
  const reason = raw === undefined ? 'end' : (read[raw] ?? 'other');
  return { reason: reason === 'end' && hasCalls ? 'tool-call' : reason, raw };
}

export const writeStop = ({ reason }: Stop): string =>
  reason === 'length' || reason === 'context' ? 'length' : 'stop';
