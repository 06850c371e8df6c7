import { setTimeout } from 'node:timers/promises';

/** Whoever has the lock is asked again after so long. */
const ASK_MS = 20;
/** Result codes "SQLITE_BUSY" and "SQLITE_BUSY_RECOVERY" (sqlite.org/rescode.html). */
const BUSY: ReadonlySet<unknown> = new Set([5, 261]);

/**
 * Does it again until no other connection is in its way, or `patienceMs` are over. Left to SQLite,
 * the thread would stand still meanwhile, and with it whatever else is asked of it.
 */
export async function untilFree<Result>(act: () => Result, patienceMs: number): Promise<Result> {
  for (let waited = 0; ; waited += ASK_MS) {
    try {
      return act();
    } catch (error) {
      if (!isBusy(error) || waited >= patienceMs) throw error;
      await setTimeout(ASK_MS);
    }
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && BUSY.has(error.errcode);
