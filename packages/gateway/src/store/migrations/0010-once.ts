import type { Step } from './step.ts';

/** Calls with an Idempotency-Key, and what they were answered. */
export const once: Step = async (db) => {
  await db.schema
    .createTable('once')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('request', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('answered_at', 'bigint')
    .addColumn('answer', 'text')
    .execute();
  await db.schema.createIndex('once_by_time').on('once').columns(['at']).execute();
};
