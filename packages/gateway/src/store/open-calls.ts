import { journalColumns } from './journal-columns.ts';
import type { Values } from './ledger-sink.ts';

const ID = journalColumns.indexOf('id');
const OUTCOME = journalColumns.indexOf('outcome');
const REASON = journalColumns.indexOf('reason');

/** The outcome of a line that says that a call begins. */
export const OPEN = 'open';

/**
 * Calls that have begun and not ended, as the files of the journal tell it. A file is kept as long
 * as it has the beginning of one: should the process end before the call does, that line is all
 * there is to know of what the provider will want for it.
 */
export class OpenCalls {
  readonly #calls = new Map<string, { readonly file: string; readonly begun: Values }>();

  /** Takes up lines of a file; gives those of calls that ended. */
  take(file: string, rows: readonly Values[]): Values[] {
    const ended: Values[] = [];
    for (const row of rows) {
      if (row[OUTCOME] === OPEN) this.#calls.set(String(row[ID]), { file, begun: row });
      else ended.push(row);
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

  /** Those that nobody will end any more, as rows that say so with what they were expected to use. */
  interrupted(isOver: (file: string) => boolean): Values[] {
    return [...this.#calls.values()]
      .filter(({ file }) => isOver(file))
      .map(({ begun }) =>
        begun.map((value, i) => {
          if (i === OUTCOME) return 'interrupted';
          return i === REASON ? 'gateway_ended' : value;
        }),
      );
  }
}
