import type { StatementSync } from 'node:sqlite';
import { journalColumns } from './journal-columns.ts';
import type { LedgerSink } from './ledger-sink.ts';
import { openSqlite } from './sqlite.ts';

export function sqliteSink(path: string, isDurable: boolean): LedgerSink {
  const sqlite = openSqlite(path);
  // The journal gives up what was committed, so the commit must outlive what the journal would.
  if (isDurable) sqlite.exec('PRAGMA synchronous = FULL');
  const statements = new Map<number, StatementSync>();
  const insertion = (length: number): StatementSync => {
    const known = statements.get(length);
    if (known !== undefined) return known;
    const columns = journalColumns.slice(0, length);
    const made = sqlite.prepare(
      `INSERT OR IGNORE INTO ledger (${columns.join(', ')})
       VALUES (${columns.map(() => '?').join(', ')})`,
    );
    statements.set(length, made);
    return made;
  };
  return {
    insert(rows) {
      try {
        sqlite.exec('BEGIN IMMEDIATE');
        for (const row of rows) insertion(row.length).run(...row);
        sqlite.exec('COMMIT');
      } catch (error) {
        if (sqlite.isTransaction) sqlite.exec('ROLLBACK');
        throw error;
      }
      return 0;
    },
    close: () => sqlite.close(),
  };
}
