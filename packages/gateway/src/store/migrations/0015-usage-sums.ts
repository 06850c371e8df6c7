import { createUsageSums } from '../usage-sums.ts';
import type { Step } from './step.ts';

/** Sums of the ledger, by span of time and by whom and what; see keep-sums.ts. */
export const usageSums: Step = (db, engine) => createUsageSums(db, engine);
