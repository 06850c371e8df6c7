import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { eraseCaptures, type CaptureFilter } from './captures.ts';
import type { Store } from './database.ts';
import { emptyLog } from './empty-log.ts';
import { eraseAnswers } from './once.ts';
import { loadState, saveState } from './state.ts';

/** Where the last erasure is told, which every instance has to follow. */
const ERASURE_STATE = 'erasure';

/**
 * Erases what was asked and answered: what was captured, and answers kept for calls that are made
 * once. The ledger stays, which has no word of either. Gives how many captures there were.
 */
export async function erase(store: Store, filter: CaptureFilter): Promise<number> {
  await eraseAnswers(store, filter);
  const erased = await eraseCaptures(store, filter);
  await forgetAnswers(store);
  await emptyLog(store);
  return erased;
}

/** Every instance forgets the answers it remembers, within seconds. */
export async function forgetAnswers(store: Store): Promise<void> {
  await saveState(store, ERASURE_STATE, randomUUID());
  await sql`UPDATE revision SET number = number + 1`.execute(store.db);
}

/** Another value after each erasure: whoever remembers answers in memory forgets them then. */
export const lastErasure = (store: Store): Promise<unknown> => loadState(store, ERASURE_STATE);
