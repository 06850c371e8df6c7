import type { Step } from './step.ts';

export const money: Step = async (db) => {
  const ledger = () => db.schema.alterTable('ledger');
  await ledger().addColumn('team', 'text').execute();
  await ledger().addColumn('cache_written_tokens', 'bigint').execute();
  await ledger().addColumn('cost', 'bigint').execute();
  await ledger().addColumn('currency', 'text').execute();
  await ledger().addColumn('price_source', 'text').execute();
  await ledger()
    .addColumn('is_estimated', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
};
