import { z } from 'zod';
import { cidr, known, name, owner } from './fields.ts';
import { limits } from './limits.ts';
import { mistakesOf, type ConfigMistake } from './mistakes.ts';

/** What a key that was not made in the file may do, in the notation of the file. */
const keySettings = known({
  owner: owner.optional(),
  team: name.optional(),
  models: z.array(z.string()).optional(),
  apis: z.array(z.string()).optional(),
  prompts: z.array(z.string()).optional(),
  ips: z.array(cidr).optional(),
  limits,
  /** Names of guardrails that hold for it, beside those for all. */
  guardrails: z.array(name).max(100).optional(),
});

export type KeySettings = z.output<typeof keySettings>;
export type KeySettingsText = z.input<typeof keySettings>;

/** Reads settings as values, or tells every mistake in them. */
export function readKeySettings(
  input: unknown,
): { settings: KeySettings } | { mistakes: ConfigMistake[] } {
  const result = keySettings.safeParse(input);
  if (result.success) return { settings: result.data };
  return { mistakes: mistakesOf(result.error) };
}
