import type { Answer, Query } from '@vitalgate/contract/api';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import {
  firstTimes,
  sumUsage,
  type Grouping,
  type UsageFilter,
  type UsageSum,
} from '../store/usage.ts';
import type { Actor, Handlers } from './asked.ts';
import { countsOf } from './now.ts';
import { quantile } from './quantile.ts';
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
export function usageHandlers(store: Store, current: () => Running): Handlers {
  const usage = async (actor: Actor, query: Query<'GET /api/usage'>): Promise<UsageAnswer> => {
    const { clock, keyring } = current();
    const until = query.until === undefined ? clock.wall() : Date.parse(query.until);
    const span = query.by === 'hour' ? DAY_MS : 30 * DAY_MS;
    const since = query.since === undefined ? until - span : Date.parse(query.since);
    const { key, team, model } = query;
    const filter = { since, until, key, team, model, teams: teamsOf(actor) };
    const rows = await sumUsage(store, filter, groupingOf(query.by));
    const [total] = await sumUsage(store, filter, 'all');
    return {
      rows: rows.map((row) => named(row, query.by, keyring.names)),
      total: { ...(total ?? NOTHING), group: '', name: '' },
      since: new Date(since).toISOString(),
      until: new Date(until).toISOString(),
    };
  };
  return {
    'GET /api/usage': ({ actor, query }) => usage(actor, query),
    'GET /api/usage.csv': async ({ actor, query }) => csvOf(await usage(actor, query)),
    async 'GET /api/traffic'({ actor, query }) {
      const [stepMs, steps] = WINDOWS[query.window];
      const now = current().clock.wall();
      const first = Math.floor(now / stepMs) - steps + 1;
      const { model, target, key } = query;
      const teams = teamsOf(actor);
      const filter = { since: first * stepMs, until: now + 1, model, target, key, teams };
      const sums = new Map(
        (await sumUsage(store, filter, { stepMs })).map((sum) => [Number(sum.group), sum]),
      );
      const times = await timesByStep(store, filter, stepMs);
      return {
        stepMs,
        points: Array.from({ length: steps }, (_, i) => {
          const sorted = times.get(first + i) ?? [];
          return {
            at: new Date((first + i) * stepMs).toISOString(),
            ...countsOf(sums.get(first + i)),
            firstTokenP50Ms: quantile(sorted, 0.5),
            firstTokenP95Ms: quantile(sorted, 0.95),
          };
        }),
      };
    },
  };
}

const NOTHING: UsageSum = {
  group: '',
  requests: 0,
  failed: 0,
  abandoned: 0,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  cost: 0,
  unpriced: 0,
};

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

/** Times to the first byte, sorted within each step. */
async function timesByStep(
  store: Store,
  filter: UsageFilter,
  stepMs: number,
): Promise<Map<number, number[]>> {
  const steps = new Map<number, number[]>();
  for (const { at, first_ms: first } of await firstTimes(store, filter, MOST_TIMES)) {
    const step = Math.floor(at / stepMs);
    const times = steps.get(step);
    if (times === undefined) steps.set(step, [first ?? 0]);
    else times.push(first ?? 0);
  }
  for (const times of steps.values()) times.sort((a, b) => a - b);
  return steps;
}

const COLUMNS = [
  'group',
  'name',
  'requests',
  'failed',
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
