import { ApiFailure } from '@vitalgate/contract/api';
import type { Store } from './database.ts';
import type { ConfigurationRow } from './migrations.ts';

/** What was made in the console, as it is in use; nothing at first. */
export async function newestConfiguration(
  store: Store,
): Promise<Pick<ConfigurationRow, 'number' | 'text'>> {
  const row = await store.db
    .selectFrom('configurations')
    .select(['number', 'text'])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? { number: 0, text: '' };
}

/**
 * Keeps a document as the one that follows `before`, and with it what `alongside` writes.
 *
 * @throws {ApiFailure} `version_changed` when another followed it already
 */
export async function saveConfiguration(
  store: Store,
  before: number,
  row: Omit<ConfigurationRow, 'number'>,
  alongside: (transaction: Store['db']) => Promise<void>,
): Promise<void> {
  await store.db.transaction().execute(async (transaction) => {
    const newest = await transaction
      .selectFrom('configurations')
      .select((all) => all.fn.max('number').as('number'))
      .executeTakeFirst();
    if ((newest?.number ?? 0) !== before) {
      throw new ApiFailure('version_changed', 'somebody else has changed it meanwhile');
    }
    await transaction
      .insertInto('configurations')
      .values({ ...row, number: before + 1 })
      .execute();
    await alongside(transaction);
  });
}

/** Newest first. */
export function listConfigurations(
  store: Store,
  before: number | undefined,
  limit: number,
): Promise<Omit<ConfigurationRow, 'text'>[]> {
  let query = store.db.selectFrom('configurations').select(['number', 'author', 'note', 'at']);
  if (before !== undefined) query = query.where('number', '<', before);
  return query.orderBy('number', 'desc').limit(limit).execute();
}

export async function findConfiguration(store: Store, number: number): Promise<string | undefined> {
  const row = await store.db
    .selectFrom('configurations')
    .select('text')
    .where('number', '=', number)
    .executeTakeFirst();
  return row?.text;
}
