import type { Level } from '../judge/verdict.ts';
import type { CheckReport, Report } from '../report.ts';
import type { Details, Format, Written } from './format.ts';

/** What the gateway and this library call the three levels. */
export const words: Readonly<Record<Level, string>> = {
  pass: 'healthy',
  warn: 'degraded',
  fail: 'unhealthy',
};

/** Probes read 1,024 bytes of a body at least (Google Cloud, Envoy); some read no more. */
const MOST_BYTES = 1_000;

/** JSON that fits into what every prober reads: the status first, then as much as there is room for. */
export const brief: Format = { name: 'json', types: ['application/json'], write };

function write(report: Report, details: Details, now: number): Written {
  const { service, status, reasons, checks, phase } = report;
  const head = {
    status: words[status],
    ...(status !== 'pass' && reasons.length > 0 && { reason: reasons[0] }),
    uptime: Math.max(0, Math.floor((now - service.startedAt) / 1000)),
  };
  if (details === 'status') return { body: JSON.stringify(head) };
  const { name, version } = service;
  const known = { ...head, phase, name, version };
  const body = JSON.stringify({ ...known, checks: byName(checks, details, now) });
  if (details === 'full' || body.length <= MOST_BYTES) return { body };
  const troubled = checks.filter((check) => check.status !== 'pass');
  const shorter = JSON.stringify({
    ...known,
    checks: byName(troubled, details, now),
    truncated: true,
  });
  return {
    body: shorter.length <= MOST_BYTES ? shorter : JSON.stringify({ ...head, truncated: true }),
  };
}

function byName(
  checks: readonly CheckReport[],
  details: Details,
  now: number,
): Record<string, unknown> {
  return Object.fromEntries(
    checks.map((check) => [check.name, details === 'full' ? inFull(check, now) : inCodes(check)]),
  );
}

function inCodes({ status, reason, impairedBy }: CheckReport): string | object {
  if (status === 'pass') return status;
  return { status, reason, ...(impairedBy.length > 0 && { impairedBy }) };
}

function inFull(check: CheckReport, now: number): object {
  const { status, reason, scope, impairedBy, affects, measured, reading, detail, runbook } = check;
  return {
    status,
    reason,
    scope,
    since: new Date(check.since).toISOString(),
    time: reading && new Date(reading.at).toISOString(),
    age: reading && Math.floor((now - reading.at) / 1000),
    durationMs: reading && Math.round(reading.durationMs * 100) / 100,
    measured: measured.length > 0 ? measured : undefined,
    impairedBy: impairedBy.length > 0 ? impairedBy : undefined,
    affects: affects.length > 0 ? affects : undefined,
    runbook: Object.keys(runbook).length > 0 ? runbook : undefined,
    detail: detail?.reveal(),
  };
}
