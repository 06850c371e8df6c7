import { ApiFailure } from '@vitalgate/contract/api';
import type { Store } from './database.ts';
import type { IncidentRow } from './migrations.ts';

/** What people add to an incident, and how it is shown. */
type Told = 'title' | 'is_public' | 'notes' | 'version';

/** Keeps an incident as it is now; what people have written to it stays. */
export async function saveIncident(store: Store, row: Omit<IncidentRow, Told>): Promise<void> {
  const { id: _id, ...facts } = row;
  await store.db
    .insertInto('incidents')
    .values({ ...row, title: null, is_public: 1, notes: '[]', version: 0 })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(facts))
    .execute();
}

/** @throws {ApiFailure} `version_changed` when somebody else has told something meanwhile */
export async function tellIncident(
  store: Store,
  { id, version }: Pick<IncidentRow, 'id' | 'version'>,
  told: Partial<Pick<IncidentRow, 'title' | 'is_public' | 'notes'>>,
): Promise<void> {
  const { numUpdatedRows } = await store.db
    .updateTable('incidents')
    .set({ ...told, version: version + 1 })
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) {
    throw new ApiFailure('version_changed', 'somebody else has changed this incident meanwhile');
  }
}

export function findIncident(store: Store, id: string): Promise<IncidentRow | undefined> {
  return store.db.selectFrom('incidents').selectAll().where('id', '=', id).executeTakeFirst();
}

export interface IncidentSearch {
  readonly isOpen?: boolean | undefined;
  readonly isPublic?: boolean;
  readonly since?: number;
  readonly before?: { readonly at: number; readonly id: string } | undefined;
  readonly limit: number;
}

/** Newest first. */
export function searchIncidents(store: Store, search: IncidentSearch): Promise<IncidentRow[]> {
  const { isOpen, isPublic, since, before, limit } = search;
  let query = store.db.selectFrom('incidents').selectAll();
  if (isOpen !== undefined) query = query.where('ended_at', isOpen ? 'is' : 'is not', null);
  if (isPublic !== undefined) query = query.where('is_public', '=', Number(isPublic));
  if (since !== undefined) {
    query = query.where((row) =>
      row.or([row('ended_at', 'is', null), row('ended_at', '>=', since)]),
    );
  }
  if (before !== undefined) {
    query = query.where((row) =>
      row.or([
        row('started_at', '<', before.at),
        row.and([row('started_at', '=', before.at), row('id', '<', before.id)]),
      ]),
    );
  }
  return query.orderBy('started_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
}

export async function countOpenIncidents(store: Store): Promise<number> {
  const row = await store.db
    .selectFrom('incidents')
    .select((all) => all.fn.countAll().as('count'))
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** Incidents that ended before are no longer told of. */
export async function forgetIncidents(store: Store, before: number): Promise<void> {
  await store.db.deleteFrom('incidents').where('ended_at', '<', before).execute();
}
