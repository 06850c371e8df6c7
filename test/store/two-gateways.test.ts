import { createKey, openStore, revokeKey, startGateway } from '@vitalgate/gateway';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createClient } from '@vitalgate/contract/api/client';
import { BrowserLike } from '../harness/browser-like.ts';
import { chatConfig, post, temporaryFolder, testGateway } from '../harness/gateway.ts';
import { ask, testDatabase } from '../harness/postgres.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const ADMIN = 'an-admin-token-of-32-characters-or-more';
const MANY_TRIES = 'access: { wrongKeys: 1000000 }';

/** Long enough for a machine that is busy; what is measured is told by the assertions. */
const soon = { timeout: 10_000, interval: 50 };
/** What is promised of a revocation, at every instance. */
const inTime = { timeout: 5000, interval: 50 };

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

it('MB6: what is taken away at one is taken away at the other: keys, teams, models, people, tokens', async () => {
  const upstream = await Upstream.start('only', answerWell);
  const store = await testDatabase();
  const options = {
    config: chatConfig('openai-chat', [upstream], MANY_TRIES),
    store,
    environment: { VITALGATE_ADMIN_TOKEN: ADMIN },
  };
  const [first, second] = await Promise.all([testGateway(options), testGateway(options)]);
  const owner = createClient({ baseUrl: first.addresses.admin, token: ADMIN });
  const make = async (name: string, more: object = {}) =>
    owner.call('POST /api/keys', { body: { name, ...more } });
  const ask = async (secret: string, model = 'chat') => {
    const headers = { authorization: `Bearer ${secret}` };
    const answer = await post(second.url, '/v1/chat/completions', { model }, headers);
    await answer.text();
    return answer.status;
  };
  const isTold = (status: number, secret: string, model?: string) =>
    vi.waitFor(async () => expect(await ask(secret, model)).toBe(status), inTime);

  const plain = await make('plain');
  const bound = await make('bound', { models: ['chat'] });
  await owner.call('POST /api/teams', { body: { name: 'red' } });
  const ofTeam = await make('of-red', { team: 'red' });
  const targets = [{ provider: 'only', model: 'upstream-model' }];
  await owner.call('POST /api/models', { body: { name: 'extra', targets } });
  for (const { secret } of [plain, bound, ofTeam]) await isTold(200, secret);
  await isTold(200, plain.secret, 'extra');

  const params = { id: bound.key.id };
  await owner.call('PATCH /api/keys/{id}', {
    params,
    body: { models: ['extra'] },
    ifMatch: bound.key.version,
  });
  await isTold(403, bound.secret);
  await owner.call('DELETE /api/models/{name}', { params: { name: 'extra' } });
  await isTold(404, plain.secret, 'extra');
  for (const { key, secret } of [ofTeam, plain]) {
    await owner.call('POST /api/keys/{id}/revoke', { params: { id: key.id } });
    await isTold(401, secret);
  }
  // Nobody's, and so it may go.
  await owner.call('DELETE /api/teams/{id}', { params: { id: 'red' } });
  await vi.waitFor(async () => {
    const other = createClient({ baseUrl: second.addresses.admin, token: ADMIN });
    expect((await other.call('GET /api/teams')).items).toEqual([]);
  }, soon);

  const admin = async (headers: Record<string, string>) =>
    (await fetch(`${second.addresses.admin}/api/session`, { headers })).status;
  const token = await owner.call('POST /api/admin-tokens', {
    body: { name: 'ci', role: 'viewer' },
  });
  const asToken = { authorization: `Bearer ${token.secret}` };
  await vi.waitFor(async () => expect(await admin(asToken)).toBe(200), soon);
  await owner.call('DELETE /api/admin-tokens/{id}', { params: { id: token.token.id } });
  await vi.waitFor(async () => expect(await admin(asToken)).toBe(401), inTime);

  const { user, link } = await owner.call('POST /api/users', {
    body: { email: 'ada@example.com', name: 'Ada', role: 'viewer', teams: [] },
  });
  const page = new BrowserLike(second.addresses.admin);
  await createClient({ baseUrl: page.origin, fetch: page.fetch }).call(
    'POST /api/invitations/accept',
    {
      body: {
        token: new URL(link).hash.replace('#token=', ''),
        password: 'seven small turtles swim',
      },
    },
  );
  const asUser = { cookie: page.cookie ?? '', 'sec-fetch-site': 'same-origin' };
  expect(await admin(asUser)).toBe(200);
  const ofUser = { params: { id: user.id } };
  const { version } = await owner.call('GET /api/users/{id}', ofUser);
  await owner.call('PATCH /api/users/{id}', {
    ...ofUser,
    body: { disabled: true },
    ifMatch: version,
  });
  // At once: sessions are looked up each time.
  expect(await admin(asUser)).toBe(401);
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
