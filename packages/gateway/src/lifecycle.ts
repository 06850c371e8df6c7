import type { Config } from '@vitalgate/contract';
import type { Clock } from '@vitalgate/health';
import type { Log } from './observe/log.ts';
import type { Lifecycle } from './running.ts';
import { capacityOf, openFilesLimit } from './server/capacity.ts';

/** Looking whether the last request has ended. */
const DRAIN_POLL_MS = 20;
/** What interrupted streams are given to tell their callers. */
const FAREWELL_MS = 1000;

/** A process that has just begun, with what is wrong with its configuration, if anything. */
export const beginning = (
  config: Config,
  clock: Clock,
  configProblem: string | undefined,
): Lifecycle => ({
  phase: 'starting',
  isClosed: false,
  startedAt: clock.now(),
  inFlight: 0,
  capacity: capacityOf(config.server.maxConnections, openFilesLimit()),
  refusedConnections: 0,
  toldOfFloodAt: Number.NEGATIVE_INFINITY,
  configProblem,
});

/** A laptop's limits allow some thousands, which is no news to whoever asked for no number. */
const FEW_CALLS = 1000;

/** Tells the operator of what will not be as it was asked for. */
export function warnOf({ capacity, configProblem }: Lifecycle, config: Config, log: Log): void {
  const { calls } = capacity;
  if (calls < (config.server.maxConnections ?? FEW_CALLS)) {
    log.warn({ calls }, 'open files (ulimit -n) allow fewer calls at once than maxConnections');
  }
  if (configProblem !== undefined) {
    log.error({ problem: configProblem }, 'what was made in the console does not go with the file');
  }
}

/** Goes on serving until those who send calls have seen that it is not ready. */
export async function linger(ms: number, clock: Clock): Promise<void> {
  await waitUntil(() => false, ms, clock);
}

/** Waits for requests to end, and breaks off those that take longer than `timeoutMs`. */
export async function drain(
  lifecycle: Lifecycle,
  timeoutMs: number,
  clock: Clock,
  breakOff: () => void,
): Promise<void> {
  const isIdle = () => lifecycle.inFlight === 0;
  if (await waitUntil(isIdle, timeoutMs, clock)) return;
  breakOff();
  await waitUntil(isIdle, FAREWELL_MS, clock);
}

/** True when `isTrue` became so within `ms`. */
function waitUntil(isTrue: () => boolean, ms: number, clock: Clock): Promise<boolean> {
  const until = clock.now() + ms;
  return new Promise((resolve) => {
    const stop = clock.every(DRAIN_POLL_MS, () => {
      if (!isTrue() && clock.now() < until) return;
      stop();
      resolve(isTrue());
    });
  });
}
