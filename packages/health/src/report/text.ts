import type { Format } from '../serve/format.ts';
import { oneLine } from './clean.ts';
import { rowsOf } from './rows.ts';

/** A line for the whole and one for each check, for a terminal. */
export const text: Format = {
  name: 'text',
  types: ['text/plain; charset=utf-8'],
  write(report, details, now) {
    const { status, uptime, reasons, checks } = rowsOf(report, details, now);
    const why = reasons.length === 0 ? '' : ` (${oneLine(reasons.join(', '))})`;
    const width = Math.max(0, ...checks.map(({ name }) => name.length));
    const lines = checks.map(({ name, status: one, reason, detail }) =>
      oneLine([name.padEnd(width), one.padEnd(7), reason, detail].join('  ')),
    );
    return { body: `${[`${status}${why}, up ${uptime} s`, ...lines].join('\n')}\n` };
  },
};
