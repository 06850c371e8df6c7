import type { Phase } from '../aggregate.ts';
import type { Report } from '../report.ts';
import { oneLine } from './clean.ts';

/**
 * Lines for systemd (sd_notify(3)): `READY=1` once the start is over, `STOPPING=1` on the way out,
 * and a status for people. Node cannot open the datagram socket itself; hand the lines to
 * `systemd-notify`, or to an addon.
 */
export function notifyLines(report: Report, before: Phase | undefined): readonly string[] {
  const { phase, status, reasons } = report;
  const lines: string[] = [];
  if (phase === 'draining' && before !== 'draining') lines.push('STOPPING=1');
  if (phase === 'ready' && (before === undefined || before === 'starting')) lines.push('READY=1');
  lines.push(`STATUS=${oneLine([status, ...reasons].join(' '))}`);
  return lines;
}

/**
 * How often to say `WATCHDOG=1`, in milliseconds: half of what systemd waits; undefined when it
 * does not wait for us. `environment` is that of the process.
 */
export function watchdogMs(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): number | undefined {
  const { WATCHDOG_USEC: usec, WATCHDOG_PID: of } = environment;
  if (usec === undefined || (of !== undefined && Number(of) !== pid)) return undefined;
  const ms = Number(usec) / 2000;
  return ms > 0 ? ms : undefined;
}
