import { setTimeout } from 'node:timers/promises';

/** What is waited for gets the processor between two looks. */
const PAUSE_MS = 10;

/** Looks until it is so, and gives what was seen then. The test's own time bounds it. */
export async function until<Seen>(
  look: () => Seen | Promise<Seen>,
  isIt: (seen: Seen) => boolean,
): Promise<Seen> {
  for (;;) {
    const seen = await look();
    if (isIt(seen)) return seen;
    await setTimeout(PAUSE_MS);
  }
}
