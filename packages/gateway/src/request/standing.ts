import { Failure } from '@vitalgate/contract';
import { contains } from '../access/networks.ts';
import type { Running } from '../running.ts';
import type { ApiAdmitted } from './exchange.ts';

/** Exchanges that go on are looked at this often. */
export const LOOK_MS = 1000;

/** Why an exchange that was let in would not be let in by now; undefined where it would. */
export function refusalOf(
  { key, address, matched }: ApiAdmitted,
  { keyring, clock }: Running,
): Failure | undefined {
  if (key === undefined) return undefined;
  // A token is what it was until it expires.
  const known = key.source === 'jwt' ? key : keyring.withDigest(key.digest);
  if (known?.id !== key.id) {
    return new Failure('invalid_key', 'the key was revoked');
  }
  if (known.expires !== undefined && clock.wall() >= known.expires) {
    return new Failure('invalid_key', 'the key has expired');
  }
  if (known.ips !== undefined && !contains(known.ips, address)) {
    return new Failure('network_denied', `this key may not be used from ${address} any more`);
  }
  if (known.apis?.has(matched.api.name) === false) {
    return new Failure('api_denied', 'this key may not use this API any more');
  }
  return undefined;
}
