import { count, field, unknownUsage, type Usage } from '../usage.ts';

/**
 * Reads the `usage` object of a chat completion, a completion, an embedding list or a final chunk
 * (OpenAI API reference, "CompletionUsage"). `prompt_tokens` includes the cached ones.
 */
export function readUsage(answer: unknown): Usage {
  // Groq reports a stream's usage under x_groq (console.groq.com/docs/api-reference).
  const usage = field(answer, 'usage') ?? field(field(answer, 'x_groq'), 'usage');
  if (typeof usage !== 'object' || usage === null) return unknownUsage;
  const isEmbedding = count(usage, 'completion_tokens') === undefined;
  return {
    input: count(usage, 'prompt_tokens'),
    cached: count(field(usage, 'prompt_tokens_details'), 'cached_tokens'),
    output: isEmbedding ? undefined : count(usage, 'completion_tokens'),
    reasoning: count(field(usage, 'completion_tokens_details'), 'reasoning_tokens'),
  };
}
