import type { Environment } from '../config/interpolate.ts';
import { openStore } from './database.ts';
import { placeOf } from './place.ts';
import { SecretKeys } from './secret-keys.ts';
import { SecretStore } from './secrets.ts';

/**
 * Encrypts the secrets of a store anew, while gateways run on it or not.
 *
 * @throws {StartFailure} `secrets_unreadable`, and nothing is changed; `store_unavailable`
 */
export async function rotateSecrets(
  url: string,
  environment: Environment,
): Promise<{ rotated: number; kept: number }> {
  const store = await openStore(url);
  try {
    return await new SecretStore(store, new SecretKeys(environment, placeOf(url))).rotate();
  } finally {
    await store.close();
  }
}
