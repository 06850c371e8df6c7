import { componentOf, worstOf } from './component.ts';
import { malformed, reader, type Reader } from './reader.ts';

const STATUS = ['status', 'state', 'health'];
const NAME = ['name', 'check', 'component', 'service', 'id'];
const MAX_ROWS = 1_001;

/**
 * A table (RFC 4180, with `,`, `;` or tabs) with a column for the status and one for the name; the
 * worst row counts.
 */
export const csv: Reader = reader(
  'csv',
  ({ type, text }) => {
    if (type === 'text/csv') return true;
    const heads = headsOf(rowsOf(text.slice(0, 1_024), 1));
    return (
      heads.length > 1 && [STATUS, NAME].every((some) => some.some((name) => heads.includes(name)))
    );
  },
  ({ text }) => {
    const [head, ...rows] = rowsOf(text, MAX_ROWS);
    const heads = headsOf(head === undefined ? [] : [head]);
    const status = heads.findIndex((name) => STATUS.includes(name));
    if (status === -1) return malformed;
    const name = heads.findIndex((one) => NAME.includes(one));
    const components = rows.map((row, index) => {
      const fields = heads.map((one, column) => [one, row[column] ?? ''] as const);
      const named = { ...Object.fromEntries(fields), status: row[status] ?? '' };
      return componentOf(row[name] ?? String(index), named);
    });
    return { ...(worstOf(components) ?? malformed), components };
  },
);

function headsOf([head = []]: readonly (readonly string[])[]): readonly string[] {
  return head.map((cell) => cell.trim().toLowerCase());
}

/** Cells up to the given number of rows. */
function rowsOf(text: string, max: number): readonly (readonly string[])[] {
  const [head = ''] = text.split('\n', 1);
  const separator = [',', ';', '\t'].find((one) => head.includes(one)) ?? ',';
  const cell = new RegExp(
    `(?:"((?:[^"]|""){0,65536})"|([^${separator}\\r\\n"]*))(${separator}|\\r?\\n|$)`,
    'y',
  );
  const rows: string[][] = [];
  let row: string[] = [];
  while (rows.length < max) {
    const found = cell.exec(text);
    if (found === null) break;
    const [, quoted, bare = '', end] = found;
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === separator) continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
    if (end === '' || cell.lastIndex >= text.length) break;
  }
  return rows;
}
