import type { Step } from './step.ts';

/** Whose key a call came with, from where and to what, and what guardrails found in it. */
export const whoAndWhere: Step = async (db) => {
  for (const column of ['owner', 'network', 'route', 'guardrails']) {
    await db.schema.alterTable('ledger').addColumn(column, 'text').execute();
  }
};
