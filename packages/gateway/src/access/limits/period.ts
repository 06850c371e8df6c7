import type { CalendarPeriod } from '@vitalgate/contract';

/** The period of a budget: one of the calendar's, or a number of milliseconds. */
export type Period = CalendarPeriod | number;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The epoch was a Thursday; the Monday before it. */
const FIRST_MONDAY = -3 * DAY_MS;

/** Begin and end of the period a moment lies in, in milliseconds since the epoch; all in UTC. */
export function periodAt(period: Period, wall: number): { start: number; end: number } {
  switch (period) {
    case 'hour':
      return aligned(HOUR_MS, wall, 0);
    case 'day':
      return aligned(DAY_MS, wall, 0);
    case 'week':
      return aligned(7 * DAY_MS, wall, FIRST_MONDAY);
    case 'month': {
      const date = new Date(wall);
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
      return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
    }
    default:
      return aligned(period, wall, 0);
  }
}

function aligned(ms: number, wall: number, from: number): { start: number; end: number } {
  const start = from + Math.floor((wall - from) / ms) * ms;
  return { start, end: start + ms };
}

/** A period for people: `each day (UTC)`. */
export function describePeriod(period: Period): string {
  if (typeof period === 'string') return `each ${period} (UTC)`;
  if (period === DAY_MS) return 'each day (UTC)';
  if (period === HOUR_MS) return 'each hour (UTC)';
  return `each ${period / 1000} s`;
}
