import { count, field, unknownUsage, type Usage } from '../usage.ts';

/**
 * Reads the `usage` object of an answer or of a stream's end (Cohere API reference, "Usage"). What
 * was read and written is told under `tokens`; `billed_units` is another count.
 */
export function readUsage(answer: unknown): Usage {
  const usage = field(answer, 'usage');
  const tokens = field(usage, 'tokens');
  if (tokens === undefined) return unknownUsage;
  return {
    ...unknownUsage,
    input: count(tokens, 'input_tokens'),
    cached: count(usage, 'cached_tokens'),
    output: count(tokens, 'output_tokens'),
  };
}

/** Of embeddings only what is billed is told. */
export function readEmbeddingUsage(answer: unknown): Usage {
  const billed = field(field(answer, 'meta'), 'billed_units');
  return { ...unknownUsage, input: count(billed, 'input_tokens') };
}
