import { journalColumns } from './journal-columns.ts';
import type { Values } from './ledger-sink.ts';

const ID = journalColumns.indexOf('id');
const OUTCOME = journalColumns.indexOf('outcome');
const REASON = journalColumns.indexOf('reason');

/** What a line that says that a call begins has before it, so that few of them need be parsed. */
export const BEGINS = ' ';

interface Open {
  readonly file: string;
  readonly line: string;
}

/**
 * Calls that have begun and not ended, as the files of the journal tell it. The line that says that
 * one has begun is kept until it ends: should the process end before, that line is all there is to
 * know of what the provider will want for it.
 */
export class OpenCalls {
  readonly #calls = new Map<string, Open>();

  /** Takes up lines of a file; gives the rows of calls that ended. */
  take(file: string, lines: readonly string[]): Values[] {
    const ended: Values[] = [];
    for (const line of lines) {
      const id = line.startsWith(BEGINS) ? idIn(line) : undefined;
      if (id === undefined) ended.push(...readRow(line));
      else this.#calls.set(id, { file, line });
    }
    return ended;
  }

  /** The database has these. */
  ended(rows: readonly Values[]): void {
    for (const row of rows) this.#calls.delete(String(row[ID]));
  }

  isOpenIn(file: string): boolean {
    for (const one of this.#calls.values()) if (one.file === file) return true;
    return false;
  }

  /** What says in these files that calls have begun which have not ended. */
  linesIn(files: ReadonlySet<string>): string[] {
    return [...this.#calls.values()].flatMap(({ file, line }) => (files.has(file) ? line : []));
  }

  /** What these files said of open calls stands in another one now. */
  moved(files: ReadonlySet<string>, to: string): void {
    for (const [id, { file, line }] of this.#calls) {
      if (files.has(file)) this.#calls.set(id, { file: to, line });
    }
  }

  /** Those that nobody will end any more, as rows that say so with what they were expected to use. */
  interrupted(isOver: (file: string) => boolean): Values[] {
    const rows: Values[] = [];
    for (const [id, { file, line }] of this.#calls) {
      if (!isOver(file)) continue;
      const begun = readRow(line);
      // It was cut where the disk was full, and says nothing.
      if (begun.length === 0) this.#calls.delete(id);
      rows.push(...begun.map(interruptedRow));
    }
    return rows;
  }
}

/** Ids are ours, and have nothing in them that JSON would escape. */
const idIn = (line: string): string | undefined => /^ \["([^"\\]+)",/.exec(line)?.[1];

const interruptedRow = (begun: Values): Values =>
  begun.map((value, i) => {
    if (i === OUTCOME) return 'interrupted';
    return i === REASON ? 'gateway_ended' : value;
  });

/** A line that is no row (torn by a full disk) is left out, or it would hold up the others for ever. */
function readRow(line: string): Values[] {
  try {
    const row: unknown = JSON.parse(line);
    return Array.isArray(row) && row.length <= journalColumns.length ? [row as Values] : [];
  } catch {
    return [];
  }
}
