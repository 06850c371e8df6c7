import { StartFailure } from '@vitalgate/contract';
import { Kysely, type Dialect, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import { migrationsOf, type Tables } from './migrations.ts';
import type { Engine } from './migrations/step.ts';
import type { EngineParts } from './engine.ts';
import { placeOf, type Place } from './place.ts';
import { sqliteParts } from './sqlite-dialect.ts';

/** One database, on either engine; what is asked of it is said once, in Kysely. */
export interface Store {
  readonly engine: Engine;
  readonly db: Kysely<Tables>;
  /** The same for reading what may take seconds: a search, a sum over the ledger. */
  readonly reports: Kysely<Tables>;
  /**
   * The same for what a person looks for in the ledger: a statement that takes longer than `SEARCH_MS`
   * is ended, which `isCutShort` tells.
   */
  readonly searches: Kysely<Tables>;
  /** Where it is, for people: a path, or a URL without password. */
  readonly shown: string;
  /**
   * Brings the tables up to date; instances that start together do it once.
   *
   * @throws {StartFailure} `store_unavailable`, or `store_too_new` when a newer program wrote it.
   */
  migrate(): Promise<void>;
  /** A number that moves with every change of what is kept in memory (see revision.ts). */
  revision(): Promise<number>;
  /** Lets go of connections that do not answer; the next question makes new ones. */
  renew(): void;
  /**
   * A transaction in which nobody else, in whatever process, is inside one of the same name: for
   * what must happen once, such as the first owner.
   */
  alone<Result>(
    name: string,
    act: (transaction: Transaction<Tables>) => Promise<Result>,
  ): Promise<Result>;
  close(): Promise<void>;
}

/**
 * Opens the store and brings its tables up to date.
 *
 * @param url `sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`
 * @throws {StartFailure} as `Store.migrate`
 */
export async function openStore(url: string): Promise<Store> {
  const store = await connectStore(url);
  try {
    await store.migrate();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * The store, whether or not its server answers yet; its tables may be those of an older program.
 *
 * @throws {StartFailure} `store_unavailable` when a file cannot be opened
 */
export async function connectStore(url: string): Promise<Store> {
  const place = placeOf(url);
  const parts = await partsOf(place);
  const db = new Kysely<Tables>({ dialect: parts.dialect });
  const reports = parts.reports === undefined ? db : new Kysely<Tables>({ dialect: parts.reports });
  const searches = new Kysely<Tables>(parts.searches);
  return {
    engine: place.engine,
    db,
    reports,
    searches,
    shown: place.shown,
    migrate: () => parts.migrating((dialect) => migrate(dialect, place)),
    async revision() {
      return (await db.selectFrom('revision').select('number').executeTakeFirstOrThrow()).number;
    },
    renew: () => parts.renew(),
    alone: (name, act) =>
      db.transaction().execute(async (transaction) => {
        await parts.lock(transaction, name);
        return act(transaction);
      }),
    async close() {
      await searches.destroy();
      await reports.destroy();
      await db.destroy();
      await parts.close();
    },
  };
}

async function partsOf({ engine, at, shown }: Place): Promise<EngineParts> {
  if (engine === 'postgres') {
    // Who keeps to SQLite need not load it.
    const { postgresParts } = await import('./postgres.ts');
    return postgresParts(at);
  }
  try {
    return await sqliteParts(at);
  } catch (cause) {
    throw unavailable(`cannot open ${shown}`, cause);
  }
}

async function migrate(dialect: Dialect, { engine, shown }: Place): Promise<void> {
  const migrations = migrationsOf(engine);
  const db = new Kysely<Tables>({ dialect });
  try {
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
    if (error === undefined) return;
    if (applied.some(({ name }) => !known.has(name)) || /missing/.test(messageOf(error))) {
      const what = `${shown} was written by a newer version; use that one`;
      throw new StartFailure('store_too_new', what, error);
    }
    throw unavailable(`cannot bring ${shown} up to date`, error);
  } finally {
    await db.destroy();
  }
}

const unavailable = (what: string, cause: unknown) =>
  new StartFailure('store_unavailable', `${what}: ${messageOf(cause)}`, cause);

/** A connection refused at every address of a name has no message of its own. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
