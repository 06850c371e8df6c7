/** The dependency that all the measured services look at. */
import { setImmediate as turn } from 'node:timers/promises';

/** How often those that look in the background do so. */
export const INTERVAL_MS = 1000;

let looks = 0;

/** Asks a dependency that answers in the next turn of the loop. */
export async function look(): Promise<true> {
  looks += 1;
  await turn();
  return true;
}

/** The answer to `/looks`: how often the dependency has been asked. */
export function told(): string {
  return String(looks);
}
