import type { Fault } from '@vitalgate/health';

/** What became of one attempt, and what it says about whom. */
export interface Verdict {
  /** Whose failure it was; undefined when the attempt was answered well. */
  readonly fault: Fault | undefined;
  /** A short public code, e.g. `http_500` or `connect_refused`. */
  readonly reason: string;
  /** Whether another target might answer the same request. */
  readonly anotherCanHelp: boolean;
}

export const served: Verdict = { fault: undefined, reason: 'ok', anotherCanHelp: false };

const verdict = (fault: Fault, reason: string, anotherCanHelp: boolean): Verdict => ({
  fault,
  reason,
  anotherCanHelp,
});

/** The only place that says what an upstream's HTTP status means. */
export function classifyStatus(status: number): Verdict {
  const reason = `http_${status}`;
  // Nobody asked for a part (RFC 9110, section 15.3.7).
  if (status === 206) return verdict('provider', reason, true);
  if (status >= 200 && status < 300) return served;
  switch (status) {
    case 401:
    case 403:
      // The caller's key was checked at our own door, so this is about the provider's credential.
      return verdict('credential', reason, true);
    case 402:
    case 429:
      return verdict('quota', reason, true);
    case 404:
    case 410:
      return verdict('model', reason, true);
    // A path, a protocol or a host that the provider does not have: of those the caller chooses none.
    case 405:
    case 407:
    case 421:
    case 426:
    case 408:
    // Bedrock's ModelErrorException: the model, not the request.
    case 424:
    case 425:
    // A proxy of the provider's says that we left; we are still here.
    case 499:
      return verdict('provider', reason, true);
    // What is too large for one, or locked at one, need not be at the next.
    case 409:
    case 413:
    case 423:
      return verdict('client', reason, true);
    default:
      break;
  }
  if (status >= 400 && status < 500) return verdict('client', reason, false);
  // Redirects are never followed: the credential would go along (RFC 9110, section 15.4).
  return verdict('provider', reason, true);
}

/**
 * Refines the verdict about an error answer by what its body says. Vendors agree on status codes
 * only roughly: a used-up account, a wrong key and a prompt that is too long all come as 400 or 429.
 */
export function refine(verdict: Verdict, status: number, body: string): Verdict {
  if (status >= 500 || verdict.fault === undefined) return verdict;
  const found = tells.find(({ statuses, says }) => statuses.includes(status) && says.test(body));
  return found?.verdict ?? verdict;
}

/** A prompt that is too long for the model, in the words of its vendors and servers. */
const TOO_LONG = new RegExp(
  [
    'context_length_exceeded',
    'exceed_context_size',
    // Anthropic, Fireworks; Anthropic where the answer has no room either.
    'prompt is too long',
    'exceed context limit',
    // Mistral, DeepSeek, OpenRouter, vLLM; Ollama, SGLang.
    "(?:maximum|model's|the) context (?:length|window)",
    // xAI; TGI.
    'maximum prompt length',
    '`inputs` (?:must have less than|tokens)',
    // Gemini; Vertex; Bedrock; Cohere.
    'exceeds the maximum number of tokens',
    'input token count is',
    'input is too long for requested model',
    'too many (?:input )?tokens',
  ].join('|'),
  'i',
);

const tells: readonly { statuses: readonly number[]; says: RegExp; verdict: Verdict }[] = [
  {
    // OpenAI `insufficient_quota`; Anthropic "Your credit balance is too low".
    statuses: [400, 402, 403, 429],
    says: /insufficient_quota|credit balance is too low|billing_hard_limit_reached/,
    verdict: verdict('quota', 'insufficient_quota', true),
  },
  {
    // OpenAI `context_length_exceeded`; Anthropic "prompt is too long"; llama.cpp's own words.
    statuses: [400, 413, 422],
    says: TOO_LONG,
    verdict: verdict('client', 'context_length', true),
  },
  {
    // xAI answers a wrong key with 400, Gemini's compatible endpoint as well.
    statuses: [400],
    says: /incorrect api key|api key not valid|invalid_api_key/i,
    verdict: verdict('credential', 'http_400', true),
  },
  {
    // Groq counts tokens a minute by 413 as well, and has 498 for a tier without room.
    statuses: [413, 498],
    says: /rate_limit_exceeded|tokens per minute|capacity/i,
    verdict: verdict('quota', 'http_429', true),
  },
  {
    // OpenRouter's 403 is about the words of a request, where a model is moderated.
    statuses: [403],
    says: /moderation|flagged/i,
    verdict: verdict('client', 'moderated', false),
  },
  {
    // Servers that speak an older Chat Completions, of what asks for a stream's usage.
    statuses: [400, 422],
    says: /stream_options/,
    verdict: verdict('client', 'stream_options_refused', false),
  },
  {
    // Bedrock of most models.
    statuses: [400],
    says: /doesn't support counting tokens/,
    verdict: verdict('client', 'uncountable', true),
  },
  {
    // Of a conversation that Anthropic keeps for another account, or no more; its clients begin anew.
    statuses: [400, 404, 409],
    says: /"thread_(?:not_found|already_continued|continue_in_flight|unsupported_request)"/,
    verdict: verdict('client', 'thread_lost', false),
  },
  {
    statuses: [400],
    says: /model_not_found|"The model `[^`]*` does not exist/,
    verdict: verdict('model', 'http_400', true),
  },
];

/** Reasons by the error codes of Node's sockets, its resolver, its TLS and undici. */
const reasonOfCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect_refused',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  ETIMEDOUT: 'connect_timeout',
  ENOTFOUND: 'dns_not_found',
  EAI_AGAIN: 'dns_unavailable',
  EHOSTUNREACH: 'host_unreachable',
  ENETUNREACH: 'network_unreachable',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  UND_ERR_SOCKET: 'connection_closed',
  UND_ERR_HEADERS_OVERFLOW: 'malformed_answer',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'truncated_answer',
  ERR_FORBIDDEN_ADDRESS: 'address_forbidden',
  CERT_HAS_EXPIRED: 'tls_expired',
  CERT_NOT_YET_VALID: 'tls_expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls_wrong_name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'tls_untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls_untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_untrusted',
  EMFILE: 'out_of_files',
  ENFILE: 'out_of_files',
};

/** The only place that says what a failed connection or a broken answer means. */
export function classifyError(error: Error): Verdict {
  const code = codeOf(error);
  const reason = reasonOfCode[code] ?? reasonByFamily(code);
  if (reason === 'address_forbidden' || reason === 'out_of_files') {
    return verdict('gateway', reason, true);
  }
  const isProvider = reason === 'malformed_answer' || reason === 'truncated_answer';
  return verdict(isProvider ? 'provider' : 'network', reason, true);
}

function codeOf(error: Error & { code?: unknown }): string {
  if (typeof error.code === 'string') return error.code;
  // undici looks its code up by number in a table of names, and finds none.
  if (error.name === 'HTTPParserError') return 'HPE_UNKNOWN';
  // Happy Eyeballs reports one error per address (RFC 8305); the first speaks for all.
  if (error instanceof AggregateError && error.errors[0] instanceof Error)
    return codeOf(error.errors[0]);
  return '';
}

function reasonByFamily(code: string): string {
  if (code.startsWith('HPE_')) return 'malformed_answer';
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code)) return 'tls_error';
  return 'connection_failed';
}

type Breakage =
  | 'connect'
  | 'resolve'
  | 'timeout'
  | 'silent'
  | 'head'
  | 'idle'
  | 'deadline'
  | 'truncated'
  | 'empty'
  | 'tooLarge'
  | 'endless'
  | 'wrongType'
  | 'malformed'
  | 'inStream'
  | 'inAnswer'
  | 'slowReader'
  | 'tokenRefused'
  | 'tokenUnavailable';

/** What the gateway's own deadlines and the look into a stream find. */
export const broken: Readonly<Record<Breakage, Verdict>> = {
  connect: verdict('network', 'connect_timeout', true),
  resolve: verdict('network', 'dns_timeout', true),
  timeout: verdict('provider', 'first_token_timeout', true),
  silent: verdict('provider', 'no_answer', true),
  head: verdict('provider', 'head_timeout', true),
  idle: verdict('provider', 'idle_timeout', true),
  deadline: verdict('provider', 'deadline_exceeded', false),
  truncated: verdict('provider', 'truncated_stream', true),
  empty: verdict('provider', 'empty_answer', true),
  tooLarge: verdict('provider', 'answer_too_large', true),
  endless: verdict('provider', 'endless_answer', false),
  wrongType: verdict('provider', 'wrong_content_type', true),
  malformed: verdict('provider', 'malformed_answer', true),
  slowReader: verdict('client', 'slow_reader', false),
  inStream: verdict('provider', 'error_in_stream', true),
  inAnswer: verdict('provider', 'error_in_answer', true),
  tokenRefused: verdict('credential', 'token_refused', true),
  tokenUnavailable: verdict('network', 'token_unavailable', true),
};

/** Whether time ran out, rather than something breaking. */
export function isTimeout({ reason }: Verdict): boolean {
  return reason.endsWith('_timeout') || reason === 'deadline_exceeded' || reason === 'http_504';
}
