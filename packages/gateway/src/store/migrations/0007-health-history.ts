import type { Step } from './step.ts';

/** How well everything was at what time, and the incidents that were made of it. */
export const healthHistory: Step = async (db) => {
  await db.schema
    .createTable('verdicts')
    .addColumn('sequence', 'bigint', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('state', 'text')
    .addColumn('state_before', 'text')
    .execute();
  await db.schema
    .createIndex('verdicts_by_subject')
    .on('verdicts')
    .columns(['kind', 'name', 'sequence'])
    .execute();
  await db.schema.createIndex('verdicts_by_time').on('verdicts').columns(['kind', 'at']).execute();
  await db.schema
    .createTable('incidents')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('cause', 'text', (column) => column.notNull())
    .addColumn('targets', 'text', (column) => column.notNull())
    .addColumn('title', 'text')
    .addColumn('severity', 'text', (column) => column.notNull())
    .addColumn('routes', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('is_public', 'bigint', (column) => column.notNull())
    .addColumn('notes', 'text', (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('incidents_by_time')
    .on('incidents')
    .columns(['started_at', 'id'])
    .execute();
};
