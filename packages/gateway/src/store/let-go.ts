import type { Cancel, Clock } from '@vitalgate/health';
import type { Log } from '../observe/log.ts';
import { eraseCaptures } from './captures.ts';
import type { Store } from './database.ts';
import { pruneOnce } from './once.ts';
import type { SteadyWall } from './steady-wall.ts';

/** How often what is kept for a time is looked through. */
const PRUNE_MS = 60_000;
/** For how long what was captured is kept where nothing is captured any more. */
const LEFTOVERS_MS = 7 * 24 * 60 * 60_000;

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly steadyWall: SteadyWall;
}

/**
 * Lets go of what has been kept for its time, now and from time to time.
 *
 * @param keepMs for how long what is captured is kept; undefined where nothing is
 */
export function letGoInTime(
  { store, clock, log, steadyWall }: Parts,
  keepMs: () => number | undefined,
): Cancel {
  const prune = async () => {
    if (!steadyWall.isSteady) return;
    const now = clock.wall();
    try {
      await pruneOnce(store, now);
      await eraseCaptures(store, { until: now - (keepMs() ?? LEFTOVERS_MS) });
    } catch (error) {
      log.warn({ err: error }, 'what has been kept for its time is not let go of');
    }
  };
  void prune();
  return clock.every(PRUNE_MS, () => void prune());
}
