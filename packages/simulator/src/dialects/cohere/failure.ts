import type { OutgoingHttpHeaders } from 'node:http';
import type { Failure, FailureAnswer, Occasion, Reason } from '../dialect.ts';

/** Cohere's errors: `{id, message}` (https://docs.cohere.com/v2/reference/errors). */
const messages: Readonly<Record<number, string>> = {
  400: 'invalid request',
  401: 'invalid api token',
  402: 'please add or update your payment method at https://dashboard.cohere.com/billing',
  403: 'your API key does not have permission to use this endpoint',
  404: 'model not found, make sure the correct model ID was used and that you have access to the model.',
  405: 'method not allowed',
  408: 'request timed out',
  413: 'request body too large',
  422: 'unprocessable entity',
  429: 'you have exceeded the rate limit of your key, please wait and try again later',
  498: 'too many tokens: the request is longer than the model takes',
  499: 'request cancelled',
  500: 'internal server error, this has been reported to our developers.',
  501: 'not implemented',
  503: 'service unavailable',
  504: 'gateway timeout',
};

export function failure(
  { status, message, retryAfter }: Failure,
  { requestId }: Occasion,
): FailureAnswer {
  const usual = messages[status] ?? (status >= 500 ? messages[500] : messages[400]);
  return {
    status,
    headers: {
      ...(status === 429 && { 'x-trial-endpoint-call-remaining': '0' }),
      ...(retryAfter !== undefined && { 'retry-after': String(Math.ceil(retryAfter)) }),
    },
    body: JSON.stringify({ id: requestId, message: message ?? usual }),
  };
}

/** A stream that fails ends with its reason, and with what went wrong beside it. */
export const streamFailure: string = `event: message-end\ndata: ${JSON.stringify({
  type: 'message-end',
  delta: { error: messages[500], finish_reason: 'ERROR' },
})}\n\n`;

/** An event whose data breaks off in the middle of its JSON. */
export const malformedFrame = 'event: content-delta\ndata: {"type":"content-delta","ind\n\n';

export function turnedAway(reason: Reason): Failure {
  switch (reason) {
    case 'unknown-path':
      return { status: 404, message: 'not found' };
    case 'other-method':
      return { status: 405 };
    case 'no-json':
      return { status: 400, message: 'invalid request: could not parse the request body as JSON' };
    case 'too-large':
      return { status: 413 };
    case 'no-key':
      return { status: 401, message: 'no api key supplied' };
    case 'wrong-key':
      return { status: 401 };
  }
}

export const headers = ({ requestId }: Occasion): OutgoingHttpHeaders => ({
  'x-debug-trace-id': requestId,
  'x-endpoint-monthly-call-limit': '1000',
  'x-trial-endpoint-call-limit': '20',
  'x-trial-endpoint-call-remaining': '19',
});
