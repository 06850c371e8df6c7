import { wires, type ProviderDialect } from '@vitalgate/dialects';
import type { Credential } from './credentials.ts';
import type { Provider } from './provider.ts';

/** Headers of a request of our own: what the vendor demands, and who we are. */
export function sendHeaders(
  provider: Provider,
  dialect: ProviderDialect,
  credential: Credential,
): string[] {
  const headers = ['accept-encoding', 'identity'];
  for (const pair of Object.entries(wires[dialect].demanded)) headers.push(...pair);
  headers.push(...provider.credentialHeaders(dialect, credential));
  return headers;
}
