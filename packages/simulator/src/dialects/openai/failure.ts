import type { OutgoingHttpHeaders } from 'node:http';
import type { Failure, FailureAnswer, Occasion, Reason } from '../dialect.ts';

/**
 * OpenAI's errors: `{error: {message, type, param, code}}`. Bodies as in the error code guide
 * (https://platform.openai.com/docs/guides/error-codes) and in public reports of what the API
 * answered, those of its edge (502, 503, 504) included.
 */
interface Row {
  readonly type: string;
  readonly code?: string | number;
  readonly message: string | ((model: string, failure: Failure) => string);
}

const invalid = 'invalid_request_error';

const rows: Readonly<Record<number, Row>> = {
  400: { type: invalid, message: 'Invalid request.' },
  401: {
    type: invalid,
    code: 'invalid_api_key',
    message:
      'Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.',
  },
  403: {
    type: 'request_forbidden',
    code: 'unsupported_country_region_territory',
    message: 'Country, region, or territory not supported',
  },
  404: {
    type: invalid,
    code: 'model_not_found',
    message: (model) => `The model \`${model}\` does not exist or you do not have access to it.`,
  },
  405: { type: invalid, code: 'method_not_supported', message: 'Method not allowed.' },
  408: { type: 'timeout', message: 'Request timed out.' },
  413: { type: 'server_error', message: 'Maximum content size limit exceeded.' },
  422: { type: invalid, message: 'Unprocessable entity.' },
  429: {
    type: 'requests',
    code: 'rate_limit_exceeded',
    message: (model, { retryAfter = 0.006 }) =>
      `Rate limit reached for ${model} in organization org-simulated on requests per min (RPM): Limit ${limits.requests}, Used ${limits.requests}, Requested 1. Please try again in ${retryAfter}s. Visit https://platform.openai.com/account/rate-limits to learn more.`,
  },
  500: {
    type: 'server_error',
    message: 'The server had an error while processing your request. Sorry about that!',
  },
  502: { type: 'cf_bad_gateway', code: 502, message: 'Bad gateway.' },
  503: {
    type: 'server_error',
    message: 'That model is currently overloaded with other requests. You can retry your request.',
  },
  504: { type: 'cf_gateway_timeout', code: 504, message: 'Gateway timeout.' },
};

/** Other meanings of a status, chosen by their code. */
const meanings: ReadonlyMap<string, Row> = new Map(
  Object.entries({
    // A 429 that no waiting heals: the account is out of money.
    insufficient_quota: {
      type: 'insufficient_quota',
      message: 'You exceeded your current quota, please check your plan and billing details.',
    },
    context_length_exceeded: {
      type: invalid,
      message: 'Your input exceeds the context window of this model. Please adjust your input.',
    },
  }),
);

export function failure(failure: Failure, occasion: Occasion): FailureAnswer {
  const { status, code } = failure;
  const row = meanings.get(code ?? '') ?? rows[status] ?? (status >= 500 ? rows[500] : rows[400]);
  const model = occasion.model ?? 'unknown';
  const usual = typeof row?.message === 'function' ? row.message(model, failure) : row?.message;
  const error = {
    message: failure.message ?? usual,
    type: row?.type,
    param: failure.param ?? null,
    code: code === undefined ? (row?.code ?? null) : code,
  };
  return {
    status,
    headers: { ...(status === 429 && spent), ...retryAfter(failure.retryAfter) },
    body: JSON.stringify({ error }),
  };
}

export const streamFailure: string = `data: ${JSON.stringify({
  error: { message: rows[500]?.message, type: 'server_error', param: null, code: null },
})}\n\n`;

/** A chunk that breaks off in the middle of its JSON. */
export const malformedFrame = 'data: {"id":"chatcmpl-simulated","object":"chat.comple\n\n';

export function turnedAway(reason: Reason, method: string, path: string): Failure {
  switch (reason) {
    case 'unknown-path':
      return { status: 404, code: null, message: `Invalid URL (${method} ${path})` };
    case 'other-method':
      return { status: 405, message: `Not allowed to ${method} on ${path}.` };
    case 'no-json':
      return { status: 400, message: 'We could not parse the JSON body of your request.' };
    case 'too-large':
      return { status: 413 };
    case 'no-key':
      return { status: 401, code: null, message: "You didn't provide an API key." };
    case 'wrong-key':
      return { status: 401 };
  }
}

const limits = { requests: 10_000, tokens: 2_000_000 };

/** https://platform.openai.com/docs/guides/rate-limits: resets are durations such as `6m0s`. */
const unspent: OutgoingHttpHeaders = {
  'openai-version': '2020-10-01',
  'x-ratelimit-limit-requests': String(limits.requests),
  'x-ratelimit-limit-tokens': String(limits.tokens),
  'x-ratelimit-remaining-requests': String(limits.requests - 1),
  'x-ratelimit-remaining-tokens': String(limits.tokens - 1000),
  'x-ratelimit-reset-requests': '6ms',
  'x-ratelimit-reset-tokens': '30ms',
};

const spent: OutgoingHttpHeaders = { 'x-ratelimit-remaining-requests': '0' };

function retryAfter(seconds: number | undefined): OutgoingHttpHeaders {
  if (seconds === undefined) return {};
  return {
    'retry-after': String(Math.ceil(seconds)),
    'retry-after-ms': String(Math.round(seconds * 1000)),
    'x-ratelimit-reset-requests': `${seconds}s`,
  };
}

export function headers(occasion: Occasion): OutgoingHttpHeaders {
  return { ...unspent, 'openai-processing-ms': '1', 'x-request-id': occasion.requestId };
}
