import type { CheckReport, Report } from '../report.ts';
import type { Format } from '../serve/format.ts';
import { oneLine } from './clean.ts';
import { plainNumber } from './times.ts';

const states = {
  pass: { word: 'OK', exit: 0 },
  warn: { word: 'WARNING', exit: 1 },
  fail: { word: 'CRITICAL', exit: 2 },
} as const;

/** How a plugin ends (Monitoring Plugins Development Guidelines, "Plugin Return Codes"). */
export const nagiosExit = ({ status }: Report): 0 | 1 | 2 => states[status].exit;

/** One line of text, then what was measured. */
export function nagiosLine({ status, service, reasons, checks }: Report): string {
  const name = words(service.name ?? 'health').toUpperCase();
  const text = reasons.length > 0 ? words(reasons.join(', ')) : `${checks.length} checks, all well`;
  const data = checks.flatMap(perfdata);
  return `${name} ${states[status].word} - ${text}${data.length === 0 ? '' : ` | ${data.join(' ')}`}`;
}

export const nagios: Format = {
  name: 'nagios',
  types: [],
  write: (report) => ({
    body: `${nagiosLine(report)}\n`,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  }),
};

/** A bar would begin the measured part. */
const words = (text: string): string => oneLine(text).replaceAll('|', '/');

/** Units that the guidelines know; a value in another is told without. */
const units: Readonly<Record<string, string>> = {
  percent: '%',
  '%': '%',
  bytes: 'B',
  B: 'B',
  s: 's',
  ms: 'ms',
};

function perfdata({ name, reading, measured }: CheckReport): string[] {
  const time =
    reading === undefined
      ? []
      : [`${label(`${name}_time`)}=${plainNumber(reading.durationMs / 1000)}s;;;0`];
  const values = measured.flatMap(({ name: what, value, unit }) =>
    typeof value === 'number' && Number.isFinite(value)
      ? [`${label(`${name}_${what}`)}=${plainNumber(value)}${units[unit ?? ''] ?? ''}`]
      : [],
  );
  return [...time, ...values];
}

const label = (text: string): string => `'${words(text).replaceAll(/['=]/g, '_')}'`;
