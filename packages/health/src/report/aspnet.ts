import type { CheckReport, Report } from '../report.ts';
import type { Details, Format, Written } from '../serve/format.ts';
import type { Status } from '../status.ts';

const words: Readonly<Record<Status, string>> = {
  pass: 'Healthy',
  warn: 'Degraded',
  fail: 'Unhealthy',
  unknown: 'Degraded',
};

/** What ASP.NET's middleware forbids caches with (HealthCheckMiddleware). */
const headers: Readonly<Record<string, string>> = {
  'cache-control': 'no-store, no-cache',
  pragma: 'no-cache',
  expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
};

const codeOf = ({ status }: Report): number => (status === 'fail' ? 503 : 200);

/** One word, as ASP.NET Core writes it (learn.microsoft.com, "Health checks in ASP.NET Core"). */
export const aspnet: Format = {
  name: 'aspnet',
  types: [],
  write: (report) => ({
    body: words[report.status],
    status: codeOf(report),
    headers: { ...headers, 'content-type': 'text/plain' },
  }),
};

/** What the UI of AspNetCore.Diagnostics.HealthChecks reads. */
export const aspnetUi: Format = { name: 'aspnet-ui', types: [], write };

function write(report: Report, details: Details): Written {
  const durations = report.checks.map(({ reading }) => reading?.durationMs ?? 0);
  const listed = details === 'status' ? [] : report.checks;
  const body = JSON.stringify({
    status: words[report.status],
    // Checks run side by side: all of them take as long as the longest.
    totalDuration: timeSpan(Math.max(0, ...durations)),
    entries: Object.fromEntries(listed.map((check) => [check.name, entryOf(check, details)])),
  });
  return {
    body,
    status: codeOf(report),
    headers: { ...headers, 'content-type': 'application/json' },
  };
}

function entryOf(check: CheckReport, details: Details): object {
  const { status, reason, reading, measured, groups, detail } = check;
  return {
    data: Object.fromEntries(measured.map(({ name, value }) => [name, value])),
    description: status === 'pass' ? undefined : reason,
    duration: timeSpan(reading?.durationMs ?? 0),
    exception: details === 'full' ? detail?.reveal() : undefined,
    status: words[status],
    tags: groups.length > 0 ? groups : undefined,
  };
}

/** A .NET TimeSpan, `hh:mm:ss.fffffff`. */
export function timeSpan(ms: number): string {
  const ticks = Math.round(Math.max(0, ms) * 10_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.floor(ticks / 1e7);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${clock.map(two).join(':')}.${String(ticks % 1e7).padStart(7, '0')}`;
}
