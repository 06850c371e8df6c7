import { sql, type Kysely } from 'kysely';
import type { Engine } from './migrations/step.ts';

/**
 * A number that moves with every change of what gateways keep in memory. It moves inside the
 * transaction that changes it, by triggers: no writer can forget it, not even one that types SQL
 * by hand, and whoever sees the new number sees the new rows.
 */
export async function createRevision(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('revision')
    .addColumn('number', 'bigint', (column) => column.notNull())
    .execute();
  await sql`INSERT INTO revision (number) VALUES (0)`.execute(db);
  if (engine === 'postgres') {
    await sql`CREATE FUNCTION vitalgate_changed() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN UPDATE revision SET number = number + 1; RETURN NULL; END $$`.execute(db);
  }
}

/** From now on changes of `table` move the revision; for a migration that makes such a table. */
export async function announceChanges(
  db: Kysely<unknown>,
  engine: Engine,
  table: string,
): Promise<void> {
  if (engine === 'postgres') {
    await sql`CREATE TRIGGER ${sql.ref(`${table}_changed`)}
      AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${sql.table(table)}
      FOR EACH STATEMENT EXECUTE FUNCTION vitalgate_changed()`.execute(db);
    return;
  }
  for (const event of ['INSERT', 'UPDATE', 'DELETE'] as const) {
    await sql`CREATE TRIGGER ${sql.ref(`${table}_${event.toLowerCase()}`)}
      AFTER ${sql.raw(event)} ON ${sql.table(table)}
      BEGIN UPDATE revision SET number = number + 1; END`.execute(db);
  }
}
