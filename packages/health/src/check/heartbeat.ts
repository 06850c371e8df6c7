import { systemClock, type Clock } from '../clock.ts';
import type { Level } from '../judge/verdict.ts';
import { asking, broken, type Found } from './asking.ts';
import type { Look } from './outcome.ts';

export interface HeartbeatCheck {
  /** How long one beat speaks, in milliseconds. */
  readonly ttlMs: number;
  readonly clock?: Clock;
}

export interface Heartbeat {
  readonly look: Look;
  /** Says how it is; to be repeated well within the time to live, a third of it is usual. */
  readonly beat: (status?: Level, reason?: string) => void;
}

/**
 * Health that is pushed from outside: a child process, a cron job, a consumer that tells after each
 * batch. Well while the last beat was good and is not too old.
 */
export function heartbeat({ ttlMs, clock = systemClock }: HeartbeatCheck): Heartbeat {
  let last: { at: number; found: Found } | undefined;
  return {
    look: asking(async (): Promise<Found> => {
      if (last === undefined) return { status: 'fail', reason: 'heartbeat_missing' };
      const ageMs = clock.now() - last.at;
      const measured = [{ name: 'age', value: Math.round(ageMs), unit: 'ms' }];
      if (ageMs > ttlMs) return { status: 'fail', reason: 'heartbeat_late', measured };
      return { ...last.found, measured };
    }, broken),
    beat: (status = 'pass', reason = status === 'pass' ? undefined : 'reported') => {
      last = { at: clock.now(), found: { status, ...(reason !== undefined && { reason }) } };
    },
  };
}
