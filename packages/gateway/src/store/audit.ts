import { createHash } from 'node:crypto';
import type { Store } from './database.ts';
import type { AuditRow } from './migrations.ts';

/** What is written down; the place in the chain is the store's to give. */
export type AuditEntry = Omit<AuditRow, 'sequence' | 'hash'>;

/** What the first entry follows. */
const NOTHING = '0'.repeat(64);

/** The hash of an entry covers the one before it: to change one is to change all that follow. */
function hashOf(before: string, sequence: number, entry: AuditEntry): string {
  const { at, actor_kind, actor_id, actor_name, address, action } = entry;
  const { subject, details, status, request_id } = entry;
  const who = [actor_kind, actor_id, actor_name, address];
  const what = [action, subject, details, status, request_id];
  const content = JSON.stringify([before, sequence, at, who, what]);
  return createHash('sha256').update(content).digest('hex');
}

/** Entries of one process, one after another; the lock keeps other processes out. */
let last: Promise<unknown> = Promise.resolve();

/** Adds an entry at the end of the chain; when it resolves, the entry is durable. */
export function appendAudit(store: Store, entry: AuditEntry): Promise<void> {
  const next = last.then(() => append(store, entry));
  last = next.catch(() => undefined);
  return next;
}

async function append(store: Store, entry: AuditEntry): Promise<void> {
  await store.alone('audit', async (transaction) => {
    const newest = await transaction
      .selectFrom('audit')
      .select(['sequence', 'hash'])
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    const sequence = (newest?.sequence ?? 0) + 1;
    await transaction
      .insertInto('audit')
      .values({ ...entry, sequence, hash: hashOf(newest?.hash ?? NOTHING, sequence, entry) })
      .execute();
  });
}

export interface AuditSearch {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Newest first. */
export function searchAudit(store: Store, search: AuditSearch): Promise<AuditRow[]> {
  const { actor, action, before, limit } = search;
  let query = store.db.selectFrom('audit').selectAll();
  if (actor !== undefined) query = query.where('actor_id', '=', actor);
  if (action !== undefined) query = query.where('action', '=', action);
  if (before !== undefined) query = query.where('sequence', '<', before);
  return query.orderBy('sequence', 'desc').limit(limit).execute();
}

export interface ChainState {
  readonly ok: boolean;
  readonly entries: number;
  /** Sequence of the first entry that does not follow from the one before. */
  readonly brokenAt: number | null;
  /** Hash of the newest entry: written down elsewhere, it shows when the end was cut off. */
  readonly head: string | null;
}

const AT_ONCE = 500;

/** Follows the chain from its first entry. */
export async function verifyAudit(store: Store): Promise<ChainState> {
  let before = NOTHING;
  let entries = 0;
  for (;;) {
    const rows = await store.db
      .selectFrom('audit')
      .selectAll()
      .where('sequence', '>', entries)
      .orderBy('sequence')
      .limit(AT_ONCE)
      .execute();
    for (const row of rows) {
      if (row.sequence !== entries + 1 || row.hash !== hashOf(before, row.sequence, row)) {
        return { ok: false, entries, brokenAt: entries + 1, head: before };
      }
      before = row.hash;
      entries += 1;
    }
    if (rows.length < AT_ONCE) {
      return { ok: true, entries, brokenAt: null, head: entries === 0 ? null : before };
    }
  }
}
