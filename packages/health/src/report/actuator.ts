import type { CheckReport, Report } from '../report.ts';
import type { Details, Format, Written } from '../serve/format.ts';
import { iso } from './times.ts';

/** Spring Boot Actuator, version 3 of its JSON (docs.spring.io, "Actuator API", health). */
export const actuator: Format = {
  name: 'actuator',
  types: ['application/vnd.spring-boot.actuator.v3+json'],
  write: (report, details) => write(report, details, 'components'),
};

/** The same in version 2, where components were called details. */
export const actuatorV2: Format = {
  name: 'actuator-v2',
  types: ['application/vnd.spring-boot.actuator.v2+json'],
  write: (report, details) => write(report, details, 'details'),
};

const words = { pass: 'UP', warn: 'UP', fail: 'DOWN', unknown: 'UNKNOWN' } as const;

function write(report: Report, details: Details, key: 'components' | 'details'): Written {
  const status = statusOf(report);
  // Spring's own default mapping of statuses to codes.
  const code = status === 'UP' ? 200 : 503;
  if (details === 'status') return { body: JSON.stringify({ status }), status: code };
  const sorted = report.checks.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const components = Object.fromEntries(
    sorted.map((check) => [check.name, componentOf(check, details)]),
  );
  const isRoot = report.view === 'health';
  const body = JSON.stringify({
    status,
    // Empty maps are left out, as Spring does.
    ...(sorted.length > 0 && { [key]: components }),
    ...(isRoot && { groups: ['liveness', 'readiness', 'startup'] }),
  });
  return { body, status: code };
}

/** Not taking requests on purpose is not being broken. */
function statusOf({ status, phase, probe }: Report): string {
  if (status !== 'fail') return 'UP';
  return phase === 'ready' || probe === 'liveness' ? 'DOWN' : 'OUT_OF_SERVICE';
}

function componentOf(check: CheckReport, details: Details): object {
  const { status, reason, since, reading, measured, impairedBy, onFail, detail } = check;
  const told = {
    ...(status !== 'pass' && { reason }),
    ...(status !== 'pass' && onFail !== 'fail' && { tolerated: true }),
    since: iso(since),
    ...(reading !== undefined && { responseTimeMs: Math.round(reading.durationMs * 100) / 100 }),
    ...Object.fromEntries(measured.map(({ name, value }) => [name, value])),
    ...(impairedBy.length > 0 && { impairedBy }),
    ...(details === 'full' && detail !== undefined && { error: detail.reveal() }),
  };
  return { status: words[status], details: told };
}
