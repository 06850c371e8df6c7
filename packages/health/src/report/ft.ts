import type { CheckReport, Report } from '../report.ts';
import type { Details, Format, Written } from '../serve/format.ts';
import { iso } from './times.ts';

/**
 * The Financial Times' health check standard, schema version 1: every check brings what its
 * failure means and what to do about it.
 */
export const ft: Format = { name: 'ft', types: [], write };

function write(report: Report, details: Details, now: number): Written {
  const { service, status, checks } = report;
  const listed = details === 'status' ? [] : checks;
  const body = JSON.stringify({
    schemaVersion: 1,
    systemCode: service.name ?? 'unnamed',
    name: service.name ?? 'unnamed',
    description: service.description ?? '',
    checks: listed.map((check) => checkOf(check, details, now)),
  });
  // The standard says 200 always; a failure is not hidden behind one here.
  return {
    body,
    status: status === 'fail' ? 503 : 200,
    headers: { 'content-type': 'application/json' },
  };
}

function checkOf(check: CheckReport, details: Details, now: number): object {
  const { name, status, reason, reading, runbook, onFail, detail } = check;
  const isOk = status === 'pass' || status === 'warn';
  return {
    id: name,
    name,
    ok: isOk,
    severity: runbook.severity ?? (onFail === 'fail' ? 1 : 2),
    businessImpact: runbook.impact ?? 'not stated',
    technicalSummary: runbook.summary ?? `looks at ${name}`,
    panicGuide: runbook.url ?? runbook.action ?? 'not stated',
    checkOutput: details === 'full' ? (detail?.reveal() ?? reason ?? '') : (reason ?? ''),
    lastUpdated: iso(reading?.at ?? now),
  };
}
