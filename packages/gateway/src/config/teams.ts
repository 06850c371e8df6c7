import type { Config } from '@vitalgate/contract';
import { parse } from 'yaml';
import { newestConfiguration } from '../store/configurations.ts';
import type { Store } from '../store/database.ts';

/** Whether there is a team of this name, in the file or made in the console. */
export async function hasTeam({ teams }: Config, store: Store, name: string): Promise<boolean> {
  if (teams.some((team) => team.name === name)) return true;
  const { text } = await newestConfiguration(store);
  const made = (parse(text) as { teams?: readonly { readonly name?: unknown }[] } | null)?.teams;
  return made?.some((team) => team.name === name) ?? false;
}
