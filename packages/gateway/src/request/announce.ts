import type { Running } from '../running.ts';
import type { Tariff } from '../money/price.ts';
import type { Answerer, Arrival } from './exchange.ts';
import { CallerLeft } from './left.ts';
import { openRowOf } from './row.ts';
import { endTrial } from './trial.ts';

/**
 * Tells the ledger what is about to be asked of whom before anything is sent: money may be spent
 * from then on, and a call is counted, whatever becomes of this process.
 *
 * @throws {Failure} `store_unavailable`
 */
export async function announce(
  exchange: Arrival,
  target: Answerer,
  tariff: Tariff | undefined,
  running: Running,
): Promise<void> {
  const { receipt, response } = exchange;
  if (receipt.isOpen) return;
  receipt.target = target;
  receipt.isOpen = true;
  try {
    await running.journal.begin(openRowOf(exchange, tariff, running.clock.now()));
    if (response.destroyed) throw new CallerLeft();
  } catch (error) {
    endTrial(exchange, running);
    throw error;
  }
}
