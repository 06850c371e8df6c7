import { count, field, unknownUsage, type Usage } from '../usage.ts';

/**
 * Reads the `usage` object of a message (Anthropic API reference, "Usage"). Anthropic's
 * `input_tokens` excludes what was read from or written to the cache, so all three are added.
 */
export function readUsage(message: unknown): Usage {
  const usage = field(message, 'usage');
  if (typeof usage !== 'object' || usage === null) return unknownUsage;
  const fresh = count(usage, 'input_tokens');
  const read = count(usage, 'cache_read_input_tokens');
  const written = count(usage, 'cache_creation_input_tokens');
  return {
    input: fresh === undefined ? undefined : fresh + (read ?? 0) + (written ?? 0),
    cached: read,
    cacheWritten: written,
    output: count(usage, 'output_tokens'),
    reasoning: count(field(usage, 'output_tokens_details'), 'thinking_tokens'),
  };
}

/** What nobody told is left out, but for the two fields that the vendor's clients demand. */
export function writeUsage(usage: Usage): object {
  const { input, output, cached, cacheWritten, reasoning } = usage;
  // Some count a token as read from the cache and written to it; the three have to add up.
  const fresh = Math.max(0, (input ?? 0) - (cached ?? 0));
  const written = cacheWritten === undefined ? undefined : Math.min(cacheWritten, fresh);
  return {
    input_tokens: fresh - (written ?? 0),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cached,
    output_tokens: output ?? 0,
    output_tokens_details: reasoning === undefined ? undefined : { thinking_tokens: reasoning },
  };
}
