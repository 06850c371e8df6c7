import { count, field, unknownUsage, type Usage } from '../usage.ts';

/**
 * Reads the `usage` object of a chat completion, a completion, an embedding list or a final chunk
 * (OpenAI API reference, "CompletionUsage"). `prompt_tokens` includes the cached ones.
 */
export function readUsage(answer: unknown): Usage {
  // Groq reports a stream's usage under x_groq (console.groq.com/docs/api-reference).
  const usage = field(answer, 'usage') ?? field(field(answer, 'x_groq'), 'usage');
  if (typeof usage !== 'object' || usage === null) return unknownUsage;
  const said = count(usage, 'completion_tokens');
  const reasoning = count(field(usage, 'completion_tokens_details'), 'reasoning_tokens');
  return {
    input: count(usage, 'prompt_tokens'),
    // The second is Mistral's (Mistral API reference, "UsageInfo").
    cached:
      count(field(usage, 'prompt_tokens_details'), 'cached_tokens') ??
      count(usage, 'num_cached_tokens'),
    cacheWritten: count(field(usage, 'prompt_tokens_details'), 'cache_write_tokens'),
    // xAI counts reasoning beside what is said, where it can be more than all of it.
    output:
      said === undefined ? undefined : said + ((reasoning ?? 0) > said ? (reasoning ?? 0) : 0),
    reasoning,
  };
}

/** Undefined where the vendor told nothing: a total of unknown numbers would be a lie. */
export function writeUsage(usage: Usage): object | undefined {
  const { input, output, cached, cacheWritten, reasoning } = usage;
  if (input === undefined && output === undefined) return undefined;
  return {
    prompt_tokens: input ?? 0,
    completion_tokens: output ?? 0,
    total_tokens: (input ?? 0) + (output ?? 0),
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: cacheWritten },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}
