import type { Answer } from '@vitalgate/contract/api';
import type { IncidentRow } from '../store/migrations.ts';

type IncidentAnswer = Answer<'GET /api/incidents/{id}'>;

/** An incident as it is told; it has a title of its own until somebody gives it another. */
export function incidentOf(row: IncidentRow): IncidentAnswer {
  const routes = JSON.parse(row.routes) as string[];
  const severity = row.severity === 'down' ? 'down' : 'degraded';
  return {
    id: row.id,
    title: row.title ?? titleOf(routes, severity),
    severity,
    routes,
    cause: row.cause,
    reason: row.reason,
    startedAt: new Date(row.started_at).toISOString(),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
    public: row.is_public === 1,
    notes: JSON.parse(row.notes) as IncidentAnswer['notes'],
    version: String(row.version),
  };
}

function titleOf([first = '', ...others]: readonly string[], severity: string): string {
  if (others.length === 0) return `${first} is ${severity}`;
  return `${first} and ${others.length} more are ${severity}`;
}
