import { Failure } from '@vitalgate/contract';
import { callerAddress } from '../access/networks.ts';
import type { Running } from '../running.ts';
import type { Arrival, Identity } from './exchange.ts';

/** Stage 1: who is this, and from where? */
export function identify<A extends Arrival>(arrived: A, running: Running): A & Identity {
  const { credential, forwardedFor } = arrived.headers;
  const peer = arrived.request.socket.remoteAddress ?? '';
  const address = callerAddress(peer, forwardedFor, running.trustedProxies);
  if (address === undefined) {
    throw new Failure('invalid_request', 'found something that is no address in x-forwarded-for');
  }
  const key = credential === undefined ? undefined : running.keyring.find(credential);
  if (key === undefined && !running.config.access.anonymous) {
    throw credential === undefined
      ? new Failure(
          'missing_key',
          'found no key; send one as "Authorization: Bearer KEY" or "x-api-key: KEY"',
        )
      : new Failure('invalid_key', 'the key is not known here, or was revoked');
  }
  arrived.receipt.keyId = key?.id;
  arrived.receipt.team = key?.team;
  return Object.assign(arrived, { address, key });
}
