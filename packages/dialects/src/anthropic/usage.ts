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
    output: count(usage, 'output_tokens'),
    reasoning: count(field(usage, 'output_tokens_details'), 'thinking_tokens'),
  };
}

/**
 * A stream tells its usage twice: in `message_start` and, cumulatively, in `message_delta`, where
 * fields may be missing. The later word wins field by field; nothing is added up.
 */
export function mergeUsage(earlier: Usage, later: Usage): Usage {
  return {
    input: later.input ?? earlier.input,
    cached: later.cached ?? earlier.cached,
    output: later.output ?? earlier.output,
    reasoning: later.reasoning ?? earlier.reasoning,
  };
}
