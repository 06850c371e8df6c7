import { promptPaths } from '../documents/prompts.ts';
import type { Running } from '../running.ts';
import type { Handlers } from './asked.ts';

/** Prompts that are called like APIs, in the order of the configuration. */
export function promptHandlers(current: () => Running): Handlers {
  return {
    'GET /api/prompts': () => ({
      items: [...new Set(current().prompts.values())].map((prompt) => ({
        id: prompt.id,
        name: prompt.name,
        version: prompt.version,
        paths: [...prompt.paths],
        description: prompt.description ?? null,
        model: prompt.model,
        input: { ...prompt.input },
        output: prompt.output ?? null,
        formats: [...prompt.offered],
        guardrails: [...(prompt.guardrails ?? [])],
        openapi: promptPaths([prompt]),
      })),
    }),
  };
}
