import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { StartFailure } from '@vitalgate/contract';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { migrations, type Tables } from './migrations.ts';
import { openSqlite } from './sqlite.ts';

export interface Store {
  readonly db: Kysely<Tables>;
  /** Path of the SQLite file. */
  readonly path: string;
  /** A number that moves when another connection has written (SQLite `data_version`). */
  version(): number;
  close(): Promise<void>;
}

/**
 * Opens the store and brings its tables up to date.
 *
 * @throws {StartFailure} `store_unavailable`, or `store_too_new` when a newer program wrote it.
 */
export async function openStore(url: string): Promise<Store> {
  const path = url.replace(/^sqlite:/, '');
  let sqlite: DatabaseSync;
  try {
    mkdirSync(dirname(path), { recursive: true });
    sqlite = openSqlite(path);
  } catch (cause) {
    throw new StartFailure(
      'store_unavailable',
      `cannot open ${path}: ${(cause as Error).message}`,
      cause,
    );
  }
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(sqlite) }) });

  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  });
  const known = new Set(Object.keys(migrations));
  const applied = await migrator.getMigrations().then(
    (all) => all.filter((one) => one.executedAt !== undefined),
    () => [],
  );
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await db.destroy();
    const tooNew = applied.some(({ name }) => !known.has(name)) || /missing/.test(messageOf(error));
    throw tooNew
      ? new StartFailure(
          'store_too_new',
          `${path} was written by a newer version; use that one`,
          error,
        )
      : new StartFailure(
          'store_unavailable',
          `cannot bring ${path} up to date: ${messageOf(error)}`,
          error,
        );
  }

  const dataVersion = sqlite.prepare('PRAGMA data_version');
  return {
    db,
    path,
    version: () => Number(dataVersion.get()?.['data_version'] ?? 0),
    close: () => db.destroy(),
  };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : 'unknown error');

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
