import { MOST_WAIT_MS } from './retry-after.ts';

/** What a provider says is left of one of its limits. */
export interface RateLimit {
  /** `requests`, `tokens`, `input-tokens`, `output-tokens`, and a window behind it where one is named. */
  readonly kind: string;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until it is full again; undefined when not said. */
  readonly resetMs: number | undefined;
}

interface LimitFields {
  readonly kind: string;
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

/** Names of the fields of each limit: OpenAI's, then Anthropic's. Made once, read per answer. */
const FIELDS: readonly LimitFields[] = [
  'requests',
  'tokens',
  'input-tokens',
  'output-tokens',
].flatMap((kind) => [
  {
    kind,
    limit: `x-ratelimit-limit-${kind}`,
    remaining: `x-ratelimit-remaining-${kind}`,
    reset: `x-ratelimit-reset-${kind}`,
  },
  {
    kind,
    limit: `anthropic-ratelimit-${kind}-limit`,
    remaining: `anthropic-ratelimit-${kind}-remaining`,
    reset: `anthropic-ratelimit-${kind}-reset`,
  },
]);

/** Of those who say less. A window that is named says when it is over at the latest. */
const OTHERS: readonly LimitFields[] = [
  {
    kind: 'requests',
    limit: 'x-ratelimit-limit',
    remaining: 'x-ratelimit-remaining',
    reset: 'x-ratelimit-reset',
  },
  // Older drafts of the IETF's (draft-ietf-httpapi-ratelimit-headers-06).
  {
    kind: 'requests',
    limit: 'ratelimit-limit',
    remaining: 'ratelimit-remaining',
    reset: 'ratelimit-reset',
  },
  ...['req-10-second', 'req-minute', 'tokens-minute', 'tokens-month'].map((window) => ({
    kind: window.replace(/^req\b/, 'requests'),
    limit: `x-ratelimit-limit-${window}`,
    remaining: `x-ratelimit-remaining-${window}`,
    reset: '',
  })),
  {
    kind: 'requests',
    limit: 'x-trial-endpoint-call-limit',
    remaining: 'x-trial-endpoint-call-remaining',
    reset: '',
  },
];

/**
 * Reads what an answer says of the provider's limits: OpenAI's `x-ratelimit-*-requests` and its like
 * (also Groq, Azure), Anthropic's `anthropic-ratelimit-*`, and what Together, Mistral and Cohere have
 * in their place (vendors' pages "Rate limits"). A limit of zero or less means unknown there, and is
 * left out.
 */
export function readRateLimits(
  header: (name: string) => string | undefined,
  wallNow: number,
): RateLimit[] {
  const limits: RateLimit[] = [];
  for (const fields of FIELDS) add(limits, fields, header, wallNow);
  if (limits.length === 0) for (const fields of OTHERS) add(limits, fields, header, wallNow);
  return limits;
}

function add(
  limits: RateLimit[],
  { kind, limit, remaining, reset }: LimitFields,
  header: (name: string) => string | undefined,
  wallNow: number,
): void {
  const found = read(header(limit), header(remaining));
  if (found === undefined) return;
  const resetMs = readReset(header(reset), wallNow);
  limits.push({
    kind,
    ...found,
    resetMs: resetMs === undefined ? undefined : Math.min(resetMs, MOST_WAIT_MS),
  });
}

/** Of a limit that is used up, or as good as: large requests find no room in the rest. */
const USED_UP = 0.01;

/** Milliseconds until the limits that are used up are full again; undefined where none says so. */
export function untilRefilled(limits: readonly RateLimit[]): number | undefined {
  const waits = limits.flatMap(({ limit, remaining, resetMs }) =>
    remaining / limit < USED_UP && resetMs !== undefined ? [resetMs] : [],
  );
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/**
 * The same as items of `ratelimit-policy` and `ratelimit` (draft-ietf-httpapi-ratelimit-headers-10),
 * for callers of other dialects, who do not know the vendor's own fields.
 */
export function upstreamLimitFields(limits: readonly RateLimit[]): string[] {
  if (limits.length === 0) return [];
  const policies = limits.map(({ kind, limit }) => `"upstream-${kind}";q=${Math.floor(limit)}`);
  const states = limits.map(({ kind, remaining, resetMs }) => {
    const reset = resetMs === undefined ? '' : `;t=${Math.ceil(resetMs / 1000)}`;
    return `"upstream-${kind}";r=${Math.floor(remaining)}${reset}`;
  });
  return ['ratelimit-policy', policies.join(', '), 'ratelimit', states.join(', ')];
}

/** What an item of a field can say (RFC 9651, section 3.3.1). */
const MOST = 999_999_999_999_999;

function read(
  limitText: string | undefined,
  remainingText: string | undefined,
): { limit: number; remaining: number } | undefined {
  if (limitText === undefined || remainingText === undefined) return undefined;
  const limit = Number(limitText);
  const remaining = Number(remainingText);
  if (!(limit > 0 && limit <= MOST) || !(remaining >= 0)) return undefined;
  // Azure has been seen to have more left than there is.
  return { limit, remaining: Math.min(limit, remaining) };
}

const millisecondsPer: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A number of seconds larger than this is a date, and a larger one has milliseconds (OpenRouter). */
const EPOCH_SECONDS = 1e9;
const EPOCH_MS = 1e12;

function readNumber(number: number, wallNow: number): number {
  if (number < EPOCH_SECONDS) return number * 1000;
  return Math.max(0, (number < EPOCH_MS ? number * 1000 : number) - wallNow);
}

/** A Go duration (`6m0s`, `120ms`), bare seconds, or a date (RFC 3339, or since 1970). */
export function readReset(text: string | undefined, wallNow: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return readNumber(Number(text), wallNow);
  if (/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) {
    let ms = 0;
    for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
      ms += Number(number) * (millisecondsPer[unit ?? ''] ?? 0);
    }
    return ms;
  }
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallNow);
}
