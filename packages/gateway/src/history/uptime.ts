import type { Mark } from '../store/verdicts.ts';

export const DAY_MS = 86_400_000;

/** Shares of one day, or of what there has been of it; they add up to 1. */
export interface DayShares {
  /** As `2026-11-28`, in UTC. */
  readonly day: string;
  readonly up: number;
  readonly degraded: number;
  readonly down: number;
  readonly unknown: number;
}

const partOf = { pass: 'up', warn: 'degraded', fail: 'down' } as const;

/**
 * How well something was on each day, weighted by time and not by checks or requests: what nobody
 * looked at is unknown, and neither up nor down.
 *
 * @param marks in the order of their times; before the first nothing is known
 * @param until nothing is known after this moment either: whoever wrote the marks was gone
 */
export function sharesByDay(
  marks: readonly Mark[],
  { days, now, until }: { readonly days: number; readonly now: number; readonly until: number },
): DayShares[] {
  const start = now - (now % DAY_MS) - (days - 1) * DAY_MS;
  const sums = Array.from({ length: days }, () => ({ up: 0, degraded: 0, down: 0 }));
  for (const [i, { at, status }] of marks.entries()) {
    if (status === 'unknown') continue;
    const ends = Math.min(marks[i + 1]?.at ?? until, until, now);
    for (let from = Math.max(at, start); from < ends;) {
      const index = Math.floor((from - start) / DAY_MS);
      const to = Math.min(ends, start + (index + 1) * DAY_MS);
      const sum = sums[index];
      if (sum !== undefined) sum[partOf[status]] += to - from;
      from = to;
    }
  }
  return sums.map(({ up, degraded, down }, i) => {
    const from = start + i * DAY_MS;
    // Of today there is only what has passed.
    const length = Math.max(1, Math.min(DAY_MS, now - from));
    return {
      day: new Date(from).toISOString().slice(0, 10),
      up: up / length,
      degraded: degraded / length,
      down: down / length,
      unknown: Math.max(0, 1 - (up + degraded + down) / length),
    };
  });
}

/**
 * Of all that is known, how much it could be used; null where nothing is known. The days count as
 * long as they were.
 */
export function summary(
  shares: readonly DayShares[],
  now: number,
): { readonly uptime: number | null; readonly unknown: number } {
  let known = 0;
  let up = 0;
  let length = 0;
  for (const [i, { up: well, degraded, down }] of shares.entries()) {
    const ms = i === shares.length - 1 ? Math.max(1, now % DAY_MS) : DAY_MS;
    length += ms;
    known += (well + degraded + down) * ms;
    up += (well + degraded) * ms;
  }
  return {
    uptime: known === 0 ? null : Math.min(1, up / known),
    unknown: length === 0 ? 1 : Math.max(0, 1 - known / length),
  };
}
