import { StartFailure, type PromptConfig } from '@vitalgate/contract';
import { FormatError, Template, type FormatName, type ValueRecord } from '@vitalgate/formats';
import { compileSchema, type Check } from '../json-schema.ts';
import { compileVariables, type Variables } from '../variables-schema.ts';
import { routeOf } from '../server/routes.ts';

/** What stands before the name of a prompt where a path stands otherwise: in the ledger, in limits. */
export const OF_PROMPT = 'prompt:';

/** A prompt that is called like an API: one version of it. */
export interface Prompt
  extends Omit<PromptConfig, 'system' | 'prompt' | 'formats' | 'path'>, Variables {
  /** `name@version`, as answers tell it. */
  readonly id: string;
  readonly paths: readonly string[];
  readonly offered: readonly FormatName[];
  /** Undefined where the answer is whatever the model says. */
  readonly checkOutput: Check | undefined;
  readonly system: Template | undefined;
  readonly template: Template;
}

/**
 * By path.
 *
 * @throws {StartFailure} `invalid_config` for a schema or a template that is none
 */
export function buildPrompts(configured: readonly PromptConfig[]): Map<string, Prompt> {
  const byPath = new Map<string, Prompt>();
  for (const config of configured) {
    const prompt = buildPrompt(config);
    for (const path of prompt.paths) {
      if (routeOf('POST', path) !== undefined) {
        throw mistake(prompt.id, 'path', `found ${path}, which is a path of models`);
      }
      byPath.set(path, prompt);
    }
  }
  return byPath;
}

function buildPrompt(config: PromptConfig): Prompt {
  const { system, prompt, formats, path, ...rest } = config;
  const id = `${config.name}@${config.version}`;
  const attempt = <T>(field: string, make: () => T): T => {
    try {
      return make();
    } catch (error) {
      throw mistake(id, field, error instanceof Error ? error.message : String(error), error);
    }
  };
  const { variables, output } = config;
  const templateOf = (field: string, text: string) =>
    attempt(field, () => {
      const template = new Template(text);
      const unknown = [...template.names].find((name) => !Object.hasOwn(variables, name));
      if (unknown === undefined) return template;
      throw new FormatError('bad_template', `{{${unknown}}} is none of its variables`);
    });
  return {
    ...rest,
    id,
    paths: path,
    offered: formats,
    ...attempt('variables', () => compileVariables(variables)),
    checkOutput: output && attempt('output', () => compileSchema(output)),
    system: system === undefined ? undefined : templateOf('system', system),
    template: templateOf('prompt', prompt),
  };
}

const mistake = (id: string, field: string, why: string, cause?: unknown): StartFailure =>
  new StartFailure('invalid_config', `prompts ${id} ${field}: ${why}`, cause);

/** A request for a model, in OpenAI's words: every dialect can be reached from there. */
export function requestOf(prompt: Prompt, values: ValueRecord): Record<string, unknown> {
  const { system, template, output, model, temperature, maxTokens, name } = prompt;
  const demand =
    output === undefined
      ? []
      : [
          'Answer with one JSON document and nothing else: no explanation, no code fence. ' +
            `It has to be valid against this JSON Schema:\n${JSON.stringify(output)}`,
        ];
  const told = [...(system === undefined ? [] : [system.render(values)]), ...demand];
  return {
    model,
    messages: [
      ...(told.length === 0 ? [] : [{ role: 'system', content: told.join('\n\n') }]),
      { role: 'user', content: template.render(values) },
    ],
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(output !== undefined && {
      response_format: {
        type: 'json_schema',
        json_schema: { name: name.replace(/[^\w-]/g, '_').slice(0, 64), schema: output },
      },
    }),
  };
}
