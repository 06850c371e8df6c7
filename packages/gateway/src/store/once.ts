import type { CaptureFilter } from './captures.ts';
import type { Store } from './database.ts';
import type { OnceRow } from './migrations.ts';

/** Answers may be large; of more than so many calls the older ones are remembered without. */
const MOST_ANSWERS = 10_000;
const KEPT_MS = 24 * 60 * 60_000;
const MOST_CALLS = 1_000_000;

/** Writes down that a call begins; the row that is there when it is not the first. */
export async function beginOnce(
  { db }: Store,
  row: Pick<OnceRow, 'id' | 'request' | 'at' | 'key_id' | 'team' | 'owner'>,
): Promise<OnceRow | undefined> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('once')
    .values({ ...row, answered_at: null, answer: null })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  if (Number(numInsertedOrUpdatedRows) > 0) return undefined;
  return db.selectFrom('once').selectAll().where('id', '=', row.id).executeTakeFirst();
}

/** `answer` is null where it is too large to be kept. */
export async function endOnce(
  { db }: Store,
  { id, answered_at, answer }: Pick<OnceRow, 'id' | 'answered_at' | 'answer'>,
): Promise<void> {
  await db.updateTable('once').set({ answered_at, answer }).where('id', '=', id).execute();
}

/** That the calls were made stays known, so that none of them is paid twice. */
export async function eraseAnswers(
  { db }: Store,
  { key, team, owner, until }: CaptureFilter,
): Promise<void> {
  let query = db.updateTable('once').set({ answer: null }).where('answer', 'is not', null);
  if (key !== undefined) query = query.where('key_id', '=', key);
  if (team !== undefined) query = query.where('team', '=', team);
  if (owner !== undefined) query = query.where('owner', '=', owner);
  if (until !== undefined) query = query.where('at', '<', until);
  await query.execute();
}

/** It has cost nothing: the next with its key is the first again. */
export async function forgetOnce({ db }: Store, id: string): Promise<void> {
  await db.deleteFrom('once').where('id', '=', id).execute();
}

/** Lets go of what began more than a day before `now`, and of the oldest where there are too many. */
export async function pruneOnce({ db }: Store, now: number): Promise<void> {
  await db
    .deleteFrom('once')
    .where('at', '<', now - KEPT_MS)
    .execute();
  const nth = (n: number) =>
    db.selectFrom('once').select('at').orderBy('at', 'desc').offset(n).limit(1).executeTakeFirst();
  const lastAnswer = await nth(MOST_ANSWERS);
  if (lastAnswer === undefined) return;
  await db
    .updateTable('once')
    .set({ answer: null })
    .where('at', '<=', lastAnswer.at)
    .where('answer', 'is not', null)
    .execute();
  const lastCall = await nth(MOST_CALLS);
  if (lastCall !== undefined) await db.deleteFrom('once').where('at', '<=', lastCall.at).execute();
}
