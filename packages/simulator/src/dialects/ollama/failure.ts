import type { OutgoingHttpHeaders } from 'node:http';
import type { Failure, FailureAnswer, Occasion, Reason } from '../dialect.ts';

/** Ollama's errors: `{error}`, with the words of its server and of its runner. */
const messages: Readonly<Record<number, string>> = {
  400: 'invalid request',
  401: 'unauthorized',
  403: 'this model requires a subscription, upgrade for access: https://ollama.com/upgrade',
  405: 'method not allowed',
  408: 'timed out waiting for llama runner to start',
  413: 'http: request body too large',
  429: 'too many requests',
  499: 'request cancelled',
  500: 'llama runner process has terminated: exit status 2',
  502: 'upstream error',
  503: 'server busy, please try again.  maximum pending requests exceeded',
};

export function failure(
  { status, message, retryAfter }: Failure,
  { model = 'unknown' }: Occasion,
): FailureAnswer {
  const usual =
    status === 404
      ? `model '${model}' not found`
      : (messages[status] ?? (status >= 500 ? messages[500] : messages[400]));
  return {
    status,
    headers: retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter)) },
    body: JSON.stringify({ error: message ?? usual }),
  };
}

/** A line with an error, and nothing after it. */
export const streamFailure: string = `${JSON.stringify({ error: 'an error was encountered while running the model: unexpected EOF' })}\n`;

/** A line that breaks off in the middle of its JSON. */
export const malformedFrame = '{"model":"simulated","created_at":"2026-01-01T00:00:00Z","mess\n';

export function turnedAway(reason: Reason): Failure {
  switch (reason) {
    case 'unknown-path':
      return { status: 404, message: '404 page not found' };
    case 'other-method':
      return { status: 405, message: '405 method not allowed' };
    case 'no-json':
      return { status: 400, message: 'unexpected EOF' };
    case 'too-large':
      return { status: 413 };
    case 'no-key':
    case 'wrong-key':
      return { status: 401 };
  }
}

export const headers = (): OutgoingHttpHeaders => ({});
