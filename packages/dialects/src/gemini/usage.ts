import { count, field, unknownUsage, type Usage } from '../usage.ts';

/**
 * Reads `usageMetadata` (Gemini API reference, "UsageMetadata"). What is thought is counted beside
 * what is said, and prompts of tools beside the prompt.
 */
export function readUsage(answer: unknown): Usage {
  const usage = field(answer, 'usageMetadata');
  if (typeof usage !== 'object' || usage === null) return unknownUsage;
  const prompt = count(usage, 'promptTokenCount');
  const said = count(usage, 'candidatesTokenCount');
  const thought = count(usage, 'thoughtsTokenCount');
  return {
    input:
      prompt === undefined ? undefined : prompt + (count(usage, 'toolUsePromptTokenCount') ?? 0),
    cached: count(usage, 'cachedContentTokenCount'),
    cacheWritten: undefined,
    output: said === undefined && thought === undefined ? undefined : (said ?? 0) + (thought ?? 0),
    reasoning: thought,
  };
}

/** What nobody told is left out. */
export function writeUsage(usage: Usage): object | undefined {
  const { input, output, cached, reasoning } = usage;
  if (input === undefined && output === undefined) return undefined;
  return {
    promptTokenCount: input,
    candidatesTokenCount: output === undefined ? undefined : Math.max(0, output - (reasoning ?? 0)),
    totalTokenCount: input === undefined || output === undefined ? undefined : input + output,
    cachedContentTokenCount: cached,
    thoughtsTokenCount: reasoning,
  };
}
