/** Sums of the ledger are what its rows add up to, whatever comes when and twice, on either database. */
import { join } from 'node:path';
import fc from 'fast-check';
import { openStore, type Store } from '@vitalgate/gateway';
import { systemClock, type Clock } from '@vitalgate/health';
import { describe, expect, it } from 'vitest';
import { journalColumns } from '../../packages/gateway/src/store/journal-columns.ts';
import type { Log } from '../../packages/gateway/src/observe/log.ts';
import { keepSums, sumPiece } from '../../packages/gateway/src/store/keep-sums.ts';
import type { LedgerSink, Values } from '../../packages/gateway/src/store/ledger-sink.ts';
import type { LedgerRow } from '../../packages/gateway/src/store/migrations.ts';
import { postgresSink } from '../../packages/gateway/src/store/postgres-sink.ts';
import { searchRequests, type RequestSearch } from '../../packages/gateway/src/store/requests.ts';
import { sqliteSink } from '../../packages/gateway/src/store/sqlite-sink.ts';
import { SteadyWall } from '../../packages/gateway/src/store/steady-wall.ts';
import {
  NANOS_PER_DOLLAR,
  sumUsage,
  type Grouping,
  type UsageFilter,
} from '../../packages/gateway/src/store/usage.ts';
import { temporaryFolder } from '../harness/gateway.ts';
import { sharedDatabase } from '../harness/postgres.ts';
import { until } from '../harness/until.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A midnight, in UTC. */
const FIRST = 20_000 * DAY_MS;
const LAST = FIRST + 3 * DAY_MS;

/** Where something is begun and ended most often, and in between. */
const moment = fc.oneof(
  fc.integer({ min: FIRST, max: LAST }),
  fc
    .tuple(
      fc.integer({ min: 0, max: 72 }),
      fc.constantFrom(0, 900_000, -900_000),
      fc.integer({ min: -1, max: 1 }),
    )
    .map(([hour, quarter, off]) => FIRST + hour * HOUR_MS + quarter + off),
);
const amount = fc.option(fc.oneof(fc.nat(1000), fc.constant(4_000_000_000_000_000)));
const name = fc.option(fc.constantFrom('', 'red', 'blue', '‐"\\\''));

const row: fc.Arbitrary<LedgerRow> = fc.record({
  // Few, so that many come again, with other contents too.
  id: fc.nat(300).map(String),
  at: moment,
  key_id: name,
  model: fc.constantFrom('', 'chat', 'x'.repeat(3000), 'Chat'),
  provider: name,
  upstream_model: name,
  dialect: fc.constant('http'),
  operation: fc.constant('api'),
  streamed: fc.constant(0),
  status: fc.constant(200),
  outcome: fc.constantFrom('completed', 'refused', 'failed', 'abandoned', 'interrupted'),
  reason: fc.constant(null),
  attempts: fc.nat(2),
  input_tokens: amount,
  cached_tokens: amount,
  output_tokens: amount,
  reasoning_tokens: amount,
  first_ms: fc.constant(null),
  total_ms: fc.constant(1),
  gateway_ms: fc.constant(1),
  tried: fc.constant('[]'),
  team: name,
  cache_written_tokens: fc.constant(null),
  cost: amount,
  currency: fc.constant(null),
  price_source: fc.constant(null),
  is_estimated: fc.nat(1),
  owner: name,
  network: fc.constant(null),
  route: name,
  guardrails: fc.constant(null),
});

type Step =
  (typeof stepKinds)[keyof typeof stepKinds] extends fc.Arbitrary<infer One> ? One : never;
const rows = fc.array(row, { minLength: 1, maxLength: 30 });
const stepKinds = {
  insert: fc.record({ kind: fc.constant('insert' as const), rows }),
  together: fc.record({
    kind: fc.constant('together' as const),
    rows,
    others: rows,
    until: moment,
  }),
  sum: fc.record({ kind: fc.constant('sum' as const), until: moment, most: fc.nat(20) }),
  change: fc.record({ kind: fc.constant('change' as const), from: moment, team: name }),
  remove: fc.record({ kind: fc.constant('remove' as const), from: moment }),
};
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: stepKinds.insert },
    { weight: 2, arbitrary: stepKinds.together },
    { weight: 6, arbitrary: stepKinds.sum },
    { weight: 1, arbitrary: stepKinds.change },
    { weight: 1, arbitrary: stepKinds.remove },
  ),
  { minLength: 5, maxLength: 25 },
);

const valuesOf = (one: LedgerRow): Values => journalColumns.map((column) => one[column]);

async function take(store: Store, sinks: readonly LedgerSink[], step: Step): Promise<void> {
  const [first, second] = sinks;
  switch (step.kind) {
    case 'insert':
      await first?.insert(step.rows.map(valuesOf));
      return;
    case 'together':
      await Promise.all([
        first?.insert(step.rows.map(valuesOf)),
        sumPiece(store, step.until, 5),
        second?.insert(step.others.map(valuesOf)),
        sumPiece(store, step.until, 5),
      ]);
      return;
    case 'sum':
      await sumPiece(store, step.until, step.most);
      return;
    case 'change':
      await store.db
        .updateTable('ledger')
        .set({ team: step.team })
        .where('at', '>=', step.from)
        .where('at', '<', step.from + HOUR_MS)
        .execute();
      return;
    case 'remove':
      await store.db
        .deleteFrom('ledger')
        .where('at', '>=', step.from)
        .where('at', '<', step.from + HOUR_MS)
        .execute();
  }
}

const groupings: readonly Grouping[] = [
  'all',
  'key',
  'team',
  'owner',
  'model',
  'target',
  { stepMs: 300_000 },
  { stepMs: 900_000 },
  { stepMs: HOUR_MS },
  { stepMs: 4 * HOUR_MS },
  { stepMs: DAY_MS },
];

const filters: fc.Arbitrary<UsageFilter> = fc
  .record(
    {
      key: fc.constantFrom('', 'red'),
      team: fc.constantFrom('', 'blue'),
      model: fc.constantFrom('', 'chat'),
      target: fc.constantFrom('red/blue', '/', 'blue/'),
      teams: fc.constantFrom([], ['red'], ['red', 'blue', '']),
    },
    { requiredKeys: [] },
  )
  .chain((filter) =>
    fc.tuple(moment, moment).map(([since, until]) => ({ ...filter, since, until })),
  );

const fits =
  ({ since, until, key, team, model, target, teams }: UsageFilter) =>
  (one: LedgerRow) =>
    one.at >= since &&
    one.at < until &&
    (key === undefined || one.key_id === key) &&
    (team === undefined || one.team === team) &&
    (model === undefined || one.model === model) &&
    (target === undefined || targetOf(one) === target) &&
    (teams === undefined || (one.team !== null && teams.includes(one.team)));

const searches = fc.record({
  outcome: fc.option(fc.constantFrom('completed', 'refused', 'interrupted'), { nil: undefined }),
  q: fc.option(fc.constantFrom('', '1', '12', 'ch', 'chat', 'x'), { nil: undefined }),
  before: fc.option(fc.record({ at: moment, id: fc.nat(300).map(String) }), { nil: undefined }),
  limit: fc.integer({ min: 1, max: 12 }),
});

/** A page of what fits, newest first. */
function page(
  ledger: readonly LedgerRow[],
  { outcome, limit, q, before, ...filter }: RequestSearch,
) {
  return ledger
    .filter(fits(filter))
    .filter((one) => outcome === undefined || one.outcome === outcome)
    .filter(({ id, model }) => q === undefined || id.startsWith(q) || model.startsWith(q))
    .filter(
      ({ at, id }) =>
        before === undefined || at < before.at || (at === before.at && id < before.id),
    )
    .toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
    .slice(0, limit)
    .map(({ id }) => id);
}

/** What the rows themselves say. */
function added(ledger: readonly LedgerRow[], filter: UsageFilter, by: Grouping) {
  const found = ledger.filter(fits(filter));
  const sum = (of: readonly LedgerRow[], column: keyof LedgerRow) =>
    Number(of.reduce((all, one) => all + BigInt(one[column] ?? 0), 0n));
  return [...Map.groupBy(found, (one) => groupOf(one, by))].map(([group, of]) => ({
    group,
    requests: of.length,
    failed: of.filter(({ outcome }) => outcome === 'failed' || outcome === 'interrupted').length,
    refused: of.filter(({ outcome }) => outcome === 'refused').length,
    abandoned: of.filter(({ outcome }) => outcome === 'abandoned').length,
    inputTokens: sum(of, 'input_tokens'),
    cachedTokens: sum(of, 'cached_tokens'),
    outputTokens: sum(of, 'output_tokens'),
    reasoningTokens: sum(of, 'reasoning_tokens'),
    cost: sum(of, 'cost') / NANOS_PER_DOLLAR,
    unpriced: of.filter(({ cost }) => cost === null).length,
  }));
}

const targetOf = ({ provider, upstream_model: model }: LedgerRow) =>
  provider === null || model === null ? '' : `${provider}/${model}`;

function groupOf(one: LedgerRow, by: Grouping): string {
  if (by === 'all') return '';
  if (typeof by === 'object') return String(Math.floor(one.at / by.stepMs));
  if (by === 'target') return targetOf(one);
  return one[({ key: 'key_id', team: 'team', owner: 'owner', model: 'model' } as const)[by]] ?? '';
}

const byGroup = (sums: readonly { readonly group: string; readonly requests: number }[]) =>
  sums.filter(({ requests }) => requests > 0).toSorted((a, b) => (a.group < b.group ? -1 : 1));

const engines = {
  sqlite: async () => {
    const path = join(temporaryFolder(), 'store.db');
    return { url: `sqlite:${path}`, sink: () => sqliteSink(path, false), drop: async () => {} };
  },
  postgres: async () => {
    const { url, drop } = await sharedDatabase();
    return { url, sink: () => postgresSink(url), drop };
  },
};

describe.each(Object.entries(engines))('on %s', (_engine, place) => {
  it('sums equal rows for all that may be asked, and tell where rows are', async () => {
    const question = fc.tuple(filters, fc.constantFrom(...groupings), searches);
    const asked = fc.array(question, { minLength: 10, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, asked, async (taken, questions) => {
        const { url, sink, drop } = await place();
        const store = await openStore(url);
        const sinks = [sink(), sink()];
        try {
          for (const step of taken) await take(store, sinks, step);
          const ledger = await store.db.selectFrom('ledger').selectAll().execute();
          for (const [filter, by, searched] of questions) {
            const sums = await sumUsage(store.searches, filter, by);
            expect(byGroup(sums)).toEqual(byGroup(added(ledger, filter, by)));
            const search = { ...filter, ...searched };
            const found = await searchRequests(store, search);
            expect(found.map(({ id }) => id)).toEqual(page(ledger, search));
          }
        } finally {
          for (const one of sinks) await one.close();
          await store.close();
          await drop();
        }
      }),
      { numRuns: Number(process.env['SUMS_ROUNDS'] ?? 5), endOnFailure: true },
    );
  });

  it('the past is summed to its beginning, and then nobody has the store', async () => {
    const { url, drop } = await place();
    const store = await openStore(url);
    let wall = LAST;
    // While a piece is summed, more becomes old enough for the next.
    const clock: Clock = { ...systemClock, wall: () => (wall += 1000), every: () => () => {} };
    let pieces = 0;
    const counted: Store = {
      ...store,
      alone: (name, act) => {
        pieces += 1;
        return store.alone(name, act);
      },
    };
    const log = { warn: (problem: unknown) => expect.unreachable(JSON.stringify(problem)) };
    const steadyWall = new SteadyWall(clock);
    const stop = keepSums({ store: counted, clock, log: log as unknown as Log, steadyWall });
    const summed = () => store.db.selectFrom('usage_summed').selectAll().executeTakeFirst();
    await until(summed, (one) => one?.since === 0);
    expect(pieces).toBeLessThan(5);
    stop();
    await store.close();
    await drop();
  });
});
