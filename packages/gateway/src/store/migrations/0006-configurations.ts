import { announceChanges } from '../revision.ts';
import type { Step } from './step.ts';

/** What was made in the console, every version of it, and the secrets it refers to. */
export const configurations: Step = async (db, engine) => {
  await db.schema
    .createTable('configurations')
    .addColumn('number', 'bigint', (column) => column.primaryKey())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('author', 'text', (column) => column.notNull())
    .addColumn('note', 'text')
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('secrets')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .execute();
  await announceChanges(db, engine, 'configurations');
};
