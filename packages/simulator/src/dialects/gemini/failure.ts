import type { OutgoingHttpHeaders } from 'node:http';
import type { Failure, FailureAnswer, Occasion, Reason } from '../dialect.ts';

/**
 * Google's errors: `{error: {code, message, status, details}}` (AIP-193; google.rpc.Status), with
 * the statuses of https://ai.google.dev/gemini-api/docs/troubleshooting and of google.rpc.Code.
 */
interface Row {
  readonly status: string;
  readonly message: string | ((model: string, failure: Failure) => string);
}

const rows: Readonly<Record<number, Row>> = {
  400: { status: 'INVALID_ARGUMENT', message: 'Request contains an invalid argument.' },
  401: {
    status: 'UNAUTHENTICATED',
    message:
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  },
  403: { status: 'PERMISSION_DENIED', message: 'The caller does not have permission' },
  404: {
    status: 'NOT_FOUND',
    message: (model) =>
      `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ModelService.ListModels to see the list of available models and their supported methods.`,
  },
  408: {
    status: 'DEADLINE_EXCEEDED',
    message: 'Deadline expired before operation could complete.',
  },
  409: { status: 'ABORTED', message: 'The operation was aborted.' },
  413: {
    status: 'INVALID_ARGUMENT',
    message: 'Request payload size exceeds the limit: 20971520 bytes.',
  },
  429: {
    status: 'RESOURCE_EXHAUSTED',
    message: (model, { retryAfter }) =>
      `You exceeded your current quota, please check your plan and billing details.\n* Quota exceeded for metric: ${quotaMetric}, limit: ${quota}, model: ${model}${retryAfter === undefined ? '' : `\nPlease retry in ${retryAfter}s.`}`,
  },
  499: { status: 'CANCELLED', message: 'The operation was cancelled.' },
  500: { status: 'INTERNAL', message: 'An internal error has occurred. Please retry.' },
  501: { status: 'UNIMPLEMENTED', message: 'Operation is not implemented.' },
  503: {
    status: 'UNAVAILABLE',
    message: 'The model is overloaded. Please try again later.',
  },
  504: {
    status: 'DEADLINE_EXCEEDED',
    message: 'Deadline expired before operation could complete.',
  },
};

const quota = 1000;
const quotaMetric = 'generativelanguage.googleapis.com/generate_content_requests';
const apiKeyInvalid = 'API_KEY_INVALID';

export function failure(failure: Failure, occasion: Occasion): FailureAnswer {
  const { status, code, message } = failure;
  const row = rows[status] ?? (status >= 500 ? rows[500] : rows[400]);
  const model = occasion.model ?? 'unknown';
  const usual = typeof row?.message === 'function' ? row.message(model, failure) : row?.message;
  const details = detailsOf(failure, model);
  const error = {
    code: status,
    message: message ?? usual,
    status: code === undefined || code === null || code === apiKeyInvalid ? row?.status : code,
    ...(details.length > 0 && { details }),
  };
  return { status, headers: {}, body: JSON.stringify({ error }, undefined, 2) };
}

/** How long to wait stands in the details: there is no header for it. */
function detailsOf(failure: Failure, model: string): readonly object[] {
  const { status, code, message, param, retryAfter } = failure;
  const details: object[] = [];
  if (code === apiKeyInvalid) {
    const metadata = { service: 'generativelanguage.googleapis.com' };
    details.push({ ...detail('ErrorInfo'), reason: code, domain: 'googleapis.com', metadata });
  }
  if (typeof param === 'string') {
    const descriptions = (message ?? '').split('\n');
    const fieldViolations = param.split('\n').map((field, index) => ({
      ...(field !== '' && { field }),
      description: descriptions[index] ?? '',
    }));
    details.push({ ...detail('BadRequest'), fieldViolations });
  }
  if (status === 429) {
    const violation = {
      quotaMetric,
      quotaId: 'GenerateRequestsPerMinutePerProjectPerModel',
      quotaDimensions: { location: 'global', model },
      quotaValue: String(quota),
    };
    details.push({ ...detail('QuotaFailure'), violations: [violation] });
  }
  if (retryAfter !== undefined) {
    details.push({ ...detail('RetryInfo'), retryDelay: `${retryAfter}s` });
  }
  return details;
}

const detail = (type: string): object => ({ '@type': `type.googleapis.com/google.rpc.${type}` });

const overloaded = JSON.stringify({
  error: { code: 503, message: rows[503]?.message, status: 'UNAVAILABLE' },
});

/** An error where a chunk would be, as the vendor's own client expects it. */
export const streamFailure: string = `data: ${overloaded}\r\n\r\n`;

/** A chunk that breaks off in the middle of its JSON. */
export const malformedFrame = 'data: {"candidates": [{"content": {"par\r\n\r\n';

/** The same in the stream that is one JSON array: it is closed, and so can be read. */
export const arrayFailure = (sent: number): string =>
  sent === 0 ? `[${overloaded}]` : `,\r\n${overloaded}\r\n]`;

export const arrayMalformed = ',\r\n{"candidates": [{"content": {"par';

export function turnedAway(reason: Reason): Failure {
  switch (reason) {
    case 'unknown-path':
    case 'other-method':
      return { status: 404, message: 'Requested entity was not found.' };
    case 'no-json':
      return {
        status: 400,
        message: 'Invalid JSON payload received. Unexpected end of string. Expected a value.',
      };
    case 'too-large':
      return { status: 413 };
    case 'no-key':
      return {
        status: 403,
        message:
          "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
      };
    case 'wrong-key':
      return {
        status: 400,
        code: apiKeyInvalid,
        message: 'API key not valid. Please pass a valid API key.',
      };
  }
}

export const headers = (): OutgoingHttpHeaders => ({
  'server-timing': 'gfet4t7; dur=1',
  vary: 'Origin, X-Origin, Referer',
});
