import type { Status } from '@vitalgate/health';
import type { Store } from './database.ts';
import type { VerdictRow } from './migrations.ts';

export const subjectKinds = ['model', 'api', 'target'] as const;
export type SubjectKind = (typeof subjectKinds)[number];

/** SQLite takes so many values in one statement. */
const MOST_ROWS = 500;
/** A page that is read at once: a subject that flaps has many rows. */
const PAGE = 5000;

/** Adds rows; `sequence` has to follow what there is, or nothing is added. */
export async function addVerdicts(store: Store, rows: readonly VerdictRow[]): Promise<void> {
  await store.db.transaction().execute(async (transaction) => {
    for (let from = 0; from < rows.length; from += MOST_ROWS) {
      await transaction
        .insertInto('verdicts')
        .values(rows.slice(from, from + MOST_ROWS))
        .execute();
    }
  });
}

/** The newest row of each subject, of those before `before` where that is given. */
export function newestVerdicts(
  store: Store,
  { kind, before }: { readonly kind?: SubjectKind; readonly before?: number } = {},
): Promise<VerdictRow[]> {
  let newest = store.db
    .selectFrom('verdicts')
    .select((row) => row.fn.max('sequence').as('sequence'))
    .groupBy(['kind', 'name']);
  if (kind !== undefined) newest = newest.where('kind', '=', kind);
  if (before !== undefined) newest = newest.where('at', '<', before);
  return store.db.selectFrom('verdicts').selectAll().where('sequence', 'in', newest).execute();
}

/** How well something was from a moment on. */
export interface Mark {
  readonly at: number;
  readonly status: Status;
}

/** By name: what each was at `since`, if that is known, and what it became after. */
export async function marksOf(
  store: Store,
  kind: SubjectKind,
  since: number,
): Promise<Map<string, Mark[]>> {
  const marks = new Map<string, Mark[]>();
  const take = ({ name, at, status }: Pick<VerdictRow, 'name' | 'at' | 'status'>) => {
    const mark = { at, status: status as Status };
    const known = marks.get(name);
    if (known === undefined) marks.set(name, [mark]);
    else known.push(mark);
  };
  for (const row of await newestVerdicts(store, { kind, before: since })) take(row);
  let after = 0;
  for (;;) {
    const rows = await store.db
      .selectFrom('verdicts')
      .select(['sequence', 'name', 'at', 'status'])
      .where('kind', '=', kind)
      .where('at', '>=', since)
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(PAGE)
      .execute();
    for (const row of rows) take(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return marks;
    after = last.sequence;
  }
}

/** Changes of a target's state, newest first. */
export function stateChanges(store: Store, target: string, limit: number): Promise<VerdictRow[]> {
  return store.db
    .selectFrom('verdicts')
    .selectAll()
    .where('kind', '=', 'target')
    .where('name', '=', target)
    .where('state_before', 'is not', null)
    .orderBy('sequence', 'desc')
    .limit(limit)
    .execute();
}

/** Forgets what is older, but for the newest row of each subject: it says what holds since. */
export async function forgetVerdicts(store: Store, before: number): Promise<void> {
  const kept = (await newestVerdicts(store, { before })).map(({ sequence }) => sequence);
  let doomed = store.db.deleteFrom('verdicts').where('at', '<', before);
  if (kept.length > 0) doomed = doomed.where('sequence', 'not in', kept);
  await doomed.execute();
}
