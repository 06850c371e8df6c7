import type { Report } from '../report.ts';
import { words } from '../serve/brief.ts';
import type { Details } from '../serve/format.ts';
import { iso, secondsFrom } from './times.ts';

/** A report as rows of plain values, for formats that have no words of their own for health. */
export interface Rows {
  readonly status: string;
  readonly uptime: number;
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly phase: string;
  readonly reasons: readonly string[];
  readonly checks: readonly Row[];
}

export interface Row {
  readonly name: string;
  readonly status: string;
  readonly reason: string;
  readonly since: string;
  readonly time: string;
  readonly durationMs: string;
  readonly detail: string;
}

export const columns: readonly (keyof Row)[] = [
  'name',
  'status',
  'reason',
  'since',
  'time',
  'durationMs',
  'detail',
];

export function rowsOf(report: Report, details: Details, now: number): Rows {
  const { service, status, phase, reasons, checks } = report;
  const listed = details === 'status' ? [] : checks;
  return {
    status: words[status],
    uptime: secondsFrom(service.startedAt, now),
    name: details === 'status' ? undefined : service.name,
    version: details === 'status' ? undefined : service.version,
    phase,
    reasons: status === 'pass' ? [] : reasons,
    checks: listed.map(({ name, status: one, reason, since, reading, detail }) => ({
      name,
      status: one,
      reason: reason ?? '',
      since: iso(since),
      time: reading === undefined ? '' : iso(reading.at),
      durationMs: reading === undefined ? '' : reading.durationMs.toFixed(2),
      detail: details === 'full' ? (detail?.reveal() ?? '') : '',
    })),
  };
}
