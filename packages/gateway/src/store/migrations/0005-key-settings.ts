import type { Step } from './step.ts';

/** What a key of the store may, and the secret it had before, which may live on for a while. */
export const keySettings: Step = async (db) => {
  const keys = () => db.schema.alterTable('keys');
  await keys()
    .addColumn('settings', 'text', (column) => column.notNull().defaultTo('{}'))
    .execute();
  await keys().addColumn('previous_digest', 'text').execute();
  await keys().addColumn('previous_until', 'bigint').execute();
  await keys()
    .addColumn('version', 'bigint', (column) => column.notNull().defaultTo(1))
    .execute();
  await db.schema.createIndex('ledger_by_key').on('ledger').columns(['key_id', 'at']).execute();
};
