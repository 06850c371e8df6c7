import type { Socket } from 'node:net';
import { Failure } from '@vitalgate/contract';
import type { Key, Keyring } from '../access/keys.ts';
import { callerAddress } from '../access/networks.ts';
import { isGuessable } from '../access/wrong-keys.ts';
import type { Running } from '../running.ts';
import type { Arrival, Identity } from './exchange.ts';

/** What a connection was last let in with. */
interface Known {
  readonly credential: string;
  readonly keyring: Keyring;
  readonly key: Key;
}

/** Callers keep their connections and their keys: hashing the same one each time would be waste. */
const knownHere = new WeakMap<Socket, Known>();

/** A keyring never changes, so what it said of a credential stands until there is another keyring. */
function keyOf(credential: string, socket: Socket, keyring: Keyring): Key | undefined {
  const known = knownHere.get(socket);
  if (known?.credential === credential && known.keyring === keyring) return known.key;
  const key = keyring.find(credential);
  if (key !== undefined) knownHere.set(socket, { credential, keyring, key });
  return key;
}

/** The store is asked again each second. */
const STORE_RETRY_S = 5;

/** Stage 1: who is this, and from where? */
export async function identify<A extends Arrival>(
  arrived: A,
  running: Running,
): Promise<A & Identity> {
  const { credential, forwardedFor } = arrived.headers;
  const peer = arrived.request.socket.remoteAddress ?? '';
  const address = callerAddress(peer, forwardedFor, running.trustedProxies);
  if (address === undefined) {
    throw new Failure('invalid_request', 'found something that is no address in x-forwarded-for');
  }
  const { tokenKeys, keyring } = running;
  const isToken = tokenKeys.mayBe(credential);
  const key = isToken
    ? await tokenKeys.find(credential)
    : credential === undefined
      ? undefined
      : keyOf(credential, arrived.request.socket, keyring);
  if (credential !== undefined && !isToken && isUncertain(key, running)) {
    throw new Failure('store_unavailable', 'the store of keys does not answer; try again', {
      retryAfter: STORE_RETRY_S,
    });
  }
  if (key === undefined && !running.config.access.anonymous) {
    if (credential === undefined) {
      throw new Failure(
        'missing_key',
        'found no key; send one as "Authorization: Bearer KEY" or "x-api-key: KEY"',
      );
    }
    await running.wrongKeys.count(address, running);
    throw new Failure('invalid_key', 'the key is not known here, or was revoked');
  }
  if (key !== undefined && credential !== undefined && isGuessable(credential)) {
    running.wrongKeys.admit(key, address, running);
  }
  arrived.receipt.keyId = key?.id;
  arrived.receipt.team = key?.team;
  arrived.receipt.owner = key?.owner;
  return Object.assign(arrived, { address, key });
}

/**
 * While the store does not answer, a key that is not known may have been made elsewhere, and one
 * that is known may have been revoked: it is believed for `storeGrace`.
 */
function isUncertain(
  key: Key | undefined,
  { storeWatch, clock, config }: Pick<Running, 'storeWatch' | 'clock' | 'config'>,
): boolean {
  if (storeWatch.problem === undefined || key?.source === 'file') return false;
  return key === undefined || storeWatch.silentMs(clock.now()) > config.storeGrace;
}
