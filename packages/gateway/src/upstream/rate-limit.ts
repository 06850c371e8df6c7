/** What a provider says is left of one of its limits. */
export interface RateLimit {
  /** `requests`, `tokens`, `input-tokens`, `output-tokens`. */
  readonly kind: string;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until it is full again; undefined when not said. */
  readonly resetMs: number | undefined;
}

/** Names of the fields of each limit: OpenAI's, then Anthropic's. Made once, read per answer. */
const FIELDS = ['requests', 'tokens', 'input-tokens', 'output-tokens'].flatMap((kind) => [
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

/**
 * Reads what an answer says of the provider's limits: OpenAI's `x-ratelimit-*-requests` and its like
 * (also Groq, Azure), Anthropic's `anthropic-ratelimit-*` (vendors' pages "Rate limits"). A limit of
 * zero or less means unknown there, and is left out.
 */
export function readRateLimits(
  header: (name: string) => string | undefined,
  wallNow: number,
): RateLimit[] {
  const limits: RateLimit[] = [];
  for (const { kind, limit, remaining, reset } of FIELDS) {
    const found = read(header(limit), header(remaining));
    if (found !== undefined)
      limits.push({ kind, ...found, resetMs: readReset(header(reset), wallNow) });
  }
  return limits;
}

function read(
  limitText: string | undefined,
  remainingText: string | undefined,
): { limit: number; remaining: number } | undefined {
  if (limitText === undefined || remainingText === undefined) return undefined;
  const limit = Number(limitText);
  const remaining = Number(remainingText);
  if (!(limit > 0) || !(remaining >= 0)) return undefined;
  return { limit, remaining };
}

const millisecondsPer: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A Go duration (`6m0s`, `120ms`), bare seconds, or a date (RFC 3339). */
export function readReset(text: string | undefined, wallNow: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
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
