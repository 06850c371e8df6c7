import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { SqliteDialect } from 'kysely';
import type { EngineParts } from './engine.ts';
import { PatientSqliteDialect } from './patient-sqlite.ts';
import { openSqlite } from './sqlite.ts';

/** Another program brings the tables up to date: it is given a minute. */
const ASK_MS = 20;
const MOST_ASKED = 3000;

/** The embedded engine; makes the file and its folder where there is none. */
export function sqliteParts(path: string): EngineParts {
  mkdirSync(dirname(path), { recursive: true });
  const sqlite = openSqlite(path);
  // SQLite would wait on this thread, which has callers to answer.
  sqlite.exec('PRAGMA busy_timeout = 0');
  return {
    dialect: new PatientSqliteDialect({ database: adapt(sqlite) }),
    async migrating(act) {
      const own = openSqlite(path);
      try {
        await begin(own);
        await act(new SqliteDialect({ database: { ...adapt(own), close() {} } }));
        own.exec('COMMIT');
      } finally {
        // Closing rolls back what has not been committed.
        own.close();
      }
    },
    // Whoever writes holds the one write lock there is, and this writes nothing new.
    async lock(transaction) {
      await transaction
        .updateTable('revision')
        .set((row) => ({ number: row.ref('number') }))
        .execute();
    },
    renew() {},
  };
}

/** Takes the write lock, waiting for whoever has it without holding up this thread. */
async function begin(sqlite: DatabaseSync): Promise<void> {
  sqlite.exec('PRAGMA busy_timeout = 0');
  for (let asked = 1; ; asked += 1) {
    try {
      sqlite.exec('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (asked === MOST_ASKED) throw error;
      await setTimeout(ASK_MS);
    }
  }
}

/** node:sqlite in the shape that Kysely's SQLite dialect asks for. */
function adapt(sqlite: DatabaseSync) {
  type Values = Parameters<ReturnType<DatabaseSync['prepare']>['all']>;
  return {
    close: () => sqlite.close(),
    prepare(sql: string) {
      const statement = sqlite.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (values: readonly unknown[]) => statement.all(...(values as Values)),
        run: (values: readonly unknown[]) => statement.run(...(values as Values)),
        iterate: (values: readonly unknown[]) => statement.iterate(...(values as Values)),
      };
    },
  };
}
