import { Failure } from '@vitalgate/contract';
import { contains } from '../access/networks.ts';
import { mayCall } from '../prompts/understand.ts';
import type { Running } from '../running.ts';
import type { ApiArrived, Arrival, Identity, Understood } from './exchange.ts';

/** Exchanges that go on are looked at this often. */
export const LOOK_MS = 1000;

/** What stages may have added by now. */
type UnderWay = Arrival &
  Partial<Identity & Pick<ApiArrived, 'matched'> & Pick<Understood, 'scanned'>>;

/** Revoked means refused, also for what has begun and goes on for minutes or hours. */
export function recheck(exchange: UnderWay, running: Running): void {
  const refusal = refusalOf(exchange, running);
  if (refusal !== undefined) end(exchange, refusal);
}

/** Ends it, and says why. What is concluded has been told whole, and waits for a provider that does not hang up. */
export function end({ served, receipt }: Arrival, why: Failure): void {
  if (receipt.outcome === undefined) served?.refuse(why);
}

/** Why an exchange that was let in would not be let in by now; undefined where it would. */
function refusalOf(
  { key, address = '', matched, scanned, prompt }: UnderWay,
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
  if (matched !== undefined && known.apis?.has(matched.api.name) === false) {
    return new Failure('api_denied', 'this key may not use this API any more');
  }
  if (prompt !== undefined) {
    if (mayCall(known, prompt)) return undefined;
    return new Failure('api_denied', 'this key may not call this prompt any more');
  }
  if (scanned?.model !== undefined && known.models?.has(scanned.model) === false) {
    return new Failure('model_denied', 'this key may not use this model any more');
  }
  return undefined;
}
