import type { Asked } from '../codec.ts';
import { isJsonObject } from '../fields.ts';
import type { Intent } from '../intent.ts';
import { readRequest } from './read-request.ts';

/**
 * Reads Chat Completions as Mistral's own clients ask for them (Mistral API reference,
 * "ChatCompletionRequest"): a few names of its own, and usage in a stream without a word about it.
 */
export function readMistralRequest(asked: Asked): Intent {
  const { body } = asked;
  const intent = readRequest(isJsonObject(body) ? { ...asked, body: renamed(body) } : asked);
  return { ...intent, form: 'mistral', showUsage: true };
}

function renamed({ random_seed: seed, tool_choice: choice, ...rest }: Record<string, unknown>) {
  return {
    ...rest,
    ...(seed === undefined ? {} : { seed }),
    ...(choice === undefined ? {} : { tool_choice: choice === 'any' ? 'required' : choice }),
  };
}
