import type { Format } from '../serve/format.ts';
import { columns, rowsOf } from './rows.ts';

/** XML 1.0, one element per check. */
export const xml: Format = {
  name: 'xml',
  types: ['application/xml', 'text/xml'],
  write(report, details, now) {
    const { status, uptime, name, version, phase, reasons, checks } = rowsOf(report, details, now);
    const attributes = { status, uptime: String(uptime), phase, name, version };
    const lines = [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<health${attributesOf(attributes)}>`,
      ...reasons.map((reason) => `  <reason>${escaped(reason)}</reason>`),
      ...checks.map((row) => {
        const told = Object.fromEntries(
          columns.map((column) => [column, row[column] || undefined]),
        );
        return `  <check${attributesOf(told)}/>`;
      }),
      '</health>',
    ];
    return { body: `${lines.join('\n')}\n` };
  },
};

function attributesOf(attributes: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(attributes)
    .flatMap(([name, value]) => (value === undefined ? [] : [` ${name}="${escaped(value)}"`]))
    .join('');
}

/** Characters that XML 1.0 cannot hold at all (section 2.2) become the replacement character. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[\t\n\r]/g, (space) => `&#${space.codePointAt(0)};`);
}
