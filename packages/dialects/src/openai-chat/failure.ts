import type { ToldFailure } from '../failure.ts';

/** OpenAI's word for a kind of failure (API reference, "Error codes"). */
function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  if (status >= 500) return 'server_error';
  return 'invalid_request_error';
}

const errorObject = (failure: ToldFailure) => ({
  error: {
    message: failure.message,
    type: typeOf(failure.status),
    param: null,
    code: failure.code,
  },
});

/** Body of an HTTP error answer. */
export function writeFailure(failure: ToldFailure): string {
  return JSON.stringify(errorObject(failure));
}

/**
 * A failure after the answer has begun: one error chunk, and no `[DONE]`, which would say that the
 * stream was whole.
 */
export function writeStreamFailure(failure: ToldFailure): string {
  return `data: ${JSON.stringify(errorObject(failure))}\n\n`;
}
