import { describe, expect, it } from 'vitest';
import { classifyStatus, refine } from './classify.ts';
import { readRateLimits, upstreamLimitFields } from './rate-limit.ts';
import { readRetryAfter, readRetryDelay } from './retry-after.ts';

/** What each vendor says of its limits and of what it refuses, as recorded or documented. */

const now = Date.UTC(2026, 0, 1);

interface Limits {
  readonly vendor: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly told: readonly [kind: string, limit: number, remaining: number, resetMs?: number][];
}

const limits: readonly Limits[] = [
  {
    vendor: 'OpenAI',
    headers: {
      'x-ratelimit-limit-requests': '30000',
      'x-ratelimit-remaining-requests': '29999',
      'x-ratelimit-reset-requests': '2ms',
      'x-ratelimit-limit-tokens': '150000000',
      'x-ratelimit-remaining-tokens': '149999974',
      'x-ratelimit-reset-tokens': '0s',
    },
    told: [
      ['requests', 30_000, 29_999, 2],
      ['tokens', 150_000_000, 149_999_974, 0],
    ],
  },
  {
    vendor: 'Groq',
    headers: {
      'x-ratelimit-limit-requests': '14400',
      'x-ratelimit-remaining-requests': '14399',
      'x-ratelimit-reset-requests': '6s',
      'x-ratelimit-limit-tokens': '6000',
      'x-ratelimit-remaining-tokens': '5987',
      'x-ratelimit-reset-tokens': '130ms',
    },
    told: [
      ['requests', 14_400, 14_399, 6000],
      ['tokens', 6000, 5987, 130],
    ],
  },
  {
    vendor: 'Azure, which has more left than there is',
    headers: {
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '119',
      'x-ratelimit-reset-requests': '500',
      'x-ratelimit-remaining-tokens': '119991',
    },
    told: [['requests', 100, 100, 500_000]],
  },
  {
    vendor: 'Anthropic',
    headers: {
      'anthropic-ratelimit-requests-limit': '4000',
      'anthropic-ratelimit-requests-remaining': '3999',
      'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:31Z',
      'anthropic-ratelimit-output-tokens-limit': '400000',
      'anthropic-ratelimit-output-tokens-remaining': '400000',
      'anthropic-ratelimit-output-tokens-reset': '2026-01-01T00:00:30Z',
      'retry-after': '31',
    },
    told: [
      ['requests', 4000, 3999, 31_000],
      ['output-tokens', 400_000, 400_000, 30_000],
    ],
  },
  {
    vendor: 'Mistral',
    headers: {
      'x-ratelimit-limit-req-10-second': '60',
      'x-ratelimit-remaining-req-10-second': '49',
      'x-ratelimit-limit-tokens-minute': '20000000',
      'x-ratelimit-remaining-tokens-minute': '19999980',
      'x-ratelimit-tokens-query-cost': '10',
    },
    told: [
      ['requests-10-second', 60, 49],
      ['tokens-minute', 20_000_000, 19_999_980],
    ],
  },
  {
    vendor: 'Together',
    headers: {
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '1',
    },
    told: [['requests', 2, 0, 1000]],
  },
  {
    vendor: 'Cohere',
    headers: {
      'x-trial-endpoint-call-limit': '40',
      'x-trial-endpoint-call-remaining': '39',
      'x-endpoint-monthly-call-limit': '1000',
    },
    told: [['requests', 40, 39]],
  },
  { vendor: 'Gemini, Bedrock and Ollama, which say nothing', headers: {}, told: [] },
];

describe('limits', () => {
  it.each(limits)('of $vendor', ({ headers, told }) => {
    const read = readRateLimits((name) => headers[name], now);
    expect(
      read.map(({ kind, limit, remaining, resetMs }) => [kind, limit, remaining, resetMs]),
    ).toEqual(told.map(([kind, limit, remaining, resetMs]) => [kind, limit, remaining, resetMs]));
  });

  it('are told to callers of other dialects in the fields they all know', () => {
    const [openai] = limits;
    const read = readRateLimits((name) => openai?.headers[name], now);
    expect(upstreamLimitFields(read)).toEqual([
      'ratelimit-policy',
      '"upstream-requests";q=30000, "upstream-tokens";q=150000000',
      'ratelimit',
      '"upstream-requests";r=29999;t=1, "upstream-tokens";r=149999974;t=0',
    ]);
    expect(upstreamLimitFields([])).toEqual([]);
  });
});

interface Refusal {
  readonly vendor: string;
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fault: string;
  readonly reason: string;
  /** Whether another target is asked. */
  readonly another: boolean;
  readonly waitMs?: number;
}

const openai = (code: string, message = ''): string => JSON.stringify({ error: { code, message } });

const refusals: readonly Refusal[] = [
  ...[529, 500, 503].map((status): Refusal => ({
    vendor: 'Anthropic, overloaded',
    status,
    body: '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    fault: 'provider',
    reason: `http_${status}`,
    another: true,
  })),
  {
    vendor: 'Anthropic, too many',
    status: 429,
    body: '{"type":"error","error":{"type":"rate_limit_error","message":"Rate limited"}}',
    headers: { 'retry-after': '17' },
    fault: 'quota',
    reason: 'http_429',
    another: true,
    waitMs: 17_000,
  },
  {
    vendor: 'Anthropic, no money',
    status: 400,
    body: '{"error":{"message":"Your credit balance is too low to access the API."}}',
    fault: 'quota',
    reason: 'insufficient_quota',
    another: true,
  },
  {
    vendor: 'OpenAI, too many tokens a minute',
    status: 429,
    body: openai(
      'rate_limit_exceeded',
      'Rate limit reached on tokens per min. Please try again in 1.574s.',
    ),
    headers: { 'retry-after-ms': '1574', 'retry-after': '2' },
    fault: 'quota',
    reason: 'http_429',
    another: true,
    waitMs: 1574,
  },
  {
    vendor: 'OpenAI, in words alone',
    status: 429,
    body: openai('rate_limit_exceeded', 'Please try again in 1.574s.'),
    fault: 'quota',
    reason: 'http_429',
    another: true,
    waitMs: 1574,
  },
  {
    vendor: 'OpenAI, no money, which waiting does not bring',
    status: 429,
    body: openai('insufficient_quota'),
    fault: 'quota',
    reason: 'insufficient_quota',
    another: true,
  },
  {
    vendor: 'OpenAI, a longer prompt than this model takes',
    status: 400,
    body: openai('context_length_exceeded'),
    fault: 'client',
    reason: 'context_length',
    another: true,
  },
  {
    vendor: 'Azure, no such deployment',
    status: 404,
    body: openai('DeploymentNotFound'),
    fault: 'model',
    reason: 'http_404',
    another: true,
  },
  {
    vendor: 'Groq, a request of more tokens than a minute has',
    status: 413,
    body: openai('rate_limit_exceeded', 'Request too large on tokens per minute (TPM)'),
    fault: 'quota',
    reason: 'http_429',
    another: true,
  },
  {
    vendor: 'Groq, a tier without room',
    status: 498,
    body: openai('capacity_exceeded', 'Flex tier capacity exceeded'),
    fault: 'quota',
    reason: 'http_429',
    another: true,
  },
  {
    vendor: 'Groq, a call that its model garbled',
    status: 400,
    body: openai('tool_use_failed'),
    fault: 'client',
    reason: 'http_400',
    another: false,
  },
  {
    vendor: 'Gemini, which tells the time in the body',
    status: 429,
    body: '{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"48.9s"}]}}',
    fault: 'quota',
    reason: 'http_429',
    another: true,
    waitMs: 48_900,
  },
  {
    vendor: 'Gemini’s compatible endpoint, a wrong key',
    status: 400,
    body: '[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key."}}]',
    fault: 'credential',
    reason: 'http_400',
    another: true,
  },
  {
    vendor: 'xAI, a wrong key',
    status: 400,
    body: '{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***"}',
    fault: 'credential',
    reason: 'http_400',
    another: true,
  },
  {
    vendor: 'Bedrock, too many',
    status: 429,
    body: '{"message":"Too many requests, please wait before trying again."}',
    headers: { 'x-amzn-errortype': 'ThrottlingException' },
    fault: 'quota',
    reason: 'http_429',
    another: true,
  },
  {
    vendor: 'Bedrock, whose model failed',
    status: 424,
    body: '{"message":"The request failed due to an error while processing the model."}',
    fault: 'provider',
    reason: 'http_424',
    another: true,
  },
  {
    vendor: 'DeepSeek, no money',
    status: 402,
    body: openai('invalid_request_error', 'Insufficient Balance'),
    fault: 'quota',
    reason: 'http_402',
    another: true,
  },
  {
    vendor: 'OpenRouter, words that were flagged',
    status: 403,
    body: openai('403', 'Input was flagged by the moderation of the provider'),
    fault: 'client',
    reason: 'moderated',
    another: false,
  },
  {
    vendor: 'Mistral, a field it does not know',
    status: 422,
    body: '{"detail":[{"loc":["body","top_k"],"msg":"Extra inputs are not permitted"}]}',
    fault: 'client',
    reason: 'http_422',
    another: false,
  },
  {
    vendor: 'Ollama, a model that is not here',
    status: 404,
    body: '{"error":"model \\"llama9\\" not found, try pulling it first"}',
    fault: 'model',
    reason: 'http_404',
    another: true,
  },
  {
    vendor: 'llama.cpp, while it loads',
    status: 503,
    body: '{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}',
    fault: 'provider',
    reason: 'http_503',
    another: true,
  },
  {
    vendor: 'llama.cpp, a longer prompt than it has room for',
    status: 400,
    body: '{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}',
    fault: 'client',
    reason: 'context_length',
    another: true,
  },
  ...[
    'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    'Unable to submit request because the input token count is 1200000 but model only supports up to 1048576.',
    'Input is too long for requested model.',
    'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000',
    'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292.',
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    'the input length exceeds the context length',
    "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
    'Prompt contains 40000 tokens, too large for model with 32768 maximum context length',
    'Your input exceeds the context window of this model. Please adjust your input and try again.',
    '`inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens',
  ].map((message) => ({
    vendor: `somebody, who says "${message.slice(0, 40)}…"`,
    status: 400,
    body: JSON.stringify({ error: { message } }),
    fault: 'client',
    reason: 'context_length',
    another: true,
  })),
];

describe('refusals', () => {
  it.each(refusals)('of $vendor ($status)', ({ status, body, headers = {}, ...told }) => {
    const verdict = refine(classifyStatus(status), status, body);
    const waitMs = readRetryAfter((name) => headers[name], now) ?? readRetryDelay(body);
    expect({
      fault: verdict.fault,
      reason: verdict.reason,
      another: verdict.anotherCanHelp,
      waitMs,
    }).toEqual({
      fault: told.fault,
      reason: told.reason,
      another: told.another,
      waitMs: told.waitMs,
    });
  });
});
