import type { Clock } from '@vitalgate/health';
import type { UpstreamCall } from '../upstream/call.ts';

/** Whichever of two attempts is worth having, and the one that is not. */
interface Raced<Attempt> {
  readonly winner: Attempt;
  readonly loser: Attempt;
}

/**
 * Waits for two attempts, of which the second was begun because the first took long (Dean and Barroso,
 * 2013, "The Tail at Scale", hedged requests). The first good answer wins; a failure is not waited
 * for, and wins only over another.
 */
export async function race<Attempt extends { readonly call: UpstreamCall }>(
  first: Attempt,
  second: Attempt,
): Promise<Raced<Attempt>> {
  const quicker = await Promise.race([
    first.call.settled.then(() => first),
    second.call.settled.then(() => second),
  ]);
  const slower = quicker === first ? second : first;
  if (quicker.call.verdict.fault === undefined) return { winner: quicker, loser: slower };
  await slower.call.settled;
  const isServed = slower.call.verdict.fault === undefined;
  return isServed ? { winner: slower, loser: quicker } : { winner: first, loser: second };
}

export function settledWithin(
  { settled }: UpstreamCall,
  ms: number,
  clock: Clock,
): Promise<boolean> {
  return new Promise((resolve) => {
    const stopTimer = clock.after(ms, () => resolve(false));
    void settled.then(() => {
      stopTimer();
      resolve(true);
    });
  });
}
