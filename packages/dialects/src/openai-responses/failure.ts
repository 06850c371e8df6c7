import type { ToldFailure } from '../failure.ts';
import { frame } from './response.ts';

/**
 * A failure after the answer has begun (OpenAI API reference, "Streaming events", `error`), with the
 * object that OpenAI's clients raise. A `response.failed` they hand on as one event more, which whoever
 * reads the text alone takes for the end; and it would have to repeat the id of a response that was
 * another's, for they refuse one that changes.
 */
export function writeStreamFailure({ code, message }: ToldFailure): string {
  const error = { type: 'server_error', code, message, param: null };
  return frame({ type: 'error', sequence_number: 0, code, message, param: null, error });
}
