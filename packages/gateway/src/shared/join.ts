import { randomUUID } from 'node:crypto';
import type { Clock, Tracker } from '@vitalgate/health';
import type { Log } from '../observe/log.ts';
import { SharedLimits } from './limits.ts';
import type { Peers } from './peers.ts';
import { SharedStore } from './store.ts';
import { SharedTargets } from './targets.ts';

/** Joins the instances that share a server; one that is away is joined when it comes. */
export async function joinPeers(
  url: string,
  { clock, tracker, log }: { clock: Clock; tracker: Tracker; log: Log },
): Promise<Peers> {
  const store = new SharedStore({
    url,
    id: randomUUID(),
    clock,
    onChange(problem) {
      if (problem === undefined) {
        log.info('the shared server answers; limits hold over all instances');
        limits.resync();
        void targets.catchUp();
      } else {
        log.error(
          { problem },
          'the shared server does not answer; each instance lets through its share',
        );
      }
    },
  });
  const limits = new SharedLimits(store, clock);
  const targets = new SharedTargets(store, tracker);
  await store.connect();
  targets.start();
  return {
    gate: limits,
    get problem() {
      return store.problem;
    },
    catchUp: () => void targets.catchUp(),
    close() {
      targets.close();
      store.close();
    },
  };
}
