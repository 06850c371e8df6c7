import type { Store } from './database.ts';

/** Reads what was saved under a name; undefined when there is nothing, or nothing readable. */
export async function loadState(store: Store, name: string): Promise<unknown> {
  const row = await store.db
    .selectFrom('state')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  try {
    return row === undefined ? undefined : JSON.parse(row.value);
  } catch {
    return undefined;
  }
}

export async function saveState(store: Store, name: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  await store.db
    .insertInto('state')
    .values({ name, value: text })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: text }))
    .execute();
}

/** Saves it in the place of what was read; tells whether that was still there. */
export async function replaceState(
  store: Store,
  name: string,
  before: unknown,
  value: unknown,
): Promise<boolean> {
  const text = JSON.stringify(value);
  if (before === undefined) {
    const { numInsertedOrUpdatedRows } = await store.db
      .insertInto('state')
      .values({ name, value: text })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirst();
    return Number(numInsertedOrUpdatedRows) > 0;
  }
  const { numUpdatedRows } = await store.db
    .updateTable('state')
    .set({ value: text })
    .where('name', '=', name)
    .where('value', '=', JSON.stringify(before))
    .executeTakeFirst();
  return Number(numUpdatedRows) > 0;
}
