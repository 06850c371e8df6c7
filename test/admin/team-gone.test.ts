/** C14: a team that goes while its calls run leaves nothing behind but what it has spent. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { BrowserLike } from '../harness/browser-like.ts';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { chatEvents, Upstream } from '../harness/upstream.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const PATH = '/v1/chat/completions';
const FILED = '  - { name: filed, limits: [{ cost: 1, unit: USD, per: month }] }\n';
let upstream: Upstream;
let gateway: TestGateway;
let owner: ApiClient;

beforeAll(async () => {
  upstream = await Upstream.shared('only', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chatEvents[0]);
    response.write(chatEvents[1]);
  });
  gateway = await sharedGateway({
    config: `providers:
  - { name: only, dialect: openai-chat, baseUrl: "${upstream.url}", private: true, prices: { "*": { input: 1, output: 10 } } }
models: [{ name: chat, targets: [{ provider: only, model: m }] }]
keys: [{ name: client, secret: ${KEY} }]
teams:
${FILED}`,
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  owner = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const ask = (secret: string) =>
  post(
    gateway.url,
    PATH,
    { model: 'chat', messages: [], stream: true },
    { authorization: `Bearer ${secret}` },
  );

/** A key of the team whose stream runs; `over` gives what the ledger has of it, once that has ended. */
async function streaming(team: string) {
  const { key, secret } = await owner.call('POST /api/keys', { body: { name: team, team } });
  const answer = await ask(secret);
  expect(answer.status).toBe(200);
  const id = answer.headers.get('x-request-id') ?? '';
  const over = async () => {
    const said = await answer.text();
    expect(said).toContain('the key was revoked');
    expect(said).not.toContain('[DONE]');
    return vi.waitUntil(
      async () => {
        const found = await owner
          .call('GET /api/requests/{id}', { params: { id } })
          .catch(() => undefined);
        return found?.outcome === 'refused' ? found : undefined;
      },
      { timeout: 5000 },
    );
  };
  return { key, secret, over };
}

/** What was used until then is the team's, though the provider told no usage. */
async function expectSettled(
  team: string,
  over: () => Promise<{ readonly cost: number | null }>,
): Promise<void> {
  const { cost, ...row } = await over();
  expect(row).toMatchObject({ team, status: 200 });
  expect(cost).toBeGreaterThan(0);
  const { rows } = await owner.call('GET /api/usage', { query: { by: 'team' } });
  expect(rows).toContainEqual(expect.objectContaining({ group: team, cost }));
}

async function expectDead(secret: string): Promise<void> {
  const since = performance.now();
  await vi.waitFor(async () => expect((await ask(secret)).status).toBe(401), 5000);
  expect(performance.now() - since).toBeLessThan(5000);
}

it('made in the console: once its keys are revoked, and a stream that runs is cut off', async () => {
  await owner.call('POST /api/teams', {
    body: { name: 'made', limits: [{ cost: 1, unit: 'USD', per: 'month' }] },
  });
  const { link } = await owner.call('POST /api/users', {
    body: { email: 'mo@example.com', name: 'Mo', role: 'member', teams: ['made'] },
  });
  const member = createClient({
    baseUrl: gateway.addresses.admin,
    fetch: new BrowserLike(gateway.addresses.admin).fetch,
  });
  const token = new URL(link).hash.replace('#token=', '');
  const password = 'seven small turtles swim';
  await member.call('POST /api/invitations/accept', { body: { token, password } });
  const { key, secret, over } = await streaming('made');

  const remove = () => owner.call('DELETE /api/teams/{id}', { params: { id: 'made' } });
  await expect(remove()).rejects.toMatchObject({ code: 'in_use' });
  await owner.call('POST /api/keys/{id}/revoke', { params: { id: key.id } });
  await remove();
  await expectDead(secret);
  await expectSettled('made', over);

  expect((await owner.call('GET /api/teams')).items.map(({ name }) => name)).toEqual(['filed']);
  const { items } = await owner.call('GET /api/users');
  expect(items.find(({ email }) => email === 'mo@example.com')?.teams).toEqual([]);
  // Another of its name is another team.
  await owner.call('POST /api/teams', { body: { name: 'made' } });
  await expect(member.call('GET /api/teams')).rejects.toMatchObject({ code: 'not_signed_in' });
  await expectDead(secret);
});

it('taken out of the file: its keys open nothing from then on', async () => {
  const { secret, over } = await streaming('filed');
  const before = readFileSync(gateway.configFile, 'utf8');
  writeFileSync(gateway.configFile, before.replace(FILED, '').replace('teams:\n', ''));
  await gateway.reload();
  expect((await owner.call('GET /api/teams')).items.map(({ name }) => name)).not.toContain('filed');
  await expectDead(secret);
  await expectSettled('filed', over);
});
