import { createKey, openStore, revokeKey, startGateway } from '@vitalgate/gateway';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { chatConfig, post, temporaryFolder, testGateway } from '../harness/gateway.ts';
import { ask, testDatabase } from '../harness/postgres.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** Long enough for a machine that is busy; what is measured is told by the assertions. */
const soon = { timeout: 10_000, interval: 50 };

it('two gateways on one PostgreSQL know the same keys and write one ledger', async () => {
  const upstream = await Upstream.start('only', answerWell);
  const url = await testDatabase();
  const config = chatConfig('openai-chat', [upstream]);
  const [first, second] = await Promise.all([
    testGateway({ config, store: url }),
    testGateway({ config, store: url }),
  ]);
  const store = await openStore(url);
  onTestFinished(() => store.close());
  const { secret } = await createKey(store, 'made elsewhere', Date.now());
  const statusAt = async (gateway: { url: string }) => {
    const headers = { authorization: `Bearer ${secret}` };
    const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' }, headers);
    await answer.text();
    return answer.status;
  };

  for (const gateway of [first, second]) {
    await vi.waitFor(async () => expect(await statusAt(gateway)).toBe(200), soon);
  }
  const revokedAt = performance.now();
  expect(await revokeKey(store, 'made elsewhere', Date.now())).toBe(true);
  for (const gateway of [first, second]) {
    await vi.waitFor(async () => expect(await statusAt(gateway)).toBe(401), soon);
  }
  expect(performance.now() - revokedAt).toBeLessThan(5000);

  const odd = 'chat\u0000\ud800';
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      post((i % 2 === 0 ? first : second).url, '/v1/chat/completions', {
        model: i < 2 ? odd : 'chat',
      }),
    ),
  );
  await Promise.all(answers.map((answer) => answer.text()));
  await Promise.all([first.stop(), second.stop()]);
  const rows = await ask(url, 'SELECT id, status::int, model, total_ms FROM ledger');
  const known = new Map(rows.map((row) => [row['id'], row]));
  const ids = answers.map((answer) => answer.headers.get('x-request-id'));
  expect(ids.filter((id) => !known.has(id))).toEqual([]);
  expect(known.get(ids[0])).toMatchObject({ model: 'chat\uFFFD\uFFFD', status: 404 });
  expect(known.get(ids[9])).toMatchObject({ status: 200, total_ms: expect.any(Number) });
});

it('two gateways that start at once for the first time make one first key', async () => {
  const url = await testDatabase();
  const started = await Promise.all(
    [temporaryFolder(), temporaryFolder()].map((folder) =>
      testGateway({ config: '', folder, store: url }),
    ),
  );
  expect(started.filter(({ firstKey }) => firstKey !== undefined)).toHaveLength(1);
  expect(await ask(url, 'SELECT name FROM keys')).toEqual([{ name: 'first' }]);
});

it('two gateways do not share a spool', async () => {
  const url = await testDatabase();
  const folder = temporaryFolder();
  const first = await testGateway({ config: '', folder, store: url });
  const again = startGateway({ configFile: first.configFile, environment: {}, log: () => {} });
  await expect(again).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining(`${join(folder, 'spool')} is in use by another Vitalgate`),
  });
});
