import type { Running } from '../running.ts';
import type { Arrival } from './exchange.ts';

/**
 * Whether a request may go to this target: a probing one takes one request at a time, and whoever
 * takes it must record what came of it or let go of it.
 */
export function mayTry(exchange: Arrival, target: string, { tracker }: Running): boolean {
  if (tracker.snapshot().get(target)?.state !== 'probing') return true;
  if (!tracker.claimTrial(target)) return false;
  exchange.trial = target;
  return true;
}

/** Lets go of the trial this request holds, if it holds one. */
export function endTrial(exchange: Arrival, { tracker }: Running): void {
  if (exchange.trial === undefined) return;
  tracker.releaseTrial(exchange.trial);
  exchange.trial = undefined;
}

/** A trial that takes longer than this is not waited for. */
const PATIENCE_MS = 2000;

/** Waits until a trial at one of the candidates is over; false when there is none, or it drags on. */
export function trialOver(
  {
    candidates,
    response,
  }: Pick<Arrival, 'response'> & { readonly candidates: readonly { id: string }[] },
  { tracker, clock }: Running,
): Promise<boolean> {
  const ids = new Set(candidates.map(({ id }) => id));
  const isTried = [...ids].some((id) => tracker.snapshot().get(id)?.state === 'probing');
  if (!isTried) return Promise.resolve(false);
  return new Promise((resolve) => {
    const finish = (isOver: boolean) => {
      forget();
      stop();
      resolve(isOver && !response.destroyed);
    };
    const forget = tracker.onTransition(({ id }) => {
      if (ids.has(id)) finish(true);
    });
    const stop = clock.after(PATIENCE_MS, () => finish(false));
  });
}
