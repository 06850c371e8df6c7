import type { ToldFailure } from '../failure.ts';

/** Anthropic's word for a kind of failure (API reference, "Errors"). */
function typeOf(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 413:
      return 'request_too_large';
    case 429:
      return 'rate_limit_error';
    case 503:
      return 'overloaded_error';
    case 504:
      return 'timeout_error';
    default:
      return status >= 500 ? 'api_error' : 'invalid_request_error';
  }
}

// `code` is ours and stands beside the vendor's own words, which clients compare.
const errorObject = (failure: ToldFailure) => ({
  type: 'error',
  error: {
    type: typeOf(failure.status),
    message: failure.message,
    code: failure.code,
    ...(isAboutThread(failure) ? { details: NO_THREADS } : {}),
  },
  request_id: failure.requestId,
});

/** By this, Anthropic's clients know to send the whole conversation instead (message threads, beta). */
const NO_THREADS = { error_code: 'thread_unsupported_request', unsupported: ['thread'] };

const isAboutThread = ({ code, message }: ToldFailure): boolean =>
  code === 'unsupported_in_dialect' && /(?:^|: )thread: found /.test(message);

/** Body of an HTTP error answer. */
export function writeFailure(failure: ToldFailure): string {
  return JSON.stringify(errorObject(failure));
}

/** A failure after the answer has begun: an `error` event, and no `message_stop`. */
export function writeStreamFailure(failure: ToldFailure): string {
  return `event: error\ndata: ${JSON.stringify(errorObject(failure))}\n\n`;
}
