import type { Store } from './database.ts';
import type { AlertDeliveryRow, AlertRow } from './migrations.ts';

export interface ListPlace {
  readonly before?: { readonly at: number; readonly id: string } | undefined;
  readonly limit: number;
}

export const firingAlerts = (store: Store): Promise<AlertRow[]> =>
  store.db.selectFrom('alerts').selectAll().where('ended_at', 'is', null).execute();

export async function countFiring(store: Store): Promise<number> {
  const row = await store.db
    .selectFrom('alerts')
    .select((all) => all.fn.countAll().as('count'))
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

export async function saveAlert(store: Store, row: AlertRow): Promise<void> {
  const { id: _id, ...facts } = row;
  await store.db
    .insertInto('alerts')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(facts))
    .execute();
}

export function findAlerts(store: Store, ids: readonly string[]): Promise<AlertRow[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return store.db
    .selectFrom('alerts')
    .selectAll()
    .where('id', 'in', ids)
    .orderBy('started_at')
    .execute();
}

/** Newest first. */
export function searchAlerts(
  store: Store,
  { before, limit, isFiring }: ListPlace & { readonly isFiring?: boolean | undefined },
): Promise<AlertRow[]> {
  let query = store.db.selectFrom('alerts').selectAll();
  if (isFiring !== undefined) query = query.where('ended_at', isFiring ? 'is' : 'is not', null);
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

export async function saveDelivery(store: Store, row: AlertDeliveryRow): Promise<void> {
  const { id: _id, ...facts } = row;
  await store.db
    .insertInto('alert_deliveries')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(facts))
    .execute();
}

/** What is to be sent by now, the oldest first. */
export function dueDeliveries(
  store: Store,
  now: number,
  limit: number,
): Promise<AlertDeliveryRow[]> {
  return store.db
    .selectFrom('alert_deliveries')
    .selectAll()
    .where('state', '=', 'waiting')
    .where('next_at', '<=', now)
    .orderBy('at')
    .limit(limit)
    .execute();
}

/** Newest first. */
export function searchDeliveries(
  store: Store,
  { before, limit }: ListPlace,
): Promise<AlertDeliveryRow[]> {
  let query = store.db.selectFrom('alert_deliveries').selectAll();
  if (before !== undefined) {
    query = query.where((row) =>
      row.or([
        row('at', '<', before.at),
        row.and([row('at', '=', before.at), row('id', '<', before.id)]),
      ]),
    );
  }
  return query.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).execute();
}

export async function forgetAlerts(store: Store, before: number): Promise<void> {
  await store.db.deleteFrom('alerts').where('ended_at', '<', before).execute();
  await store.db
    .deleteFrom('alert_deliveries')
    .where('at', '<', before)
    .where('state', '!=', 'waiting')
    .execute();
}
