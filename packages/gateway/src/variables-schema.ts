import type { FormatName } from '@vitalgate/formats';
import { compileSchema, type Check } from './json-schema.ts';

/** What a caller may give, by name, and in which formats. */
export interface Signature {
  readonly offered: readonly FormatName[];
  readonly checkInput: Check;
  /** The same where everything came as text. */
  readonly checkTexts: Check;
}

/** Variables as one schema, and what checks them. */
export interface Variables extends Pick<Signature, 'checkInput' | 'checkTexts'> {
  /** What has no `default` is required; nothing else is known. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** @throws {Error} for what is no schema, with the reason */
export function compileVariables(
  variables: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Variables {
  const required = Object.keys(variables).filter((name) => !('default' in (variables[name] ?? {})));
  const input = { type: 'object', properties: variables, required, additionalProperties: false };
  return { input, checkInput: compileSchema(input), checkTexts: compileSchema(input, true) };
}
