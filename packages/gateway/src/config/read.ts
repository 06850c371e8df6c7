import type { Config } from '@vitalgate/contract';
import { defaultConfig } from './default.ts';
import type { Environment } from './interpolate.ts';
import { loadConfig } from './load.ts';

/** The configuration in a file, or the embedded default where there is none. */
export function readConfiguration(
  file: string | undefined,
  environment: Environment,
): Promise<Config> {
  return file === undefined
    ? Promise.resolve().then(() => defaultConfig(environment))
    : loadConfig(file, environment);
}
