import { announceChanges, createRevision } from '../revision.ts';
import type { Step } from './step.ts';

export const revision: Step = async (db, engine) => {
  await createRevision(db, engine);
  await announceChanges(db, engine, 'keys');
  await announceChanges(db, engine, 'admin_tokens');
};
