import type { Step } from './step.ts';

/** Whose call an answer is kept of, so that it can be erased for whom one asks. */
export const whoseAnswers: Step = async (db) => {
  for (const column of ['key_id', 'team', 'owner']) {
    await db.schema.alterTable('once').addColumn(column, 'text').execute();
  }
};
