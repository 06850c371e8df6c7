import type { Config } from '@vitalgate/contract';
import { secretsOfChannel } from '../alerts/channels.ts';
import type { Environment } from '../config/interpolate.ts';
import { isSecretHeader } from '../config/secret-places.ts';
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
    // Credentials for an upstream are given as fields that are set.
    ...config.apis.flatMap(({ headers }) =>
      Object.entries(headers.request.set).flatMap(([name, value]) =>
        isSecretHeader(name) && value.length >= 8 ? [value, value.replace(/^\w+ +/, '')] : [],
      ),
    ),
    config.console.oidc?.clientSecret ?? '',
    ...config.guardrails.flatMap(({ detect }) =>
      detect.flatMap((one) =>
        typeof one === 'object' && 'webhook' in one ? [one.webhook.secret ?? ''] : [],
      ),
    ),
    ...config.alertChannels.flatMap(secretsOfChannel),
    ...passwordsIn(config.store),
  ];
}
