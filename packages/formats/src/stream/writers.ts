import { stringify } from 'csv-stringify/sync';
import { cellsOf, columnsOf, headerOf, rowsOf, writerOptions } from '../csv.ts';
import { FormatError } from '../errors.ts';
import type { WriteOptions } from '../format.ts';
import { formats } from '../formats.ts';
import { stringifyJson } from '../json.ts';
import type { Value } from '../value.ts';
import { ITEM, ROOT, XMLNS, XSI } from '../xml/words.ts';
import { keyToName } from '../xml/names.ts';
import { writeElement } from '../xml/write.ts';
import { stringifyYaml } from '../yaml.ts';

/** Formats that can be written an item at a time. */
export type ItemTarget = 'json' | 'ndjson' | 'csv' | 'tsv' | 'xml' | 'yaml';

/** What a list in it is called, as `write` calls it. */
export const typeOfList = (to: ItemTarget): string =>
  `${formats[to].mediaTypes[0]}; charset=utf-8${to === 'csv' || to === 'tsv' ? '; header=present' : ''}`;

/** Writes a list without knowing its end. */
export interface ItemWriter {
  /** Some items, at least one. */
  items(items: readonly Value[]): string;
  /** What comes after the last. */
  end(): string;
}

export function writerOf(to: ItemTarget, options: WriteOptions): ItemWriter {
  switch (to) {
    case 'json':
      return new Between('[', ',\n', ']\n');
    case 'ndjson':
      return {
        items: (items) => items.map((item) => `${stringifyJson(item)}\n`).join(''),
        end: () => '',
      };
    case 'xml':
      return new Elements(options.root ?? ROOT);
    case 'yaml':
      return new Dashes();
    case 'csv':
    case 'tsv':
      return new Rows(to === 'csv' ? ',' : '\t', options);
  }
}

class Between implements ItemWriter {
  #before: string;
  readonly #open: string;
  readonly #between: string;
  readonly #close: string;

  constructor(open: string, between: string, close: string) {
    this.#open = open;
    this.#before = open;
    this.#between = between;
    this.#close = close;
  }

  items(items: readonly Value[]): string {
    const text = this.#before + items.map((item) => stringifyJson(item)).join(this.#between);
    this.#before = this.#between;
    return text;
  }

  end(): string {
    return (this.#before === this.#open ? this.#open : '') + this.#close;
  }
}

class Elements implements ItemWriter {
  readonly #name: string;
  #hasBegun = false;

  constructor(root: string) {
    this.#name = keyToName(root);
  }

  items(items: readonly Value[]): string {
    const parts = [this.#beginning()];
    for (const item of items) {
      parts.push('\n');
      writeElement(ITEM, item, parts);
    }
    return parts.join('');
  }

  end(): string {
    return `${this.#beginning()}</${this.#name}>\n`;
  }

  /** Whether there will be a null is not known yet. */
  #beginning(): string {
    if (this.#hasBegun) return '';
    this.#hasBegun = true;
    return `<?xml version="1.0" encoding="UTF-8"?>\n<${this.#name} ${XMLNS}="${XSI}">`;
  }
}

class Dashes implements ItemWriter {
  #isEmpty = true;

  items(items: readonly Value[]): string {
    this.#isEmpty = false;
    return stringifyYaml(items);
  }

  end(): string {
    return this.#isEmpty ? '[]\n' : '';
  }
}

class Rows implements ItemWriter {
  readonly #delimiter: string;
  readonly #options: WriteOptions;
  #columns: readonly string[] | undefined;
  #isFirst = true;

  constructor(delimiter: string, options: WriteOptions) {
    this.#delimiter = delimiter;
    this.#options = options;
    this.#columns = options.columns;
  }

  items(items: readonly Value[]): string {
    const rows = rowsOf(items);
    this.#columns ??= Object.keys(rows[0] ?? {});
    const columns = this.#columns;
    // Rows that went out had no place for it, and a cell is not left out in silence.
    const late = columnsOf(rows).find((name) => !columns.includes(name));
    if (late !== undefined && this.#options.columns === undefined) {
      throw new FormatError(
        'not_expressible',
        'a row has a column that the first has not: name the columns',
      );
    }
    const lines = rows.map((row) => cellsOf(row, columns, this.#options));
    if (this.#isFirst) lines.unshift(headerOf(columns, this.#options));
    this.#isFirst = false;
    return stringify(lines, writerOptions(this.#delimiter));
  }

  end(): string {
    return '';
  }
}
