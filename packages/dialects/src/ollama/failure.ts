import type { ToldFailure } from '../failure.ts';

/** Body of an HTTP error answer (Ollama API, "Errors"); the code is ours and stands beside. */
export function writeFailure({ message, code }: ToldFailure): string {
  return JSON.stringify({ error: message, code });
}

/** A failure after the answer has begun: a line that tells it, and none that says `done`. */
export function writeStreamFailure(failure: ToldFailure): string {
  return `${writeFailure(failure)}\n`;
}
