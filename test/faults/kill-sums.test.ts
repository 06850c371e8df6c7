/** Sums of the ledger, and budgets that begin with them, after every gateway of a store was killed. */
import { join } from 'node:path';
import { openStore } from '@vitalgate/gateway';
import { expect, it, onTestFinished } from 'vitest';
import { NANOS_PER_DOLLAR, sumUsage } from '../../packages/gateway/src/store/usage.ts';
import { chatConfig, KEY, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { testDatabase } from '../harness/postgres.ts';
import { vitalgate, type Process } from '../harness/process.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const QUOTA_USD = 1000;
const DAY_MS = 86_400_000;
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 1);

const stores = {
  'one gateway on SQLite': async () => [`sqlite:${join(temporaryFolder(), 'store.db')}`],
  'two gateways on one PostgreSQL': async () => {
    const url = await testDatabase();
    return [url, url];
  },
};

const authorization = `Bearer ${KEY}`;

/** Calls without pause until the gateway is gone. */
async function load(url: string, completed: Set<string>): Promise<void> {
  for (;;) {
    try {
      const answer = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ model: 'chat', messages: [] }),
      });
      await answer.text();
      completed.add(answer.headers.get('x-request-id') ?? '');
    } catch {
      return;
    }
  }
}

/** What is left of the key's budget, in billionths of a dollar, rounded down to millionths. */
async function left(url: string): Promise<number> {
  const answer = await fetch(`${url}/v1/models`, { headers: { authorization } });
  return Number(/"cost";r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1]) * 1000;
}

it.each(Object.entries(stores))(
  '%s: equal the rows, of which none is lost and none is double',
  { timeout: 120_000 + ROUNDS * 30_000 },
  async (_what, place) => {
    const upstream = await Upstream.start('only', answerWell);
    const urls = await place();
    const configs = urls.map((url) =>
      writeConfig(
        temporaryFolder(),
        chatConfig('openai-chat', [upstream])
          .replace(
            'model: upstream-model }',
            'model: upstream-model, price: { input: 1, output: 10 } }',
          )
          .replaceAll(/(connect|firstToken|idle): 1s/g, '$1: 20s')
          .replace(
            `secret: ${KEY} }`,
            `secret: ${KEY}, limits: [{ cost: ${QUOTA_USD}, unit: USD, per: month }] }`,
          ),
        '',
        url,
      ),
    );
    const store = await openStore(urls[0] ?? '');
    onTestFinished(() => store.close());
    // All that comes is late: its time is summed already.
    const summed = { since: 0, until: Date.now() + DAY_MS };
    await store.db.updateTable('usage_summed').set(summed).execute();
    const start = async (config: string): Promise<Process> => {
      const started = vitalgate(['start', '--config', config, '--log-level', 'error']);
      await started.until(/^ready$/m);
      return started;
    };

    const completed = new Set<string>();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const gateways = await Promise.all(configs.map(start));
      const callers = gateways.flatMap((one) =>
        Array.from({ length: 4 }, () => load(one.address('gateway'), completed)),
      );
      while (completed.size < round * 150) await upstream.nextCall();
      for (const one of gateways) one.child.kill('SIGKILL');
      await Promise.all(gateways.map(({ ended }) => ended));
      await Promise.all(callers);
    }
    // What the killed ones had not moved is moved; who comes last begins with what all have spent.
    let remaining = 0;
    for (const config of configs) {
      const last = await start(config);
      remaining = await left(last.address('gateway'));
      last.child.kill('SIGTERM');
      await last.ended;
    }

    const rows = await store.db.selectFrom('ledger').selectAll().execute();
    const ids = new Set(rows.map(({ id }) => id));
    expect([...completed].filter((id) => !ids.has(id))).toEqual([]);
    expect(ids.size).toBe(rows.length);
    const of = (outcome: string) => rows.filter((row) => row.outcome === outcome).length;
    expect(of('completed')).toBeLessThanOrEqual(upstream.calls.length);
    const [sum] = await sumUsage(store.db, { since: 0, until: summed.until }, 'all');
    const cost = rows.reduce((all, row) => all + (row.cost ?? 0), 0);
    expect(sum).toMatchObject({
      requests: rows.length,
      failed: of('failed') + of('interrupted'),
      inputTokens: rows.reduce((all, row) => all + (row.input_tokens ?? 0), 0),
      cost: cost / NANOS_PER_DOLLAR,
    });
    expect(remaining).toBe(Math.floor((QUOTA_USD * NANOS_PER_DOLLAR - cost) / 1000) * 1000);
  },
);
