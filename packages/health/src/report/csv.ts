import type { Format } from '../serve/format.ts';
import { columns, rowsOf, type Row } from './rows.ts';

/** CSV as RFC 4180 has it: a header, a row for the whole and one for each check. */
export const csv: Format = {
  name: 'csv',
  types: ['text/csv; charset=utf-8; header=present'],
  write(report, details, now) {
    const { status, name, reasons, checks } = rowsOf(report, details, now);
    const whole: Row = {
      name: name ?? 'health',
      status,
      reason: reasons.join(' '),
      since: '',
      time: '',
      durationMs: '',
      detail: '',
    };
    const lines = [whole, ...checks].map((row) =>
      columns.map((column) => field(row[column])).join(','),
    );
    return { body: `${[columns.join(','), ...lines].join('\r\n')}\r\n` };
  },
};

/** Spreadsheets run what begins like a formula (OWASP, "CSV Injection"); an apostrophe stops them. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
