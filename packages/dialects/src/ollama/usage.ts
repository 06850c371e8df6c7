import { count, unknownUsage, type Usage } from '../usage.ts';

/**
 * Reads the counts of a whole answer or of a stream's last line (Ollama API, `ChatResponse`).
 * `prompt_eval_count` is missing where the whole prompt was still in memory.
 */
export function readUsage(answer: unknown): Usage {
  const input = count(answer, 'prompt_eval_count');
  const output = count(answer, 'eval_count');
  return input === undefined && output === undefined
    ? unknownUsage
    : { ...unknownUsage, input, output };
}

/**
 * Finds the counts of a whole answer without parsing it: they stand at its end, and a name in
 * quotes cannot occur inside a JSON string, where its quotes would be escaped.
 */
export function findUsage(body: Buffer): Usage {
  const text = body.toString('latin1');
  const last = (name: string): number | undefined => {
    const told = [...text.matchAll(new RegExp(`"${name}"\\s*:\\s*(\\d+)`, 'g'))].at(-1)?.[1];
    return told === undefined ? undefined : Number(told);
  };
  return readUsage({
    prompt_eval_count: last('prompt_eval_count'),
    eval_count: last('eval_count'),
  });
}

/** What nobody told is left out; how long things took, in nanoseconds, only the vendor knows. */
export function writeUsage({ input, output }: Usage): object {
  return { prompt_eval_count: input, eval_count: output };
}
