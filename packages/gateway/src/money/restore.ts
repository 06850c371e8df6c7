import { sql } from 'kysely';
import { Budget } from '../access/limits/budget.ts';
import type { Moment } from '../access/limits/limit.ts';
import { periodAt } from '../access/limits/period.ts';
import type { LimitStates } from '../access/limits/states.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';

/**
 * Gives budgets back what the ledger knows of the current period, once for each: a restart is no
 * way to a fresh one. The ledger knows keys, teams and models; what is counted by address or route
 * begins anew.
 */
export async function restoreBudgets(
  store: Store,
  { limits, limitStates, keyring }: Pick<Running, 'limits' | 'limitStates' | 'keyring'>,
  at: Moment,
): Promise<void> {
  for (const period of limits.periods(keyring.keys)) {
    for (const used of await usedSince(store, periodAt(period, at.wall).start)) {
      const key = used.keyId === null ? undefined : keyring.withId(used.keyId);
      const subject = {
        key: key ?? (used.keyId === null ? undefined : { id: used.keyId, name: used.keyId }),
        team: used.team ?? undefined,
        model: used.model,
        // The ledger has the name of an API where a model's would stand.
        api: used.model,
        address: undefined,
        route: undefined,
      };
      for (const limit of limits.of(subject, key)) {
        if (!(limit instanceof Budget) || limit.period !== period || limit.isRestored) continue;
        limit.restore(amountOf(limit, used), at);
      }
    }
  }
  markRestored(limitStates);
}

/** What there is now has all that the ledger has of it; only what comes with a reload has not. */
export function markRestored(states: LimitStates): void {
  for (const limit of states) if (limit instanceof Budget) limit.isRestored = true;
}

interface UsedBy {
  readonly keyId: string | null;
  readonly team: string | null;
  readonly model: string;
  readonly requests: number;
  readonly tokens: number;
  readonly cost: number;
}

const amountOf = ({ kind }: Budget, { requests, tokens, cost }: UsedBy): number =>
  kind === 'requests' ? requests : kind === 'tokens' ? tokens : cost;

async function usedSince(store: Store, since: number): Promise<UsedBy[]> {
  const rows = await store.db
    .selectFrom('ledger')
    .where('at', '>=', since)
    // What was refused has taken nothing.
    .where('attempts', '>', 0)
    .groupBy(['key_id', 'team', 'model'])
    .select([
      'key_id',
      'team',
      'model',
      sql<number | string>`count(*)`.as('requests'),
      sql<number | string>`coalesce(sum(input_tokens), 0) + coalesce(sum(output_tokens), 0)`.as(
        'tokens',
      ),
      sql<number | string>`coalesce(sum(cost), 0)`.as('cost'),
    ])
    .execute();
  return rows.map((row) => ({
    keyId: row.key_id,
    team: row.team,
    model: row.model,
    requests: Number(row.requests),
    tokens: Number(row.tokens),
    cost: Number(row.cost),
  }));
}
