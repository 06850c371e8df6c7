/** MF6, MX5: a caller that leaves, on every route, while a model is asked or answers. */
import { expect, it } from 'vitest';
import { KEY, ledgerOf, post, testGateway } from '../harness/gateway.ts';
import { asked, saysHalf } from '../harness/half-said.ts';
import { asking, everyDialect } from '../harness/speaker.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

it('lets its provider go, and is charged for what was said by then', async () => {
  const upstream = await Upstream.start('any', saysHalf(new Promise<void>(() => {})));
  const config = everyDialect(
    upstream.url,
    `keys:\n  - { name: client, secret: ${KEY}, limits: [{ concurrency: ${asked.length} }] }\n`,
  ).replaceAll('private: true', 'private: true, prices: { "*": { input: 100, output: 100 } }');
  const gateway = await testGateway({ config });
  const leaving = new AbortController();
  const begun = asked.map(async ({ path, dialect, operation, stream }) => {
    const answer = await fetch(gateway.url + path, {
      method: 'POST',
      signal: leaving.signal,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: JSON.stringify(asking(dialect, operation, 'hello', stream)),
    });
    if (stream) await answer.body?.getReader().read();
    return path;
  });
  const streams = begun.filter((_, i) => asked[i]?.stream === true);
  const left = Promise.allSettled(begun);
  expect(await Promise.all(streams)).not.toEqual([]);
  await expect
    .poll(() => upstream.calls.length, { timeout: 20_000 })
    .toBeGreaterThanOrEqual(asked.length);
  leaving.abort();
  await left;
  await Promise.all(upstream.calls.map((call) => call.left));
  // What each held of the limit is free again.
  upstream.script = answerWell;
  const next = await post(gateway.url, '/v1/chat/completions', { model: 'chat', messages: [] });
  await next.text();
  expect(next.status).toBe(200);

  await gateway.stop();
  const all = ledgerOf(gateway.databasePath);
  const rows = all.filter(({ outcome }) => outcome !== 'completed');
  expect(rows).toHaveLength(asked.length);
  for (const row of rows) {
    expect(row).toMatchObject({ outcome: 'abandoned', reason: 'caller_left' });
    if (row['operation'] === 'count-tokens') continue;
    expect(row).toMatchObject({ is_estimated: 1, cost: expect.any(Number) });
    expect(row['cost']).toBeGreaterThan(0);
  }
});
