import type { Store } from './database.ts';
import { emptyLog } from './empty-log.ts';
import type { CaptureRow } from './migrations.ts';

export async function keepCaptures({ db }: Store, rows: readonly CaptureRow[]): Promise<void> {
  await db
    .insertInto('captures')
    .values([...rows])
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

export function findCapture({ db }: Store, id: string): Promise<CaptureRow | undefined> {
  return db.selectFrom('captures').selectAll().where('id', '=', id).executeTakeFirst();
}

const AT_ONCE = 500;

/** How many there are of these. */
export async function countCaptures({ db }: Store, ids: readonly string[]): Promise<number> {
  let count = 0;
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const some = ids.slice(at, at + AT_ONCE);
    count += (await db.selectFrom('captures').select('id').where('id', 'in', some).execute())
      .length;
  }
  return count;
}

/** Whose captures are meant; all of them where nothing is said. */
export interface CaptureFilter {
  /** Id of a key. */
  readonly key?: string | undefined;
  readonly team?: string | undefined;
  readonly owner?: string | undefined;
  /** Older than this, in milliseconds since the epoch. */
  readonly until?: number | undefined;
}

/** Erases what fits, from the file as well; how many there were. */
export async function eraseCaptures(
  store: Store,
  { key, team, owner, until }: CaptureFilter,
): Promise<number> {
  let query = store.db.deleteFrom('captures');
  if (key !== undefined) query = query.where('key_id', '=', key);
  if (team !== undefined) query = query.where('team', '=', team);
  if (owner !== undefined) query = query.where('owner', '=', owner);
  if (until !== undefined) query = query.where('at', '<', until);
  const { numDeletedRows } = await query.executeTakeFirst();
  if (numDeletedRows > 0n) await emptyLog(store);
  return Number(numDeletedRows);
}
