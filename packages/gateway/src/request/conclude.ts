import type { Running } from '../running.ts';
import type { ApiArrived, Arrival, Attempted } from './exchange.ts';
import type { Outcome } from './ending.ts';
import { learn } from './learn.ts';
import { rowOf } from './row.ts';
import { bill, usedOf } from './settle.ts';

/** What stages may have added, for a model or for an API. */
type Concluded = Partial<Omit<Attempted, keyof Arrival> & Pick<ApiArrived, 'matched'>>;

/**
 * Stage 9: what did we learn? Evidence to health, usage to the ledger, numbers to the metrics.
 * Runs exactly once per request, whichever way it ends.
 */
export function conclude(
  exchange: Arrival & Concluded,
  running: Running,
  outcome: Outcome,
  reason: string | undefined,
): void {
  const { receipt, operation, call } = exchange;
  if (receipt.outcome !== undefined) return;
  receipt.outcome = outcome;
  receipt.reason = reason;
  const firstMs =
    call?.firstByteAt === undefined ? receipt.firstMs : call.firstByteAt - call.startedAt;
  let totalMs = 0;
  // A defect in what is learnt of a call that was paid for must not cost its row.
  try {
    if (isAttempted(exchange)) bill(receipt, exchange.target, exchange.call);
    const now = running.clock.now();
    totalMs = now - receipt.arrivedAt;
    exchange.holds?.settle(usedOf(receipt), { now, wall: running.clock.wall() });
    // A refusal that is passed on as it is (4xx) was learnt from when the attempt failed.
    if (isAttempted(exchange) && exchange.call.status < 400) learn(running, exchange, exchange);
    running.metrics.concluded(exchange, totalMs, firstMs);
  } catch (error) {
    running.log.error({ err: error, request: exchange.id }, 'a defect of the gateway');
  }
  // Without a key there is nobody to account to, and strangers could fill the disk.
  if (receipt.keyId === undefined && receipt.attempts === 0 && !receipt.isOpen) return;
  if (operation === 'models' || operation === 'document') return;
  const row = rowOf(exchange, { firstMs, totalMs });
  running.journal.append(row);
  // What went well is asked for by request id, or by a more talkative log.
  if (outcome === 'completed') running.log.debug(row, 'request');
  else running.log.info(row, 'request');
}

function isAttempted(exchange: Arrival & Concluded): exchange is Attempted {
  return exchange.call !== undefined;
}
