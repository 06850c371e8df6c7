import type { Answer, Query } from '@vitalgate/contract/api';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import {
  NANOS_PER_DOLLAR,
  firstTimesByStep,
  sumUsage,
  type Grouping,
  type UsageSum,
} from '../store/usage.ts';
import type { Actor, Handlers } from './asked.ts';
import { inTime } from './in-time.ts';
import { countsOf } from './now.ts';
import { teamsOf } from './scope.ts';

type UsageAnswer = Answer<'GET /api/usage'>;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const WINDOWS = {
  '15m': [15_000, 60],
  '1h': [60_000, 60],
  '6h': [300_000, 72],
  '24h': [900_000, 96],
  '7d': [HOUR_MS, 168],
  '30d': [4 * HOUR_MS, 180],
} as const;

/** Enough for quantiles that one can read off a plot. */
const MOST_TIMES = 20_000;

/** Usage and cost by what one likes to know, and traffic over time. */
export function usageHandlers({ searches }: Store, current: () => Running): Handlers {
  const usage = async (actor: Actor, query: Query<'GET /api/usage'>): Promise<UsageAnswer> => {
    const { clock, keyring } = current();
    const until = query.until === undefined ? clock.wall() : Date.parse(query.until);
    const span = query.by === 'hour' ? DAY_MS : 30 * DAY_MS;
    const since = query.since === undefined ? until - span : Date.parse(query.since);
    const { key, team, model } = query;
    const filter = { since, until, key, team, model, teams: teamsOf(actor) };
    const rows = await inTime(clock, sumUsage(searches, filter, groupingOf(query.by)));
    return {
      rows: rows.map((row) => named(row, query.by, keyring.names)),
      total: { ...totalOf(rows), name: '' },
      since: new Date(since).toISOString(),
      until: new Date(until).toISOString(),
    };
  };
  return {
    'GET /api/usage': ({ actor, query }) => usage(actor, query),
    'GET /api/usage.csv': async ({ actor, query }) => csvOf(await usage(actor, query)),
    async 'GET /api/traffic'({ actor, query }) {
      const [stepMs, steps] = WINDOWS[query.window];
      const { clock } = current();
      const now = clock.wall();
      const first = Math.floor(now / stepMs) - steps + 1;
      const { model, target, key } = query;
      const teams = teamsOf(actor);
      const filter = { since: first * stepMs, until: now + 1, model, target, key, teams };
      // At once: both have the same two seconds.
      const looking = Promise.all([
        sumUsage(searches, filter, { stepMs }),
        firstTimesByStep(searches, filter, { most: MOST_TIMES, stepMs }),
      ]);
      const [rows, times] = await inTime(clock, looking);
      const sums = new Map(rows.map((sum) => [Number(sum.group), sum]));
      return {
        stepMs,
        points: Array.from({ length: steps }, (_, i) => {
          const time = times.get(first + i);
          return {
            at: new Date((first + i) * stepMs).toISOString(),
            ...countsOf(sums.get(first + i)),
            firstTokenP50Ms: time?.p50 ?? null,
            firstTokenP95Ms: time?.p95 ?? null,
          };
        }),
      };
    },
  };
}

/** Every row of the ledger is in one group, so that it need not be read again for the sum of all. */
function totalOf(rows: readonly UsageSum[]): UsageSum {
  const sum = (of: (row: UsageSum) => number) => rows.reduce((all, row) => all + of(row), 0);
  return {
    group: '',
    requests: sum((row) => row.requests),
    failed: sum((row) => row.failed),
    refused: sum((row) => row.refused),
    abandoned: sum((row) => row.abandoned),
    inputTokens: sum((row) => row.inputTokens),
    cachedTokens: sum((row) => row.cachedTokens),
    outputTokens: sum((row) => row.outputTokens),
    reasoningTokens: sum((row) => row.reasoningTokens),
    // In whole billionths, as the ledger counts: a sum of fractions is not exact.
    cost: sum((row) => Math.round(row.cost * NANOS_PER_DOLLAR)) / NANOS_PER_DOLLAR,
    unpriced: sum((row) => row.unpriced),
  };
}

function groupingOf(by: Query<'GET /api/usage'>['by']): Grouping {
  if (by === 'day') return { stepMs: DAY_MS };
  return by === 'hour' ? { stepMs: HOUR_MS } : by;
}

function named(
  sum: UsageSum,
  by: Query<'GET /api/usage'>['by'],
  keyNames: ReadonlyMap<string, string>,
): UsageAnswer['rows'][number] {
  if (by === 'day' || by === 'hour') {
    const at = new Date(Number(sum.group) * (by === 'day' ? DAY_MS : HOUR_MS)).toISOString();
    const group = by === 'day' ? at.slice(0, 10) : at;
    return { ...sum, group, name: group };
  }
  const name = by === 'key' ? (keyNames.get(sum.group) ?? sum.group) : sum.group;
  return { ...sum, name };
}

const COLUMNS = [
  'group',
  'name',
  'requests',
  'failed',
  'refused',
  'inputTokens',
  'cachedTokens',
  'outputTokens',
  'reasoningTokens',
  'cost',
  'unpriced',
] as const;

/** RFC 4180. */
function csvOf({ rows }: UsageAnswer): string {
  const lines = rows.map((row) => COLUMNS.map((column) => cell(row[column])).join(','));
  return [COLUMNS.join(','), ...lines, ''].join('\r\n');
}

/** Spreadsheets run what begins like a formula (OWASP, "CSV Injection"). */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
