import type { Details, Format, Written } from '../serve/format.ts';
import type { CheckReport, Report } from '../report.ts';
import { iso } from './times.ts';

/**
 * Health Check Response Format for HTTP APIs (draft-inadarei-api-health-check-06), strictly: what
 * the draft says SHOULD be absent on `pass` is absent, keys hold one colon at most.
 */
export const healthJson: Format = {
  name: 'health+json',
  types: ['application/health+json', 'application/vnd.health+json'],
  write,
};

function write(report: Report, details: Details): Written {
  const { status, service, reasons, checks } = report;
  const notes = status === 'pass' || reasons.length === 0 ? undefined : reasons;
  if (details === 'status') return { body: JSON.stringify({ status, notes }) };
  const entries = Object.entries(checksOf(checks, details));
  return {
    body: JSON.stringify({
      status,
      version: service.version,
      releaseId: service.releaseId,
      serviceId: service.instance,
      description: service.description ?? service.name,
      notes,
      checks: entries.length === 0 ? undefined : Object.fromEntries(entries),
    }),
  };
}

type Entries = Record<string, object[]>;

function checksOf(checks: readonly CheckReport[], details: Details): Entries {
  const all: Entries = {};
  for (const check of checks) {
    const { name, reading, measured } = check;
    const common = entryOf(check, details);
    const values = measured.map((one) => [one.name, one.value, one.unit] as const);
    if (reading !== undefined) values.unshift(['responseTime', rounded(reading.durationMs), 'ms']);
    if (values.length === 0) all[name] = [common];
    for (const [measurement, observedValue, unit] of values) {
      // A colon would begin a third part (section 4, "checks").
      const key = `${name}:${measurement.replaceAll(':', '_')}`;
      const observedUnit = unit ?? unitOf(observedValue);
      all[key] = [...(all[key] ?? []), { ...common, observedValue, observedUnit }];
    }
  }
  return all;
}

function entryOf(check: CheckReport, details: Details): object {
  const { name, status, reason, componentType, reading, affects, runbook, detail } = check;
  const isWell = status === 'pass';
  const output = details === 'full' ? (detail?.reveal() ?? reason) : reason;
  return {
    componentId: name,
    componentType,
    // The draft has three words; what nobody knows yet is a warning there.
    status: status === 'unknown' ? 'warn' : status,
    time: reading === undefined ? undefined : iso(reading.at),
    output: isWell ? undefined : output,
    affectedEndpoints: isWell || affects.length === 0 ? undefined : affects,
    links: runbook.url === undefined ? undefined : { help: runbook.url },
  };
}

/** Every value has a unit; a plain count has that of counting. */
function unitOf(value: unknown): string {
  return typeof value === 'number' ? 'count' : typeof value;
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
