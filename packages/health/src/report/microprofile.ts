import type { CheckReport, Report } from '../report.ts';
import type { Details, Format, Written } from '../serve/format.ts';

/**
 * MicroProfile Health 4.0. Its only rule is AND, so a check that is tolerated when it fails is UP
 * and says so in its data.
 */
export const microprofile: Format = { name: 'microprofile', types: [], write };

function write(report: Report, details: Details): Written {
  const { status, reasons, checks } = report;
  const isUp = status !== 'fail';
  const listed = details === 'status' ? [] : checks.map((check) => checkOf(check, isUp, details));
  const isExplained = isUp || listed.some((one) => one.status === 'DOWN');
  // DOWN because of the phase: an entry of its own keeps the sum true.
  const phase =
    isExplained || details === 'status' ? [] : [{ name: reasons[0] ?? 'phase', status: 'DOWN' }];
  const body = JSON.stringify({ status: isUp ? 'UP' : 'DOWN', checks: [...listed, ...phase] });
  const headers = { 'content-type': 'application/json' };
  return { body, status: isUp ? 200 : 503, headers };
}

interface Listed {
  readonly name: string;
  readonly status: 'UP' | 'DOWN';
  /** Flat: strings, numbers and booleans (health-check-schema.json). */
  readonly data?: Readonly<Record<string, string | number | boolean>>;
}

function checkOf(check: CheckReport, isUp: boolean, details: Details): Listed {
  const { name, status, reason, measured, onFail, detail } = check;
  const isDown = !isUp && onFail === 'fail' && (status === 'fail' || status === 'unknown');
  const data = {
    ...(status !== 'pass' && { health: status, reason: reason ?? 'failed' }),
    ...Object.fromEntries(measured.map((one) => [one.name, one.value])),
    ...(details === 'full' && detail !== undefined && { error: detail.reveal() }),
  };
  const told = Object.keys(data).length === 0 ? {} : { data };
  return { name, status: isDown ? 'DOWN' : 'UP', ...told };
}
