import type { OutgoingHttpHeaders } from 'node:http';
import type { Failure, FailureAnswer, Occasion, Reason } from '../dialect.ts';

/**
 * Anthropic's errors: `{type: "error", error: {type, message}, request_id}`. Types by status as in
 * https://docs.claude.com/en/api/errors; what has no type of its own there takes the one of its
 * class (`invalid_request_error`, `api_error`).
 */
interface Row {
  readonly type: string;
  readonly message: string | ((model: string) => string);
}

const rows: Readonly<Record<number, Row>> = {
  400: { type: 'invalid_request_error', message: 'Invalid request' },
  401: { type: 'authentication_error', message: 'invalid x-api-key' },
  402: { type: 'billing_error', message: 'There is an issue with your billing or payment.' },
  403: {
    type: 'permission_error',
    message: 'Your API key does not have permission to use the specified resource.',
  },
  404: { type: 'not_found_error', message: (model) => `model: ${model}` },
  405: { type: 'invalid_request_error', message: 'Method Not Allowed' },
  408: { type: 'timeout_error', message: 'Request timed out' },
  409: { type: 'conflict_error', message: 'Conflict' },
  413: { type: 'request_too_large', message: 'Request exceeds the maximum size' },
  422: { type: 'invalid_request_error', message: 'Unprocessable entity' },
  429: {
    type: 'rate_limit_error',
    message: `This request would exceed your organization's rate limit of 4,000 requests per minute.`,
  },
  500: { type: 'api_error', message: 'Internal server error' },
  502: { type: 'api_error', message: 'Bad gateway' },
  503: { type: 'api_error', message: 'Service unavailable' },
  504: { type: 'timeout_error', message: 'Request timed out' },
  529: { type: 'overloaded_error', message: 'Overloaded' },
};

export function failure(failure: Failure, occasion: Occasion): FailureAnswer {
  const { status, code, message, retryAfter } = failure;
  const row = rows[status] ?? (status >= 500 ? rows[500] : rows[400]);
  const usual =
    typeof row?.message === 'function' ? row.message(occasion.model ?? 'unknown') : row?.message;
  return {
    status,
    headers: {
      ...(status === 429 && spent(occasion.wall, retryAfter)),
      ...(retryAfter !== undefined && { 'retry-after': String(Math.ceil(retryAfter)) }),
    },
    body: JSON.stringify({
      type: 'error',
      error: { type: code ?? row?.type, message: message ?? usual },
      request_id: occasion.requestId,
    }),
  };
}

/** https://docs.claude.com/en/docs/build-with-claude/streaming: an error event inside a 200. */
export const streamFailure: string = `event: error\ndata: ${JSON.stringify({
  type: 'error',
  error: { type: 'overloaded_error', message: 'Overloaded' },
})}\n\n`;

/** An event whose data breaks off in the middle of its JSON. */
export const malformedFrame =
  'event: content_block_delta\ndata: {"type":"content_block_delta","ind\n\n';

export function turnedAway(reason: Reason): Failure {
  switch (reason) {
    case 'unknown-path':
      return { status: 404, message: 'Not Found' };
    case 'other-method':
      return { status: 405 };
    case 'no-json':
      return { status: 400, message: 'The request body is not valid JSON' };
    case 'too-large':
      return { status: 413 };
    case 'no-key':
      return { status: 401, message: 'x-api-key header is required' };
    case 'wrong-key':
      return { status: 401 };
  }
}

const limits = { requests: 4000, inputTokens: 400_000, outputTokens: 80_000 };

/** https://docs.claude.com/en/api/rate-limits: resets are times in RFC 3339. */
const unspent: OutgoingHttpHeaders = {
  'anthropic-ratelimit-requests-limit': String(limits.requests),
  'anthropic-ratelimit-requests-remaining': String(limits.requests - 1),
  'anthropic-ratelimit-input-tokens-limit': String(limits.inputTokens),
  'anthropic-ratelimit-input-tokens-remaining': String(limits.inputTokens - 1000),
  'anthropic-ratelimit-output-tokens-limit': String(limits.outputTokens),
  'anthropic-ratelimit-output-tokens-remaining': String(limits.outputTokens - 1000),
  'anthropic-ratelimit-tokens-limit': String(limits.inputTokens + limits.outputTokens),
  'anthropic-ratelimit-tokens-remaining': String(limits.inputTokens + limits.outputTokens - 2000),
};

export function headers(occasion: Occasion): OutgoingHttpHeaders {
  const reset = timeOf(occasion.wall);
  return {
    ...unspent,
    'anthropic-ratelimit-requests-reset': reset,
    'anthropic-ratelimit-input-tokens-reset': reset,
    'anthropic-ratelimit-output-tokens-reset': reset,
    'anthropic-ratelimit-tokens-reset': reset,
    'request-id': occasion.requestId,
  };
}

/** Without a word on when to return, a minute: the window of Anthropic's limits. */
function spent(wall: number, retryAfter = 60): OutgoingHttpHeaders {
  return {
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': timeOf(wall + retryAfter * 1000),
  };
}

const timeOf = (wall: number): string =>
  new Date(Math.ceil(wall / 1000) * 1000).toISOString().replace('.000Z', 'Z');
