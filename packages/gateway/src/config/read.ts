import type { Config } from '@vitalgate/contract';
import { defaultConfig, defaultConfigText } from './default.ts';
import type { Environment } from './interpolate.ts';
import { loadConfig, readConfigFile } from './load.ts';

/** The configuration in a file, or the embedded default where there is none. */
export function readConfiguration(
  file: string | undefined,
  environment: Environment,
): Promise<Config> {
  return file === undefined
    ? Promise.resolve().then(() => defaultConfig(environment))
    : loadConfig(file, environment);
}

/** The text of a configuration file, or of the embedded default. */
export const readText = (file: string | undefined): Promise<string> =>
  file === undefined ? Promise.resolve(defaultConfigText) : readConfigFile(file);
