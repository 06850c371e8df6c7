import { sql } from 'kysely';
import { Budget } from '../access/limits/budget.ts';
import type { Moment } from '../access/limits/limit.ts';
import { Limits } from '../access/limits/limits.ts';
import { periodAt, type Period } from '../access/limits/period.ts';
import { LimitStates } from '../access/limits/states.ts';
import type { Running } from '../running.ts';
import { OF_PROMPT } from '../prompts/prompt.ts';
import type { Store } from '../store/database.ts';
import { sumLedger } from '../store/sum-ledger.ts';

/** As many networks as there are counters for; those that have spent the least begin anew. */
const MOST_NETWORKS = 25_000;

/** What the ledger knows of the current periods. */
export interface Spent {
  readonly at: Moment;
  readonly periods: ReadonlyMap<Period, readonly UsedBy[]>;
}

/** Reads what is known of the periods that a configuration counts over. */
export async function readSpent(
  store: Store,
  config: ConstructorParameters<typeof Limits>[0],
  keyring: Running['keyring'],
  at: Moment,
): Promise<Spent> {
  // With counters of their own: what cannot be read must leave none that count from nothing.
  const limits = new Limits(config, new LimitStates());
  const periods = new Map<Period, UsedBy[]>();
  for (const period of limits.periods(keyring.keys)) {
    const { start } = periodAt(period, at.wall);
    const rows = await usedSince(store, start);
    // Of addresses there are no sums: all rows of the period have to be read.
    if (limits.countsAddresses(period)) rows.push(...(await usedByNetworks(store, start)));
    periods.set(period, rows);
  }
  return { at, periods };
}

/**
 * Gives budgets back what the ledger knows of the current period, once for each: a restart is no
 * way to a fresh one.
 */
export function restoreBudgets(
  { at, periods }: Spent,
  { limits, limitStates, keyring }: Pick<Running, 'limits' | 'limitStates' | 'keyring'>,
): void {
  for (const [period, rows] of periods) {
    for (const used of rows) {
      const key = used.keyId === null ? undefined : keyring.withId(used.keyId);
      const subject = {
        key: key ?? (used.keyId === null ? undefined : { id: used.keyId, name: used.keyId }),
        team: used.team ?? undefined,
        model: used.model,
        // The ledger has the name of an API where a model's would stand.
        api: used.model,
        address: used.network?.replace(/\/64$/, ''),
        prompt: promptIn(used.route),
        route: used.route ?? undefined,
      };
      for (const limit of limits.of(subject, key)) {
        if (!(limit instanceof Budget) || limit.period !== period || limit.isRestored) continue;
        // Networks have rows of their own, which tell the others nothing new.
        if ((limit.network === undefined) !== (used.network === undefined)) continue;
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
  readonly route: string | null;
  /** As limits count addresses; undefined in sums over all of them. */
  readonly network: string | undefined;
  readonly requests: number;
  readonly tokens: number;
  readonly cost: number;
}

const amountOf = ({ kind }: Budget, { requests, tokens, cost }: UsedBy): number =>
  kind === 'requests' ? requests : kind === 'tokens' ? tokens : cost;

/** The ledger has a prompt where a path would stand. */
const promptIn = (route: string | null): string | undefined =>
  route?.startsWith(OF_PROMPT) === true ? route.slice(OF_PROMPT.length) : undefined;

const SUBJECTS = {
  key_id: sql.ref('key_id'),
  team: sql.ref('team'),
  model: sql.ref('model'),
  route: sql.ref('route'),
};

async function usedSince(store: Store, since: number): Promise<UsedBy[]> {
  const sums = await sumLedger(store.reports, {
    since,
    until: Number.MAX_SAFE_INTEGER,
    which: [],
    groups: SUBJECTS,
    // What was refused has taken nothing.
    numbers: ['sent', 'sent_tokens', 'sent_cost'],
  });
  return sums
    .filter(({ sent }) => sent > 0)
    .map((sum) => ({
      keyId: textOf(sum.key_id),
      team: textOf(sum.team),
      model: textOf(sum.model) ?? '',
      route: textOf(sum.route),
      network: undefined,
      requests: sum.sent,
      tokens: sum.sent_tokens,
      cost: sum.sent_cost,
    }));
}

const textOf = (value: string | number | null | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

async function usedByNetworks(store: Store, since: number): Promise<UsedBy[]> {
  const rows = await store.reports
    .selectFrom('ledger')
    .where('at', '>=', since)
    .where('attempts', '>', 0)
    .where('network', 'is not', null)
    .groupBy(['key_id', 'team', 'model', 'route', 'network'])
    .select([
      'key_id',
      'team',
      'model',
      'route',
      'network',
      sql<number | string>`count(*)`.as('requests'),
      sql<number | string>`coalesce(sum(input_tokens), 0) + coalesce(sum(output_tokens), 0)`.as(
        'tokens',
      ),
      sql<number | string>`coalesce(sum(cost), 0)`.as('cost'),
    ])
    .orderBy('cost', 'desc')
    .limit(MOST_NETWORKS)
    .execute();
  return rows.map((row) => ({
    keyId: row.key_id,
    team: row.team,
    model: row.model,
    route: row.route,
    network: row.network ?? undefined,
    requests: Number(row.requests),
    tokens: Number(row.tokens),
    cost: Number(row.cost),
  }));
}
