import { Failure } from '@vitalgate/contract';
import { ENTRY, FREE_ENTRY, type Amounts } from '../access/limits/holds.ts';
import { contains, permits } from '../access/networks.ts';
import type { Running } from '../running.ts';
import type { Admission, Arrival, Identity } from './exchange.ts';
import { subjectOf } from './subject.ts';

/** Room on a disk is made by people. */
const LEDGER_RETRY_S = 10;

/** Stage 2: may it enter now? */
export function admit<I extends Arrival & Identity>(
  identified: I,
  running: Running,
): I & Admission {
  const { address, key } = identified;
  if (!permits(running.rules.gateway, address)) {
    throw new Failure('network_denied', `calls from ${address} are not allowed here`);
  }
  if (key?.expires !== undefined && running.clock.wall() >= key.expires) {
    throw new Failure('invalid_key', 'the key has expired; ask for another');
  }
  if (key?.ips !== undefined && !contains(key.ips, address)) {
    throw new Failure('network_denied', `this key may not be used from ${address}`);
  }
  if (running.lifecycle.isClosed) {
    throw new Failure('draining', 'this instance is shutting down; try again elsewhere', {
      retryAfter: 1,
    });
  }
  if (running.lifecycle.inFlight > running.lifecycle.capacity.calls) {
    throw new Failure('overloaded', 'this instance is full; wait and try again', { retryAfter: 1 });
  }
  if (running.headroom.isFull) {
    throw new Failure('overloaded', 'this instance has no memory left; wait and try again', {
      retryAfter: 1,
    });
  }
  if (running.journal.isFull) {
    throw new Failure('ledger_full', 'the disk takes no more records of calls; try again later', {
      retryAfter: LEDGER_RETRY_S,
    });
  }
  // What is used up refuses before a body is read; nothing is taken yet.
  identified.limits = running.limits.of(subjectOf(identified, undefined), key);
  const { clock, peers } = running;
  const at = { now: clock.now(), wall: clock.wall() };
  peers.gate.peek(identified.limits, entryOf(identified), at);
  return Object.assign(identified, { admitted: true as const });
}

/** Calling an API, listing and counting tokens spends none, and goes on when they are spent. */
const entryOf = ({ operation }: Arrival): Amounts => (FREE.has(operation) ? FREE_ENTRY : ENTRY);

const FREE: ReadonlySet<Arrival['operation']> = new Set([
  'api',
  'document',
  'models',
  'count-tokens',
]);
