import { formats } from '@vitalgate/formats';
import type { Prompt } from '../prompts/prompt.ts';
import { refusals, type Json } from './json.ts';

/** Each path of each prompt. */
export function promptPaths(prompts: readonly Prompt[]): Record<string, Json> {
  return Object.fromEntries(
    prompts.flatMap((prompt) =>
      prompt.paths.map((path, i) => [path, { post: operationOf(prompt, i) }] as const),
    ),
  );
}

function operationOf(prompt: Prompt, nth: number): Json {
  const { id, description, input, output, offered } = prompt;
  const contentOf = (schema: unknown): Json =>
    Object.fromEntries(offered.map((name) => [formats[name].mediaTypes[0], { schema }]));
  return {
    tags: ['prompts'],
    operationId: `prompt.${id.replace(/[^\w.-]/g, '_')}${nth === 0 ? '' : `.${nth + 1}`}`,
    summary: id,
    ...(description !== undefined && { description }),
    requestBody: {
      required: (input['required'] as readonly string[]).length > 0,
      content: contentOf(input),
    },
    responses: {
      '200': {
        description: 'What the prompt answers.',
        content: contentOf(
          output ?? {
            type: 'object',
            required: ['text'],
            properties: { text: { type: 'string' } },
          },
        ),
      },
      ...refusals,
    },
  };
}
