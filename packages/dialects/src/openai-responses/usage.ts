import { count, field, unknownUsage, type Usage } from '../usage.ts';

/** Reads `usage` of a response (OpenAI API reference, "ResponseUsage"); input includes the cached. */
export function readUsage(response: unknown): Usage {
  const usage = field(response, 'usage');
  if (typeof usage !== 'object' || usage === null) return unknownUsage;
  return {
    input: count(usage, 'input_tokens'),
    cached: count(field(usage, 'input_tokens_details'), 'cached_tokens'),
    cacheWritten: count(field(usage, 'input_tokens_details'), 'cache_write_tokens'),
    output: count(usage, 'output_tokens'),
    reasoning: count(field(usage, 'output_tokens_details'), 'reasoning_tokens'),
  };
}

/** Null where the vendor told nothing: a total of unknown numbers would be a lie. */
export function writeUsage(usage: Usage): object | null {
  const { input, output, cached, cacheWritten, reasoning } = usage;
  if (input === undefined && output === undefined) return null;
  return {
    input_tokens: input ?? 0,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: cacheWritten },
    output_tokens: output ?? 0,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: (input ?? 0) + (output ?? 0),
  };
}
