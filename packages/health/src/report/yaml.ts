import type { Format } from '../serve/format.ts';
import { columns, rowsOf } from './rows.ts';

/**
 * YAML 1.2. Every text is a double-quoted scalar, which is JSON's string, so that no word (`no`,
 * `1e3`, a date) is taken for something else.
 */
export const yaml: Format = {
  name: 'yaml',
  types: ['application/yaml', 'application/x-yaml', 'text/yaml'],
  write(report, details, now) {
    const { status, uptime, name, version, phase, reasons, checks } = rowsOf(report, details, now);
    const lines = [
      `status: ${quoted(status)}`,
      `uptime: ${uptime}`,
      `phase: ${quoted(phase)}`,
      ...(name === undefined ? [] : [`name: ${quoted(name)}`]),
      ...(version === undefined ? [] : [`version: ${quoted(version)}`]),
      reasons.length === 0 ? 'reasons: []' : 'reasons:',
      ...reasons.map((reason) => `  - ${quoted(reason)}`),
      checks.length === 0 ? 'checks: []' : 'checks:',
      ...checks.flatMap((row) =>
        columns
          .filter((column) => row[column] !== '')
          .map((column, i) => `  ${i === 0 ? '-' : ' '} ${column}: ${quoted(row[column])}`),
      ),
    ];
    return { body: `${lines.join('\n')}\n` };
  },
};

/** JSON leaves DEL and the C1 controls as they are; YAML does not take them (section 5.1). */
const quoted = (text: string): string =>
  JSON.stringify(text.toWellFormed()).replaceAll(
    /[\u007F-\u009F\uFEFF\uFFFE\uFFFF]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
