import type { Step } from './step.ts';

/** Prompts and answers, where they are to be kept; see capture/captures.ts. */
export const captures: Step = async (db) => {
  await db.schema
    .createTable('captures')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('key_id', 'text')
    .addColumn('team', 'text')
    .addColumn('owner', 'text')
    .addColumn('request', 'text')
    .addColumn('answer', 'text')
    .addColumn('redacted', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('captures_by_time').on('captures').columns(['at']).execute();
};
