import type { Status } from '@vitalgate/health';
import type { DayShares } from '../history/uptime.ts';
import { uptimes, type Uptime } from '../history/uptimes.ts';
import type { Recorder } from '../history/recorder.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { searchIncidents } from '../store/incidents.ts';
import type { IncidentRow } from '../store/migrations.ts';
import type { StatusSettings } from './settings.ts';

/** What anybody is told: names of routes, codes, times, and what operators have written. */
export interface StatusSnapshot {
  readonly title: string;
  readonly status: Status;
  readonly updatedAt: string;
  readonly routes: readonly PublicRoute[];
  readonly incidents: readonly PublicIncident[];
}

export interface PublicRoute {
  readonly name: string;
  readonly kind: 'model' | 'api';
  readonly status: Status;
  /** Of the time that is known, in the last 90 days; null when nothing is. */
  readonly uptime: number | null;
  readonly unknown: number;
  readonly days: readonly DayShares[];
}

export interface PublicIncident {
  readonly id: string;
  readonly title: string;
  readonly severity: 'degraded' | 'down';
  readonly routes: readonly string[];
  /** A code, such as `http_500`. */
  readonly reason: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly notes: readonly { readonly at: string; readonly text: string }[];
}

export const SHOWN_DAYS = 90;
const DAY_MS = 86_400_000;
const MOST_INCIDENTS = 100;

export async function takeSnapshot(
  running: Running,
  store: Store,
  history: Recorder,
  { title, routes: shown }: StatusSettings,
): Promise<StatusSnapshot> {
  const isShown = (name: string) => shown === null || shown.includes(name);
  const now = running.clock.wall();
  const all: Uptime[] = [];
  for (const kind of ['model', 'api'] as const) {
    all.push(...(await uptimes(running, store, history, { kind, days: SHOWN_DAYS })));
  }
  const routes = all
    .filter(({ name }) => isShown(name))
    .map((one) => ({ ...one, kind: one.kind === 'api' ? ('api' as const) : ('model' as const) }));
  const rows = await searchIncidents(store, {
    isPublic: true,
    since: now - SHOWN_DAYS * DAY_MS,
    limit: MOST_INCIDENTS,
  });
  return {
    title,
    status: worst(routes.map(({ status }) => status)),
    updatedAt: new Date(now).toISOString(),
    routes,
    incidents: rows.flatMap((row) => {
      const names = (JSON.parse(row.routes) as string[]).filter(isShown);
      return names.length === 0 ? [] : [publicIncident(row, names)];
    }),
  };
}

function publicIncident(row: IncidentRow, routes: readonly string[]): PublicIncident {
  const severity = row.severity === 'down' ? 'down' : 'degraded';
  const word = routes.length === 1 ? 'is' : 'are';
  const notes = JSON.parse(row.notes) as { at: string; text: string }[];
  return {
    id: row.id,
    // A title of its own may name what is not shown.
    title: row.title ?? `${routes.join(', ')} ${word} ${severity}`,
    severity,
    routes,
    reason: row.reason,
    startedAt: new Date(row.started_at).toISOString(),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
    notes: notes.map(({ at, text }) => ({ at, text })),
  };
}

function worst(statuses: readonly Status[]): Status {
  const order = ['fail', 'warn', 'unknown', 'pass'] as const;
  return order.find((one) => statuses.includes(one)) ?? 'unknown';
}
