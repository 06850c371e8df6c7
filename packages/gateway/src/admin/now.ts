import type { Answer } from '@vitalgate/contract/api';
import { viewHealth } from '../health-view.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import {
  errorRatio,
  firstTimes,
  sumUsage,
  type UsageFilter,
  type UsageSum,
} from '../store/usage.ts';
import { quantile } from './quantile.ts';

type Overview = Answer<'GET /api/overview'>;

/** The part of the overview that moves from second to second. */
export type Now = Pick<Overview, 'status' | 'reasons' | 'inFlight' | 'traffic' | 'today'>;

const RECENT_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
/** Enough for a median; the newest count. */
const MOST_TIMES = 2000;

/** How it goes, of the traffic of some teams or of all. */
export async function nowOf(
  running: Running,
  store: Store,
  teams: readonly string[] | undefined,
): Promise<Now> {
  const { clock, lifecycle } = running;
  const { status, reasons } = viewHealth(running);
  const now = clock.wall();
  const span = async (since: number) => trafficOf(store, { since, until: now + 1, teams });
  const [recent, today] = [await span(now - RECENT_MS), await span(now - (now % DAY_MS))];
  return {
    status,
    reasons: [...reasons],
    inFlight: lifecycle.inFlight,
    traffic: {
      ...recent,
      perSecond: recent.requests / (RECENT_MS / 1000),
      errorRatio: errorRatio(recent),
    },
    today,
  };
}

async function trafficOf(store: Store, filter: UsageFilter): Promise<Overview['today']> {
  const [sum] = await sumUsage(store.reports, filter, 'all');
  const times = (await firstTimes(store.reports, filter, MOST_TIMES)).map(
    ({ first_ms: ms }) => ms ?? 0,
  );
  times.sort((a, b) => a - b);
  return {
    ...countsOf(sum),
    firstTokenP50Ms: quantile(times, 0.5),
    firstTokenP95Ms: quantile(times, 0.95),
  };
}

/** The numbers of a sum that traffic is told in; nothing at all is zeros. */
export function countsOf(
  sum: UsageSum | undefined,
): Pick<
  UsageSum,
  'requests' | 'failed' | 'refused' | 'abandoned' | 'inputTokens' | 'outputTokens' | 'cost'
> {
  const { requests = 0, failed = 0, refused = 0, abandoned = 0 } = sum ?? {};
  const { inputTokens = 0, outputTokens = 0, cost = 0 } = sum ?? {};
  return { requests, failed, refused, abandoned, inputTokens, outputTokens, cost };
}
