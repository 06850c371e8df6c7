/** What the admin API answers is what its own document says, good and bad; and nothing else answers. */
import { endpoints, matchEndpoint, methods, type EndpointKey } from '@vitalgate/contract/api';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drillRunner } from '../../packages/cli/src/drill/runner.ts';
import { BrowserLike } from '../harness/browser-like.ts';
import { checkedBy, type Checked, type Description } from '../harness/described.ts';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import { answerJson, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const PASSWORD = 'seven small turtles swim';
const headers = { authorization: `Bearer ${TOKEN}` };

const clock = new ShiftedClock();
let gateway: TestGateway;
let sick: Upstream;
let document: Description;
let served: EndpointKey[];
let checked: Checked;
let owner: ApiClient;

beforeAll(async () => {
  sick = await Upstream.shared('sick', (_received, response) => answerJson(response, 500, {}));
  gateway = await sharedGateway({
    config: `providers:
  - { name: toy, dialect: simulator }
  - { name: sick, dialect: openai-chat, baseUrl: "${sick.url}", private: true, credentials: [{ name: main, value: a-credential }] }
models:
  - { name: chat, targets: [{ provider: toy, model: toy-1 }], cache: { ttl: 10m } }
  - { name: sick, targets: [{ provider: sick, model: m }] }
health: { fall: 1 }
capture: { keep: 1d }
prompts: [{ name: greet, version: "1", path: /greet, model: chat, prompt: "Hello {{who}}", variables: { who: { type: string } } }]
documents: { enabled: true }
keys: [{ name: client, secret: ${KEY}, limits: [{ requests: 100, per: 1h }] }]
guardrails: [{ name: words, on: request, action: flag, detect: [{ words: [secret] }] }]
`,
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
    clock,
    drills: drillRunner,
  });
  const { admin } = gateway.addresses;
  document = (await (await fetch(`${admin}/api/openapi.json`, { headers })).json()) as Description;
  served = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}` as EndpointKey),
  );
  checked = checkedBy(document);
  owner = createClient({ baseUrl: admin, token: TOKEN, fetch: checked.fetch });
  for (const model of ['chat', 'chat', 'sick', 'nothing']) {
    const messages = [{ role: 'user', content: 'a secret' }];
    await (await post(gateway.url, '/v1/chat/completions', { model, messages })).text();
  }
});
afterAll(async () => {
  await gateway.stop();
  await sick.close();
});

/** Asks all that can be asked of something that is made, changed and deleted. */
async function throughLife(
  of: 'providers' | 'models' | 'apis' | 'guardrails',
  body: { readonly name: string },
  changed: object,
): Promise<void> {
  const { call } = owner;
  const params = { name: body.name };
  await call(`POST /api/${of}`, { body: body as never });
  await call(`GET /api/${of}`);
  const { version } = await call(`GET /api/${of}/{name}`, { params });
  const ifMatch = version ?? '';
  await call(`PATCH /api/${of}/{name}`, { params, ifMatch, body: changed });
}

it('answers well as it is described', async () => {
  const { call } = owner;
  const [newest] = await until(
    async () => (await call('GET /api/requests')).items,
    ({ length }) => length >= 4,
  );
  const ofRequest = { id: newest?.id ?? '' };
  await call('GET /api/requests/{id}', { params: ofRequest });
  await call('GET /api/requests/{id}/replay', { params: ofRequest });
  const kept = await until(
    async () => {
      const { items } = await call('GET /api/requests', { query: { outcome: 'completed' } });
      const looks = items.map(({ id }) =>
        call('GET /api/requests/{id}/capture', { params: { id } }),
      );
      return (await Promise.allSettled(looks)).filter(({ status }) => status === 'fulfilled');
    },
    ({ length }) => length > 0,
  );
  expect(kept).not.toEqual([]);
  await call('GET /api/overview');
  await call('GET /api/traffic');
  for (const by of ['day', 'key', 'team', 'owner', 'model', 'target', 'hour'] as const) {
    await call('GET /api/usage', { query: { by } });
  }
  await call('GET /api/usage.csv');
  for (const kind of ['model', 'target', 'api'] as const) {
    await call('GET /api/health/uptime', { query: { kind } });
  }
  await call('GET /api/prompts');
  await call('GET /api/caches');
  await call('DELETE /api/caches');
  await call('GET /api/limits');

  // It has had no way for long enough.
  clock.forward(6000);
  const [incident] = await until(
    async () => (await call('GET /api/incidents')).items,
    ({ length }) => length > 0,
  );
  const ofIncident = { params: { id: incident?.id ?? '' } };
  const told = await call('GET /api/incidents/{id}', ofIncident);
  await call('PATCH /api/incidents/{id}', {
    ...ofIncident,
    ifMatch: told.version,
    body: { title: 'Sick' },
  });

  for (const id of ['sick/m', 'toy/toy-1']) {
    await call('GET /api/targets/{id}', { params: { id } });
    await call('GET /api/targets/{id}/history', { params: { id } });
  }
  const target = { params: { id: 'sick/m' } };
  await call('GET /api/targets');
  await call('POST /api/targets/{id}/rest', { ...target, body: {} });
  await call('POST /api/targets/{id}/drain', target);
  await call('POST /api/targets/{id}/serve', target);
  await call('POST /api/targets/{id}/reset', target);

  const place = { dialect: 'openai-chat', baseUrl: sick.url, private: true };
  await call('POST /api/providers/test', { body: place });
  await throughLife('providers', { name: 'own', ...place }, { baseUrl: sick.url });
  const ofCredential = { params: { name: 'own', credential: 'main' } };
  await call('PUT /api/providers/{name}/credentials/{credential}', {
    ...ofCredential,
    body: { value: 'another-credential' },
  });
  await call('POST /api/providers/{name}/test', { params: { name: 'own' } });
  const targets = [{ provider: 'own', model: 'm' }];
  await throughLife('models', { name: 'own-model', targets } as never, { critical: true });
  await throughLife('apis', { name: 'orders', settings: apiSettings(sick.url) } as never, {
    settings: apiSettings(sick.url),
  });
  const settings = { on: 'request', action: 'flag', detect: [{ words: ['hush'] }] };
  await throughLife('guardrails', { name: 'own-rule', settings } as never, { settings });
  await call('POST /api/guardrails/try', { body: { text: 'a secret' } });
  await call('DELETE /api/guardrails/{name}', { params: { name: 'own-rule' } });
  await call('DELETE /api/apis/{name}', { params: { name: 'orders' } });
  await call('DELETE /api/models/{name}', { params: { name: 'own-model' } });
  await call('DELETE /api/providers/{name}/credentials/{credential}', ofCredential);
  await call('DELETE /api/providers/{name}', { params: { name: 'own' } });

  const team = await call('POST /api/teams', { body: { name: 'Red' } });
  const ofTeam = { params: { id: team.id } };
  await call('GET /api/teams');
  await call('GET /api/teams/{id}', ofTeam);
  await call('PATCH /api/teams/{id}', { ...ofTeam, ifMatch: team.version, body: { models: null } });
  await call('GET /api/teams/{id}/members', ofTeam);
  const made = await call('POST /api/keys', { body: { name: 'own-key' } });
  const ofKey = { params: { id: made.key.id } };
  await call('GET /api/keys');
  const { version } = await call('GET /api/keys/{id}', ofKey);
  await call('PATCH /api/keys/{id}', { ...ofKey, ifMatch: version, body: { models: null } });
  const turned = await call('POST /api/keys/{id}/rotate', { ...ofKey, body: {} });
  await call('POST /api/keys/{id}/revoke', { params: { id: turned.key.id } });
  await call('DELETE /api/teams/{id}', ofTeam);

  const admin = await call('POST /api/admin-tokens', { body: { name: 'ci', role: 'viewer' } });
  await call('GET /api/admin-tokens');
  await call('DELETE /api/admin-tokens/{id}', { params: { id: admin.token.id } });

  const channel = { params: { name: 'chat' } };
  const slack = {
    kind: 'slack' as const,
    settings: { webhookUrl: `${sick.url}/slack`, private: true },
  };
  const { version: ofChannel } = await call('POST /api/alerts/channels', {
    body: { name: 'chat', ...slack },
  });
  await call('PATCH /api/alerts/channels/{name}', {
    ...channel,
    ifMatch: ofChannel,
    body: slack,
  });
  const rule = { params: { name: 'down' } };
  const whenDown = { kind: 'verdict' as const, settings: {}, channels: ['chat'] };
  const { version: ofRule } = await call('POST /api/alerts/rules', {
    body: { name: 'down', ...whenDown },
  });
  await call('PATCH /api/alerts/rules/{name}', { ...rule, ifMatch: ofRule, body: whenDown });
  await call('GET /api/alerts/channels');
  await call('GET /api/alerts/rules');
  await call('POST /api/alerts/channels/{name}/test', channel);
  await call('GET /api/alerts/deliveries');
  await call('GET /api/alerts');
  await call('DELETE /api/alerts/rules/{name}', rule);
  await call('DELETE /api/alerts/channels/{name}', channel);

  const { text, version: before } = await call('GET /api/configuration');
  await call('GET /api/configuration/schema');
  await call('POST /api/configuration/validate', { body: { text: text } });
  await call('PUT /api/configuration', { ifMatch: before, body: { text: text } });
  const { items } = await call('GET /api/configuration/versions');
  const ofVersion = { params: { number: String(items[0]?.number ?? 0) } };
  await call('GET /api/configuration/versions/{number}', ofVersion);
  await call('POST /api/configuration/versions/{number}/restore', ofVersion);
  const page = await call('GET /api/status-page');
  await call('PUT /api/status-page', {
    ifMatch: page.version,
    body: { enabled: true, title: 'Status', routes: null },
  });
  await call('GET /api/audit');
  await call('GET /api/audit/verify');
  await call('DELETE /api/captures');

  const { items: scenarios } = await call('GET /api/drills/scenarios');
  const drill = await call('POST /api/drills', {
    body: { scenarios: scenarios.slice(0, 1).map(({ name }) => name) },
  });
  await call('GET /api/drills');
  await call('GET /api/drills/{id}', { params: { id: drill.id } });
  await call('DELETE /api/drills/{id}', { params: { id: drill.id } });

  const leaving = new AbortController();
  await owner.play(
    {
      body: { path: '/v1/chat/completions', key: KEY, body: '{"model":"chat"}' },
      signal: leaving.signal,
    },
    () => {},
  );
  await owner.listen(() => leaving.abort(), { signal: leaving.signal }).catch(() => {});
  expect(checked.wrongs).toEqual([]);
});

const apiSettings = (url: string) => ({
  path: '/orders',
  private: true,
  upstreams: [{ url }],
});

it('answers people as it is described, who come in, prove themselves and leave', async () => {
  const { admin } = gateway.addresses;
  const browser = new BrowserLike(admin);
  const ofPage = checkedBy(document, browser.fetch);
  const { call } = createClient({ baseUrl: admin, fetch: ofPage.fetch });
  await call('GET /api/setup');
  const invited = await owner.call('POST /api/users', {
    body: { email: 'ada@example.com', name: 'Ada', role: 'operator' },
  });
  const { token } = Object.fromEntries(new URLSearchParams(new URL(invited.link).hash.slice(1)));
  await call('POST /api/invitations/accept', { body: { token: token ?? '', password: PASSWORD } });
  await call('GET /api/session');
  await call('GET /api/sessions');
  const { secret } = await call('POST /api/me/totp', { body: { password: PASSWORD } });
  const code = new TOTP({ secret }).generate();
  const { recoveryCodes } = await call('POST /api/me/totp/confirm', { body: { code } });
  await call('DELETE /api/me/totp', { body: { code: recoveryCodes[0] ?? '' } });
  await call('GET /api/me/passkeys');
  await call('POST /api/me/password', {
    body: { current: PASSWORD, password: `${PASSWORD}!` },
  });
  await call('POST /api/session', { body: { email: 'ada@example.com', password: `${PASSWORD}!` } });
  const [session] = (await call('GET /api/sessions')).items;
  await call('DELETE /api/sessions/{id}', { params: { id: session?.id ?? '' } });
  await call('POST /api/session', { body: { email: 'ada@example.com', password: `${PASSWORD}!` } });
  await call('DELETE /api/session');
  await call('POST /api/session', { body: { email: 'ada@example.com', password: `${PASSWORD}!` } });
  await call('DELETE /api/sessions');

  const { items } = await owner.call('GET /api/users');
  const user = items.find(({ email }) => email === 'ada@example.com');
  const ofUser = { params: { id: user?.id ?? '' } };
  const { version } = await owner.call('GET /api/users/{id}', ofUser);
  await owner.call('PATCH /api/users/{id}', {
    ...ofUser,
    ifMatch: version,
    body: { role: 'viewer' },
  });
  await owner.call('POST /api/users/{id}/reset', ofUser);
  await owner.call('DELETE /api/users/{id}/sessions', ofUser);
  await owner.call('DELETE /api/users/{id}', ofUser);
  expect([...checked.wrongs, ...ofPage.wrongs]).toEqual([]);
  for (const [key, statuses] of ofPage.seen) {
    checked.seen.set(key, new Set([...statuses, ...(checked.seen.get(key) ?? [])]));
  }
});

/** What takes more than this file has; each is tried where it stands. */
const ELSEWHERE = [
  'POST /api/setup', // the first owner comes by a link: test/admin/sign-in.test.ts
  'POST /api/session/passkey/options', // a device: test/console/sign-in.test.ts
  'POST /api/session/passkey',
  'POST /api/me/passkeys/options',
  'POST /api/me/passkeys',
  'DELETE /api/me/passkeys/{id}',
  'GET /api/session/oidc', // a provider of identities: test/console/single-sign-on.test.ts
  'GET /api/session/oidc/callback',
];

it('has answered well wherever it says that it does', () => {
  const well = ([, statuses]: [string, Set<number>]) => [...statuses].some((one) => one < 400);
  const seen = new Set([...checked.seen].filter(well).map(([key]) => key));
  expect(served.filter((key) => !seen.has(key)).toSorted()).toEqual(ELSEWHERE.toSorted());
  expect(Object.keys(endpoints).toSorted()).toEqual(served.toSorted());
});

it('refuses as it is described: strangers, what is not there, what is not understood', async () => {
  const bad = checkedBy(document);
  for (const key of served) {
    const [method = '', path = ''] = key.split(' ');
    const url = gateway.addresses.admin + path.replaceAll(/\{\w+\}/g, 'nothing');
    const json = { 'content-type': 'application/json', 'if-match': '"0"' };
    const bodies = method === 'GET' ? [undefined] : ['{"nothing":1}', '{', '[]'];
    for (const one of [{}, headers]) {
      for (const body of bodies) {
        // Nothing of this file is to be undone.
        if (one === headers && /^DELETE \/api\/(?:caches|captures|sessions?)$/.test(key)) continue;
        const init = { method, redirect: 'manual', headers: { ...json, ...one } } as const;
        const answer = await bad.fetch(url, body === undefined ? init : { ...init, body });
        await answer.body?.cancel();
      }
      if (method === 'GET' && !path.endsWith('events')) {
        const answer = await bad.fetch(`${url}?nothing=1`, { headers: one, redirect: 'manual' });
        await answer.body?.cancel();
      }
    }
  }
  expect(bad.wrongs).toEqual([]);
});

it('answers by no other path, and by no other method', async () => {
  for (const [path, operations] of Object.entries(document.paths)) {
    const url = gateway.addresses.admin + path.replaceAll(/\{\w+\}/g, 'nothing');
    for (const method of methods) {
      // `{name}` is anything: another endpoint may be meant.
      if (method.toLowerCase() in operations || matchEndpoint(method, path) !== 'method') continue;
      const status = (await fetch(url, { method, headers })).status;
      expect([method, path, status]).toEqual([method, path, 405]);
    }
    for (const other of [`${url}/`, `${url}/nothing/of/it`, url.toUpperCase()]) {
      const answer = await fetch(other, { headers, redirect: 'manual' });
      const isApi = answer.headers.get('content-type')?.includes('application/json') === true;
      expect([other, isApi]).toEqual([other, false]);
    }
  }
});
