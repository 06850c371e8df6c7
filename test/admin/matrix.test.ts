import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  endpoints,
  isAudited,
  methodAndPath,
  roles,
  type Endpoint,
  type EndpointKey,
  type Role,
} from '@vitalgate/contract/api';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { BrowserLike } from '../harness/browser-like.ts';
import { post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { until } from '../harness/until.ts';

const OWNER = 'an-admin-token-of-32-characters-or-more';
const PASSWORD = 'seven small turtles swim';
const config = `providers: [{ name: toy, dialect: simulator }]
models: [{ name: chat, targets: [{ provider: toy, model: toy-1 }] }]
teams: [{ name: red }, { name: blue }]
keys: [{ name: of-blue, secret: secret-of-blue-1, team: blue }]
`;

let gateway: TestGateway;
let served: EndpointKey[];
const tokens = {} as Record<Role, string>;
const pages = {} as Record<Role, { browser: BrowserLike; client: ApiClient }>;

beforeAll(async () => {
  gateway = await sharedGateway({ config, environment: { VITALGATE_ADMIN_TOKEN: OWNER } });
  const { admin } = gateway.addresses;
  const owner = createClient({ baseUrl: admin, token: OWNER });
  const headers = { authorization: `Bearer ${OWNER}` };
  const described = await (await fetch(`${admin}/api/openapi.json`, { headers })).json();
  const { paths } = described as { paths: Record<string, Record<string, unknown>> };
  served = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}` as EndpointKey),
  );
  for (const role of roles) {
    const body = { name: role, role } as const;
    tokens[role] = (await owner.call('POST /api/admin-tokens', { body })).secret;
    const { link } = await owner.call('POST /api/users', {
      body: {
        email: `${role}@example.com`,
        name: role,
        role,
        teams: role === 'member' ? ['red'] : [],
      },
    });
    const browser = new BrowserLike(admin);
    const client = createClient({ baseUrl: admin, fetch: browser.fetch });
    const token = new URL(link).hash.replace('#token=', '');
    await client.call('POST /api/invitations/accept', { body: { token, password: PASSWORD } });
    pages[role] = { browser, client };
  }
  for (const secret of ['secret-of-blue-1']) {
    const call = { model: 'chat', messages: [{ role: 'user', content: 'hello' }] };
    const answer = await post(gateway.url, '/v1/chat/completions', call, {
      authorization: `Bearer ${secret}`,
    });
    await answer.text();
  }
  await until(
    () => owner.call('GET /api/requests'),
    ({ items }) => items.length > 0,
  );
});
afterAll(() => gateway.stop());

const ask = (key: EndpointKey, headers: Record<string, string>) => {
  const { method, path } = methodAndPath(key);
  return fetch(gateway.addresses.admin + path.replaceAll(/\{\w+\}/g, 'nothing-of-this-name'), {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
    headers: { 'if-match': '"0"', 'content-type': 'application/json', ...headers },
    // No body is what an endpoint wants, so that none of them does anything.
    ...(method === 'GET' ? {} : { body: '{"nothing":"of this name"}' }),
  });
};

/** Statuses of somebody who is let in: done, or refused for what was asked. */
const LET_IN = new Set([200, 201, 202, 204, 302, 400, 404, 409, 412, 422]);

describe('every endpoint × every role', () => {
  it('has a row for each that is served', () => {
    expect(served.length).toBeGreaterThan(40);
    for (const key of served) expect(endpoints).toHaveProperty([key]);
  });

  it.each(roles)('%s: what the table says, and nothing else (C07)', async (role) => {
    for (const key of served) {
      const { allow, tag }: Endpoint = endpoints[key];
      // Ending one's own sessions would end the test.
      const isOwn = /^DELETE \/api\/sessions?$/.test(key);
      const may = allow === 'public' || allow.includes(role);
      const byToken = await ask(key, { authorization: `Bearer ${tokens[role]}` });
      await byToken.body?.cancel();
      const told = [key, role, byToken.status];
      if (may && (allow === 'public' || tag !== 'profile')) {
        expect([key, role, LET_IN.has(byToken.status) ? 'in' : byToken.status]).toEqual([
          key,
          role,
          'in',
        ]);
      } else expect(told).toEqual([key, role, 403]);
      if (isOwn || allow === 'public') continue;
      const { browser } = pages[role];
      const bySession = await ask(key, {
        cookie: browser.cookie ?? '',
        'sec-fetch-site': 'same-origin',
      });
      await bySession.body?.cancel();
      const status = LET_IN.has(bySession.status) ? 'in' : bySession.status;
      // A wrong password of one's own is told as one.
      const isIn = status === 'in' || (tag === 'profile' && status === 401);
      expect([key, role, may ? isIn : status]).toEqual([key, role, may ? true : 403]);
    }
  });

  it('upkeep is no business of viewers and members, by token or session (C08)', async () => {
    const upkeep: readonly EndpointKey[] = [
      'DELETE /api/captures',
      'GET /api/audit',
      'GET /api/audit/verify',
      'PUT /api/configuration',
      'POST /api/configuration/versions/{number}/restore',
      'POST /api/targets/{id}/reset',
    ];
    for (const key of upkeep) {
      for (const role of ['viewer', 'member'] as const) {
        const { browser } = pages[role];
        for (const headers of [
          { authorization: `Bearer ${tokens[role]}` },
          { cookie: browser.cookie ?? '', 'sec-fetch-site': 'same-origin' },
        ]) {
          const answer = await ask(key, headers);
          expect([key, role, answer.status]).toEqual([key, role, 403]);
          expect(await answer.json()).toMatchObject({ code: 'forbidden' });
        }
      }
    }
  });

  it('nobody, a client key, a wrong token: nothing but what is public (MC5)', async () => {
    for (const key of served) {
      const { allow }: Endpoint = endpoints[key];
      if (allow === 'public') continue;
      const nobodies: Record<string, string>[] = [
        {},
        { authorization: 'Bearer secret-of-blue-1' },
        { 'x-api-key': 'secret-of-blue-1' },
        { cookie: 'vitalgate=secret-of-blue-1; __Host-vitalgate=x', 'sec-fetch-site': 'none' },
      ];
      for (const headers of nobodies) {
        const answer = await ask(key, headers);
        expect([key, headers, answer.status]).toEqual([key, headers, 401]);
        expect(await answer.json()).toMatchObject({ code: 'not_signed_in' });
      }
    }
    for (const role of roles) {
      const call = { model: 'chat', messages: [] };
      const answer = await post(gateway.url, '/v1/chat/completions', call, {
        authorization: `Bearer ${tokens[role]}`,
      });
      expect([role, answer.status]).toEqual([role, 401]);
    }
  });

  it('fields that nobody documents are refused on every body (MC3)', async () => {
    for (const key of served) {
      const { allow, body }: Endpoint = endpoints[key];
      if (allow === 'public' || body === undefined) continue;
      const headers = { cookie: pages.owner.browser.cookie ?? '', 'sec-fetch-site': 'same-origin' };
      const answer = await ask(key, headers);
      expect([key, answer.status]).toEqual([key, 400]);
      expect(await answer.json()).toMatchObject({ code: 'invalid_request' });
    }
  });

  it('what is audited is written down, allowed or not (K16)', async () => {
    const audited = served.filter((key) => isAudited(key, endpoints[key]));
    expect(audited.length).toBeGreaterThan(20);
    const { client } = pages.owner;
    const seen = new Map<string, Set<number>>();
    let cursor: string | undefined;
    do {
      const query = { limit: 200, ...(cursor !== undefined && { cursor }) };
      const page = await client.call('GET /api/audit', { query });
      for (const { action, status } of page.items) {
        seen.set(action, (seen.get(action) ?? new Set()).add(status));
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    for (const key of audited) {
      const { allow }: Endpoint = endpoints[key];
      expect([key, seen.has(key)]).toEqual([key, true]);
      const isBarred = allow !== 'public' && allow.length < roles.length;
      if (isBarred) expect([key, seen.get(key)?.has(403)]).toEqual([key, true]);
    }
    expect(await client.call('GET /api/audit/verify')).toMatchObject({ ok: true });
  });
});

describe('what belongs to another team', () => {
  it('is for a member what does not exist: same status, same body (MC1, C10)', async () => {
    const { client, browser } = pages.member;
    const owner = pages.owner.client;
    const body = { name: 'made-for-blue', team: 'blue' };
    const { key: ofBlue } = await owner.call('POST /api/keys', { body });
    const [request] = (await owner.call('GET /api/requests')).items;
    expect(request).toMatchObject({ team: 'blue', key: { name: 'of-blue' } });

    const told = async (method: string, path: string, id: string) => {
      const answer = await fetch(`${gateway.addresses.admin}${path.replace('{id}', id)}`, {
        method,
        headers: {
          cookie: browser.cookie ?? '',
          'sec-fetch-site': 'same-origin',
          'if-match': `"${ofBlue.version}"`,
          ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
        },
        ...(method === 'GET' ? {} : { body: '{}' }),
      });
      const { requestId: _own, ...rest } = (await answer.json()) as Record<string, unknown>;
      return [answer.status, rest];
    };
    const bearing = served.filter(
      (key) =>
        /\/(?:keys|requests|teams)\/\{id\}/.test(key) &&
        (endpoints[key].allow as readonly string[]).includes('member'),
    );
    expect(bearing.length).toBeGreaterThanOrEqual(6);
    for (const key of bearing) {
      const { method, path } = methodAndPath(key);
      const id = path.includes('/keys/')
        ? ofBlue.id
        : path.includes('/requests/')
          ? (request?.id ?? '')
          : 'blue';
      const foreign = await told(method, path, id);
      expect([key, foreign]).toEqual([key, await told(method, path, 'nothing')]);
      expect(foreign[0]).toBe(404);
    }
    expect(await owner.call('GET /api/keys/{id}', { params: { id: ofBlue.id } })).toEqual(ofBlue);

    expect((await client.call('GET /api/keys')).items).toEqual([]);
    expect((await client.call('GET /api/keys', { query: { team: 'blue' } })).items).toEqual([]);
    expect((await client.call('GET /api/requests')).items).toEqual([]);
    expect((await client.call('GET /api/requests', { query: { team: 'blue' } })).items).toEqual([]);
    expect((await client.call('GET /api/usage', { query: { team: 'blue' } })).total.requests).toBe(
      0,
    );
    expect((await client.call('GET /api/limits')).items).toEqual([]);
    const { traffic, today, targets } = await client.call('GET /api/overview');
    expect([traffic.requests, today.requests, targets]).toEqual([0, 0, []]);
    const points = (await client.call('GET /api/traffic')).points;
    expect(points.every(({ requests }) => requests === 0)).toBe(true);
  });

  it('cannot be made, taken or widened by a member (MC2, MC4, C06)', async () => {
    const { client } = pages.member;
    for (const team of ['blue', undefined, null]) {
      const body = { name: `for-${String(team)}`, ...(team !== undefined && { team }) };
      await expect(client.call('POST /api/keys', { body })).rejects.toMatchObject({
        code: 'forbidden',
      });
    }
    const mine = await client.call('POST /api/keys', { body: { name: 'mine', team: 'red' } });
    const params = { id: mine.key.id };
    for (const team of ['blue', null]) {
      await expect(
        client.call('PATCH /api/keys/{id}', { params, body: { team }, ifMatch: mine.key.version }),
      ).rejects.toMatchObject({ code: 'forbidden' });
    }
    expect((await client.call('GET /api/keys')).items).toMatchObject([
      { name: 'mine', team: 'red' },
    ]);
    await expect(
      client.call('POST /api/keys', { body: { name: 'x', team: 'green' } }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('is not told live either (C11)', async () => {
    const heard: string[] = [];
    const end = new AbortController();
    const listened = new Promise<void>((resolve) => {
      for (const role of ['member', 'viewer'] as const) {
        void createClient({
          baseUrl: gateway.addresses.admin,
          fetch: pages[role].browser.fetch,
        }).listen(
          (event) => {
            if (event.name === 'connection') {
              if (role !== 'viewer') return;
              const headers = { authorization: 'Bearer secret-of-blue-1' };
              const call = { model: 'chat', messages: [{ role: 'user', content: 'hello' }] };
              void post(gateway.url, '/v1/chat/completions', call, headers).then((answer) =>
                answer.text(),
              );
            } else if (event.name === 'request') {
              heard.push(role);
              if (role === 'viewer') resolve();
            }
          },
          { only: ['request', 'pulse'], signal: end.signal },
        );
      }
    });
    await listened;
    end.abort();
    expect(heard).toEqual(['viewer']);
  });
});

describe('a key', () => {
  it('is made, changed, rotated and revoked, and the gateway knows at once', async () => {
    const { client } = pages.operator;
    const status = async (secret: string) => {
      const call = { model: 'chat', messages: [{ role: 'user', content: 'hello' }] };
      const answer = await post(gateway.url, '/v1/chat/completions', call, {
        authorization: `Bearer ${secret}`,
      });
      await answer.text();
      return answer.status;
    };
    const body = {
      name: 'life',
      limits: [{ requests: 1000, per: '1m' }],
      models: ['chat'],
    };
    const made = await client.call('POST /api/keys', { body });
    const params = { id: made.key.id };
    expect(await status(made.secret)).toBe(200);
    const change = { params, body: { models: [] }, ifMatch: made.key.version };
    const changed = await client.call('PATCH /api/keys/{id}', change);
    // What was left out is as it was (C03).
    expect(changed.limits).toEqual(body.limits);
    expect(await status(made.secret)).toBe(403);
    await expect(client.call('PATCH /api/keys/{id}', change)).rejects.toMatchObject({
      code: 'version_changed',
    });
    await client.call('PATCH /api/keys/{id}', {
      params,
      body: { models: null },
      ifMatch: changed.version,
    });

    const rotated = await client.call('POST /api/keys/{id}/rotate', {
      params,
      body: { graceMs: 60_000 },
    });
    expect([await status(made.secret), await status(rotated.secret)]).toEqual([200, 200]);
    const again = await client.call('POST /api/keys/{id}/rotate', { params, body: {} });
    expect([
      await status(made.secret),
      await status(rotated.secret),
      await status(again.secret),
    ]).toEqual([401, 401, 200]);
    await client.call('POST /api/keys/{id}/revoke', { params });
    expect(await status(again.secret)).toBe(401);
    await expect(
      client.call('POST /api/keys/{id}/rotate', { params, body: {} }),
    ).rejects.toMatchObject({ code: 'in_use' });
    const limits = await client.call('GET /api/limits');
    expect(limits.items.every(({ scope }) => scope.name !== 'life')).toBe(true);
  });

  it('is made once, however often the same request comes', async () => {
    const { client } = pages.operator;
    const once = { body: { name: 'once' }, idempotencyKey: 'a-key-of-mine' };
    const first = await client.call('POST /api/keys', once);
    expect(await client.call('POST /api/keys', once)).toEqual(first);
    await expect(
      client.call('POST /api/keys', { ...once, body: { name: 'twice' } }),
    ).rejects.toMatchObject({ code: 'key_reused' });
    // Somebody else's key of the same name is another one.
    await expect(pages.owner.client.call('POST /api/keys', once)).rejects.toMatchObject({
      code: 'already_exists',
    });
    // Strangers with keys of their own, however many, make nobody's forgotten.
    const named = gateway.addresses.admin.replace('127.0.0.1', 'localhost');
    const begin = async (_: unknown, i: number) => {
      const headers = { 'idempotency-key': `${i}`, 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: '{}' };
      return (await fetch(`${named}/api/session/passkey/options`, init)).status;
    };
    const statuses = await Promise.all(Array.from({ length: 1100 }, begin));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await client.call('POST /api/keys', once)).toEqual(first);
  });

  it('in the file is shown, and changed there alone', async () => {
    const { client } = pages.operator;
    const { items } = await client.call('GET /api/keys', { query: { q: 'of-blue' } });
    const params = { id: items[0]?.id ?? '' };
    expect(items[0]).toMatchObject({ managedBy: 'file', hint: null, team: 'blue' });
    await expect(client.call('POST /api/keys/{id}/revoke', { params })).rejects.toMatchObject({
      code: 'managed_by_file',
    });
  });
});

describe('usage', () => {
  it('adds up, as JSON and as CSV that no spreadsheet runs', async () => {
    const { client } = pages.operator;
    const total = async () => (await client.call('GET /api/usage')).total.requests;
    const look = async () => ({
      rows: (await client.call('GET /api/usage', { query: { by: 'key' } })).rows,
      csv: await client.call('GET /api/usage.csv', { query: { by: 'key' } }),
      today: (await client.call('GET /api/usage')).rows[0],
      points: (await client.call('GET /api/traffic')).points,
    });
    // Rows of calls just made are still on their way into the ledger.
    let all = await total();
    let seen = await look();
    for (let now = await total(); now !== all; now = await total()) {
      all = now;
      seen = await look();
    }
    const { rows, csv, today, points } = seen;
    const sum = (some: readonly { requests: number }[]) =>
      some.reduce((before, { requests }) => before + requests, 0);
    expect([sum(rows), today?.requests, sum(points)]).toEqual([all, all, all]);
    expect(rows.find(({ name }) => name === 'of-blue')).toMatchObject({ failed: 0 });
    const [head, first] = csv.split('\r\n');
    expect(head).toBe(
      'group,name,requests,failed,refused,inputTokens,cachedTokens,outputTokens,reasoningTokens,cost,unpriced',
    );
    expect(first).toMatch(/^[^=+@-]/);
  });
});
