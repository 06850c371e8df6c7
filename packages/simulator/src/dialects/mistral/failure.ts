import type { OutgoingHttpHeaders } from 'node:http';
import { isString } from '../../json.ts';
import type { Failure, FailureAnswer, Occasion, Reason } from '../dialect.ts';

/**
 * Mistral's errors: `{object: "error", message, type, param, code}`, as in public reports of what
 * the API answered. Its edge says some of them otherwise, `{detail}` or `{message, request_id}`.
 */
interface Row {
  readonly type: string;
  readonly code: string;
  readonly message: string;
}

const rows: Readonly<Record<number, Row>> = {
  400: { type: 'invalid_request_error', code: '3000', message: 'Invalid request' },
  403: { type: 'forbidden', code: '1200', message: 'Access to this resource is forbidden' },
  404: { type: 'invalid_model', code: '1500', message: 'Invalid model' },
  408: { type: 'timeout', code: '3008', message: 'Request timed out' },
  413: { type: 'invalid_request_error', code: '3051', message: 'Request too large' },
  422: { type: 'invalid_request_error', code: '3000', message: 'Unprocessable entity' },
  429: { type: 'rate_limited', code: '1300', message: 'Rate limit exceeded' },
  500: { type: 'internal_server_error', code: '3000', message: 'Service unavailable.' },
  503: { type: 'unreachable_backend', code: '3700', message: 'Service unavailable.' },
};

/** `code` is a type of Mistral's, or a type and its number with a stroke between them. */
export function failure(failure: Failure, occasion: Occasion): FailureAnswer {
  const { status, code, message, retryAfter } = failure;
  const row = rows[status] ?? (status >= 500 ? rows[500] : rows[400]);
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter)) };
  if (status === 401) {
    return { status, headers, body: JSON.stringify({ detail: message ?? 'Unauthorized' }) };
  }
  const [type = row?.type, number = row?.code] = isString(code) ? code.split('/') : [];
  const usual = status === 404 ? `Invalid model: ${occasion.model ?? 'unknown'}` : row?.message;
  const told = message?.startsWith('{') === true ? (JSON.parse(message) as unknown) : message;
  const body = { object: 'error', message: told ?? usual, type, param: null, code: number };
  return {
    status,
    headers: { ...(status === 429 && spent), ...headers },
    body: JSON.stringify({ ...body, raw_status_code: status }),
  };
}

export const streamFailure: string = `data: ${JSON.stringify({
  object: 'error',
  message: 'Service unavailable.',
  type: 'internal_server_error',
  param: null,
  code: '3000',
})}\n\n`;

/** A chunk that breaks off in the middle of its JSON. */
export const malformedFrame = 'data: {"id":"simulated","object":"chat.comple\n\n';

export function turnedAway(reason: Reason): Failure {
  switch (reason) {
    case 'unknown-path':
      return { status: 404, message: 'no Route matched with those values' };
    case 'other-method':
      return { status: 405, message: 'Method Not Allowed' };
    case 'no-json': {
      const detail = [{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error' }];
      return { status: 422, message: JSON.stringify({ detail }) };
    }
    case 'too-large':
      return { status: 413 };
    case 'no-key':
    case 'wrong-key':
      return { status: 401 };
  }
}

const limits = { requests: 360, tokens: 500_000 };

export const headers = ({ requestId }: Occasion): OutgoingHttpHeaders => ({
  'mistral-correlation-id': requestId,
  'x-kong-request-id': requestId,
  'x-ratelimit-limit-req-minute': String(limits.requests),
  'x-ratelimit-remaining-req-minute': String(limits.requests - 1),
  'x-ratelimit-limit-tokens-minute': String(limits.tokens),
  'x-ratelimit-remaining-tokens-minute': String(limits.tokens - 1000),
});

const spent: OutgoingHttpHeaders = { 'x-ratelimit-remaining-req-minute': '0' };
