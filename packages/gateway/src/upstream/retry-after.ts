/** Limits are refilled by the month at the latest; who asks for more means something else. */
export const MOST_WAIT_MS: number = 31 * 86_400_000;

const NUMERAL = /^\d+(?:\.\d+)?$/;

/**
 * The same where it is said in an error's body alone: Google's `RetryInfo` (google.rpc, error
 * details), and the sentence that Google and OpenAI end with.
 */
export function readRetryDelay(body: string): number | undefined {
  const told =
    /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(body)?.[1] ??
    /(?:retry|try again) in (\d+(?:\.\d+)?)s\b/i.exec(body)?.[1];
  return told === undefined ? undefined : Math.min(Number(told) * 1000, MOST_WAIT_MS);
}

/**
 * How long a provider asks to be left alone, in milliseconds: `retry-after-ms` (OpenAI and Azure),
 * else `retry-after` in seconds or as a date (RFC 9110, section 10.2.3). Undefined when it does not
 * say, or says nonsense.
 */
export function readRetryAfter(
  header: (name: string) => string | undefined,
  wallNow: number,
): number | undefined {
  const precise = header('retry-after-ms')?.trim() ?? '';
  if (NUMERAL.test(precise)) return Math.min(Number(precise), MOST_WAIT_MS);
  const text = header('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (NUMERAL.test(text)) return Math.min(Number(text) * 1000, MOST_WAIT_MS);
  // Date.parse takes nearly anything for a date: "-1" is a year to it.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - wallNow), MOST_WAIT_MS);
}
