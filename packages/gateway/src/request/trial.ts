import type { Running } from '../running.ts';
import type { Arrived } from './exchange.ts';

/**
 * Whether a request may go to this target: a probing one takes one request at a time, and whoever
 * takes it must record what came of it or let go of it.
 */
export function mayTry(exchange: Arrived, target: string, { tracker }: Running): boolean {
  if (tracker.snapshot().get(target)?.state !== 'probing') return true;
  if (!tracker.claimTrial(target)) return false;
  exchange.trial = target;
  return true;
}

/** Lets go of the trial this request holds, if it holds one. */
export function endTrial(exchange: Arrived, { tracker }: Running): void {
  if (exchange.trial === undefined) return;
  tracker.releaseTrial(exchange.trial);
  exchange.trial = undefined;
}
