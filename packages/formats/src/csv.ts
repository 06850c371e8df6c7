import type { Options as ParserOptions } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import type { Options as StringifierOptions } from 'csv-stringify';
import { stringify } from 'csv-stringify/sync';
import { FormatError } from './errors.ts';
import type { PromptFormat, FormatName, ReadOptions, WriteOptions } from './format.ts';
import { parseJson, stringifyJson } from './json.ts';
import { boundParts } from './parts.ts';
import { textOfBody, utf8 } from './text.ts';
import {
  checkKey,
  inferred,
  isList,
  isRecord,
  textOf,
  type Value,
  type ValueRecord,
} from './value.ts';

/** CSV (RFC 4180) with a header: a list of records. */
export const csv: PromptFormat = separated('csv', ',', 'text/csv', 'application/csv');

/** The same between tabs (IANA, text/tab-separated-values). */
export const tsv: PromptFormat = separated('tsv', '\t', 'text/tab-separated-values', 'text/tsv');

function separated(
  name: FormatName,
  delimiter: string,
  type: string,
  ...others: string[]
): PromptFormat {
  return {
    name,
    mediaTypes: [type, ...others],
    read(bytes, options) {
      const text = textOfBody(bytes, options.contentType);
      boundParts(text, `${delimiter}\n\r`, MOST_CELLS);
      try {
        return parse(text, readerOptions(delimiter, options));
      } catch (cause) {
        throw unreadable(cause);
      }
    },
    write(value, options) {
      const rows = rowsOf(value);
      const columns = options.columns ?? columnsOf(rows);
      const lines = [
        headerOf(columns, options),
        ...rows.map((row) => cellsOf(row, columns, options)),
      ];
      const text = stringify(lines, writerOptions(delimiter));
      return { bytes: utf8(text), contentType: `${type}; charset=utf-8; header=present` };
    },
  };
}

/** More of them are carried over as records. */
const MOST_CELLS = 500_000;

export function unreadable(cause: unknown): FormatError {
  if (cause instanceof FormatError) return cause;
  const [, line] = /on line (\d+)/.exec(String(cause)) ?? [];
  const at = line === undefined ? '' : ` at line ${line}`;
  return new FormatError('unreadable', `it is no table with a header${at}`, { cause });
}

/** RFC 4180, section 3: then rows are lists, and the first is one of them. */
const HEADLESS = /;\s*header\s*=\s*"?absent/i;

function namesOf(header: string[]): string[] {
  const names = header.map(checkKey);
  if (new Set(names).size === names.length) return names;
  throw new FormatError('unreadable', 'two columns have one name');
}

/** For csv-parse. An empty cell is null, one with quotes around nothing the empty text. */
export const readerOptions = (
  delimiter: string,
  { infer = true, contentType = '', ...limits }: ReadOptions,
): ParserOptions => ({
  delimiter,
  bom: true,
  skip_empty_lines: true,
  max_record_size: 1_048_576,
  columns: HEADLESS.test(contentType) ? false : namesOf,
  cast(
    text: string,
    { quoting, header }: { readonly quoting: boolean; readonly header: boolean },
  ): Value {
    if (header) return text;
    if (quoting || !infer) return text === '' && !quoting ? null : nested(text, infer, limits);
    return text === '' ? null : inferred(text);
  },
});

/** Lists and records stand in their cells as JSON. */
function nested(text: string, infer: boolean, limits: ReadOptions): Value {
  const isJson = infer && /^(?:\{.*\}|\[.*\])$/s.test(text);
  if (!isJson) return text;
  try {
    return parseJson(text, limits);
  } catch (error) {
    if (error instanceof FormatError && error.code === 'unreadable') return text;
    throw error;
  }
}

/** For csv-stringify. Texts are quoted, so that none is taken for a number when it comes back. */
export const writerOptions = (delimiter: string): StringifierOptions => ({
  delimiter,
  record_delimiter: '\r\n',
  quoted_string: true,
  // Numbers and truth values go without quotes, which is how they are known again.
  cast: { boolean: String, number: String, bigint: String, object: String },
});

export const headerOf = (
  columns: readonly string[],
  { formulas = 'escape' }: WriteOptions,
): unknown[] => columns.map((name) => guarded(name, formulas));

/** A list is rows; anything else is one. What is no record is told in a column of its own. */
export const rowsOf = (value: Value): readonly ValueRecord[] =>
  (isList(value) ? value : [value]).map((item) => (isRecord(item) ? item : { value: item }));

export const columnsOf = (rows: readonly ValueRecord[]): readonly string[] => [
  ...new Set(rows.flatMap((row) => Object.keys(row))),
];

export const cellsOf = (
  row: ValueRecord,
  columns: readonly string[],
  { formulas = 'escape' }: WriteOptions,
): unknown[] => columns.map((name) => cellOf(row[name] ?? null, formulas));

function cellOf(value: Value, formulas: 'escape' | 'keep'): unknown {
  if (value === null) return undefined;
  if (isList(value) || isRecord(value)) return stringifyJson(value);
  if (typeof value === 'string') return guarded(value, formulas);
  return value instanceof Date || value instanceof Uint8Array ? textOf(value) : value;
}

/** What spreadsheets run when a cell begins with it (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r＝＋－＠]/;

const guarded = (text: string, formulas: 'escape' | 'keep'): string =>
  formulas === 'escape' && FORMULA.test(text) ? `'${text}` : text;
