import type { OutgoingHttpHeaders } from 'node:http';
import type { Failure, FailureAnswer, Occasion, Reason } from '../dialect.ts';
import { failure as openaiFailure } from '../openai/failure.ts';

/**
 * Azure's own errors, from the gateway before the models: `{error: {code, message}}`. What the
 * model's server refuses has OpenAI's form (Azure OpenAI REST API reference, "Error response").
 */
const rows: Readonly<Record<number, readonly [code: string, message: string]>> = {
  401: [
    '401',
    'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
  ],
  403: ['403', 'Access denied due to Virtual Network/Firewall rules.'],
  404: [
    'DeploymentNotFound',
    'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
  ],
  408: ['RequestTimeout', 'The operation was timeout.'],
  500: ['InternalServerError', 'Internal server error'],
  503: [
    'ServiceUnavailable',
    'The service is temporarily unable to process your request. Please try again later.',
  ],
};

export function failure(failure: Failure, occasion: Occasion): FailureAnswer {
  const { status, code, message, param, retryAfter } = failure;
  const isOfServer = status === 400 || status === 422 || param !== undefined;
  if (isOfServer) return openaiFailure(failure, occasion);
  const headers = retryAfter === undefined ? {} : waiting(retryAfter);
  const [usualCode, usual] =
    status === 429 ? exceeded(retryAfter) : (rows[status] ?? rows[500] ?? []);
  const error = { code: code ?? usualCode, message: message ?? usual };
  return {
    status,
    headers: { ...headers, ...(status === 429 && { 'x-ratelimit-remaining-requests': '0' }) },
    body: JSON.stringify({ error }),
  };
}

/** Told three times: in seconds, in milliseconds and in words. */
const waiting = (seconds: number): OutgoingHttpHeaders => ({
  'retry-after': String(Math.ceil(seconds)),
  'retry-after-ms': String(Math.ceil(1000 * seconds)),
});

const exceeded = (retryAfter = 60): readonly [string, string] => [
  '429',
  `Requests to the ChatCompletions_Create Operation under Azure OpenAI API have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after ${Math.ceil(retryAfter)} seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.`,
];

/** What Azure's filter says to a prompt that it does not let through. */
export const filtered: Failure = {
  status: 400,
  code: 'content_filter',
  param: 'prompt',
  message:
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
};

export function turnedAway(reason: Reason): Failure {
  switch (reason) {
    case 'unknown-path':
    case 'other-method':
      return { status: 404, code: '404', message: 'Resource not found' };
    case 'no-json':
      return { status: 400, message: 'We could not parse the JSON body of your request.' };
    case 'too-large':
      return { status: 413, code: '413', message: 'Request body too large' };
    case 'no-key':
    case 'wrong-key':
      return { status: 401 };
  }
}

export const headers = ({ requestId, model }: Occasion): OutgoingHttpHeaders => ({
  'apim-request-id': requestId,
  'x-request-id': requestId,
  'x-ms-region': 'Simulated',
  'x-ms-rai-invoked': 'true',
  ...(model !== undefined && { 'x-ms-deployment-name': model }),
  'x-ratelimit-limit-requests': '100',
  'x-ratelimit-limit-tokens': '100000',
  'x-ratelimit-remaining-requests': '99',
  'x-ratelimit-remaining-tokens': '99000',
});
