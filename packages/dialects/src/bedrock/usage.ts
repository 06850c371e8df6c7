import { count, field, findUsage, readJson, unknownUsage, type Usage } from '../usage.ts';

/**
 * Reads the `usage` object of an answer or of a stream's metadata (Amazon Bedrock API reference,
 * "TokenUsage"). `inputTokens` excludes what was read from or written to the cache.
 */
export function readUsage(answer: unknown): Usage {
  const usage = field(answer, 'usage');
  if (typeof usage !== 'object' || usage === null) return unknownUsage;
  const fresh = count(usage, 'inputTokens');
  const read = count(usage, 'cacheReadInputTokens');
  const written = count(usage, 'cacheWriteInputTokens');
  return {
    ...unknownUsage,
    input: fresh === undefined ? undefined : fresh + (read ?? 0) + (written ?? 0),
    cached: read,
    cacheWritten: written,
    output: count(usage, 'outputTokens'),
  };
}

/** Of a whole answer. Titan tells the tokens of a text that it embedded in a field of their own. */
export function findBilledUsage(body: Buffer): Usage {
  const name = 'inputTextTokenCount';
  if (!body.includes(`"${name}"`)) return readUsage(findUsage(body));
  return { ...unknownUsage, input: count(readJson(body.toString()), name) };
}

/** What nobody told is left out. */
export function writeUsage({ input, output, cached, cacheWritten }: Usage): object {
  const fresh = Math.max(0, (input ?? 0) - (cached ?? 0));
  const written = cacheWritten === undefined ? undefined : Math.min(cacheWritten, fresh);
  return {
    inputTokens: input === undefined ? undefined : fresh - (written ?? 0),
    outputTokens: output,
    totalTokens: input === undefined || output === undefined ? undefined : input + output,
    cacheReadInputTokens: cached,
    cacheWriteInputTokens: written,
  };
}
