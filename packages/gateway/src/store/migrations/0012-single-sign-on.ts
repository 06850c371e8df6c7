import type { Step } from './step.ts';

/** Who somebody is at the organisation's own sign-in. */
export const singleSignOn: Step = async (db) => {
  await db.schema.alterTable('users').addColumn('subject', 'text').execute();
  await db.schema
    .createIndex('users_by_subject')
    .unique()
    .on('users')
    .columns(['subject'])
    .execute();
};
