import { StartFailure, type Config } from '@vitalgate/contract';
import { parseConfig } from './load.ts';

/**
 * What runs when nobody has configured anything: two toy providers behind one model, so that the
 * first call needs no account, and breaking one shows the other taking over.
 */
export const defaultConfigText = `version: 1
store: sqlite:\${VITALGATE_DATA:-./data}/vitalgate.db
listen:
  gateway: \${VITALGATE_GATEWAY:-127.0.0.1:8080}
  admin: \${VITALGATE_ADMIN:-127.0.0.1:8081}
  probes: \${VITALGATE_PROBES:-127.0.0.1:8082}
providers:
  - { name: simulator, dialect: simulator }
  - { name: standby, dialect: simulator }
models:
  - name: demo
    critical: true
    targets:
      - { provider: simulator, model: toy-1 }
      - { provider: standby, model: toy-1 }
`;

/** The embedded default, with addresses and folder from the environment where it names them. */
export function defaultConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const result = parseConfig(defaultConfigText, environment);
  if ('config' in result) return result.config;
  const problems = result.mistakes.map(({ message }) => message).join('\n');
  throw new StartFailure('invalid_config', `in the environment: ${problems}`);
}
