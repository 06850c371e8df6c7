import { randomUUID } from 'node:crypto';
import type { Clock, Tracker } from '@vitalgate/health';
import { ownGate, type LimitGate } from '../access/limits/gate.ts';
import type { Log } from '../observe/log.ts';
import { SharedLimits } from './limits.ts';
import { SharedStore } from './store.ts';
import { SharedTargets } from './targets.ts';

/** The other instances, as far as this one knows of them. */
export interface Peers {
  /** Asked before each call. */
  readonly gate: LimitGate;
  /** Why they cannot be asked; undefined while they can, or when there are none. */
  readonly problem: string | undefined;
  close(): void;
}

/** An instance that shares nothing. */
export const noPeers: Peers = { gate: ownGate, problem: undefined, close: () => {} };

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
    close() {
      targets.close();
      store.close();
    },
  };
}
