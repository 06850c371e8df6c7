/**
 * The same where it is said in an error's body alone: Google's `RetryInfo` (google.rpc, error
 * details), and the sentence that Google and OpenAI end with.
 */
export function readRetryDelay(body: string): number | undefined {
  const told =
    /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(body)?.[1] ??
    /(?:retry|try again) in (\d+(?:\.\d+)?)s\b/i.exec(body)?.[1];
  return told === undefined ? undefined : Number(told) * 1000;
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
  const precise = Number(header('retry-after-ms') ?? Number.NaN);
  if (precise >= 0) return precise;
  const text = header('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (seconds >= 0) return seconds * 1000;
  // Date.parse takes nearly anything for a date: "-1" is a year to it.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallNow);
}
