import { defaultConfig } from './default.ts';
import type { Environment } from './interpolate.ts';
import { loadConfig } from './load.ts';

/** Where the store of a configuration is, for tools that need nothing else of it. */
export async function storeUrl(
  file: string | undefined,
  environment: Environment,
): Promise<string> {
  const config =
    file === undefined ? defaultConfig(environment) : await loadConfig(file, environment);
  return config.store;
}
