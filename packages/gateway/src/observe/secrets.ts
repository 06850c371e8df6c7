import type { Config } from '@vitalgate/contract';
import { secretsOfChannel } from '../alerts/channels.ts';
import type { Environment } from '../config/interpolate.ts';
import { passwordsIn } from '../store/place.ts';

/** Everything the log must never show. */
export function secretsOf(config: Config, environment: Environment): string[] {
  const token = environment['VITALGATE_ADMIN_TOKEN'];
  return [
    ...(token === undefined ? [] : [token]),
    environment['VITALGATE_SECRET_KEY'] ?? '',
    ...(environment['VITALGATE_SECRET_KEY_PREVIOUS'] ?? '').split(/\s+/),
    ...passwordsIn(config.shared ?? ''),
    ...config.keys.map(({ secret }) => secret),
    ...config.providers.flatMap(({ credentials }) =>
      credentials.flatMap(({ value, aws }) => [value, aws?.sessionToken ?? '']),
    ),
    config.console.oidc?.clientSecret ?? '',
    ...config.alertChannels.flatMap(secretsOfChannel),
    ...passwordsIn(config.store),
  ];
}
