import { randomUUID } from 'node:crypto';
import type { Store } from '../store/database.ts';

/** Whoever has not said for so long that it is there has lost its turn. */
const LOST_MS = 15_000;
const NAME = 'history-writer';

interface Held {
  readonly owner: string;
  /** Wall-clock milliseconds at which the owner was there. */
  readonly at: number;
}

/**
 * One of the instances of a store writes its history, the others wait for their turn: they all see
 * the same, and two hands would write it twice.
 */
export class Lease {
  readonly #store: Store;
  readonly #owner = randomUUID();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes the turn or keeps it. `before`: when the one who had it was there last. */
  async take(now: number): Promise<{ isMine: boolean; isNew: boolean; before: number }> {
    return this.#store.alone(NAME, async (transaction) => {
      const row = await transaction
        .selectFrom('state')
        .select('value')
        .where('name', '=', NAME)
        .executeTakeFirst();
      const held = row === undefined ? undefined : (JSON.parse(row.value) as Held);
      const before = held?.at ?? 0;
      const isOurs = held?.owner === this.#owner;
      if (held !== undefined && !isOurs && held.owner !== '' && now - before < LOST_MS) {
        return { isMine: false, isNew: false, before };
      }
      const value = JSON.stringify({ owner: this.#owner, at: now } satisfies Held);
      await transaction
        .insertInto('state')
        .values({ name: NAME, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute();
      return { isMine: true, isNew: !isOurs, before };
    });
  }

  /** When whoever has the turn was there last; wall-clock milliseconds. */
  async seenAt(): Promise<number> {
    const row = await this.#store.db
      .selectFrom('state')
      .select('value')
      .where('name', '=', NAME)
      .executeTakeFirst();
    return row === undefined ? 0 : (JSON.parse(row.value) as Held).at;
  }

  /** Leaves the turn to whoever asks next. */
  async release(now: number): Promise<void> {
    const value = JSON.stringify({ owner: '', at: now } satisfies Held);
    await this.#store.db
      .updateTable('state')
      .set({ value })
      .where('name', '=', NAME)
      .where('value', 'like', `%${this.#owner}%`)
      .execute();
  }
}
