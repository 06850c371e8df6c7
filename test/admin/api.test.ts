import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '@vitalgate/contract/api/client';
import { chatConfig, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerJson, answerWell, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';

let gateway: TestGateway;
let admin: string;
let upstreams: readonly Upstream[];

beforeAll(async () => {
  const sick = await Upstream.shared('sick', (_received, response) =>
    answerJson(response, 500, {}),
  );
  const well = await Upstream.shared('well', answerWell);
  upstreams = [sick, well];
  gateway = await sharedGateway({
    config: chatConfig('openai-chat', [sick, well]),
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  admin = gateway.addresses.admin;
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { security?: unknown[] }>>>>;
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(admin + path, { headers: { authorization: `Bearer ${TOKEN}`, ...headers } });

describe('the admin API', () => {
  it('says of itself what it serves, and refuses strangers everywhere', async () => {
    const described = (await (await get('/api/openapi.json')).json()) as Described;
    const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({ path, method, security })),
    );
    expect(operations.map(({ path }) => path)).toContain('/api/overview');
    const closed = operations.filter(({ security }) => security === undefined);
    expect(closed.length).toBeGreaterThan(5);
    for (const { path, method } of [...closed, { path: '/api/openapi.json', method: 'get' }]) {
      for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
        const answer = await fetch(admin + path.replaceAll(/\{\w+\}/g, 'x'), {
          method: method.toUpperCase(),
          headers: headers as Record<string, string>,
        });
        expect([path, answer.status]).toEqual([path, 401]);
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
        expect(await answer.json()).toMatchObject({ status: 401, code: 'not_signed_in' });
      }
    }
  });

  it('tells strangers nothing of which paths there are', async () => {
    expect((await fetch(`${admin}/api/nothing`)).status).toBe(401);
    expect((await get('/api/nothing')).status).toBe(404);
    const wrong = await fetch(`${admin}/api/overview`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET']);
  });

  it('answers the typed client', async () => {
    const { call } = createClient({ baseUrl: admin, token: TOKEN });
    await (await post(gateway.url, '/v1/chat/completions', { model: 'chat' })).text();
    // A row reaches the ledger a moment after its answer.
    const newest = async () => (await call('GET /api/requests')).items[0];
    const receipt = await until(newest, (one) => one !== undefined);
    expect(receipt).toMatchObject({
      model: 'chat',
      target: 'well/upstream-model',
      key: { name: 'client' },
      attempts: [{ reason: 'http_500' }, { reason: 'ok' }],
    });
    const params = { id: receipt?.id ?? '' };
    expect(await call('GET /api/requests/{id}', { params })).toEqual(receipt);

    const overview = await call('GET /api/overview');
    expect(overview).toMatchObject({
      gatewayUrl: gateway.url,
      routes: [{ name: 'chat', targets: ['sick/upstream-model', 'well/upstream-model'] }],
      traffic: { requests: 1, failed: 0 },
      setUp: { hasFirstCall: true, hasKey: true },
    });
    const why = await call('GET /api/targets/{id}', { params: { id: 'sick/upstream-model' } });
    expect(why).toMatchObject({ failures: [{ reason: 'http_500' }] });
  });

  it('goes through requests page by page, and finds them by what they were', async () => {
    const { call } = createClient({ baseUrl: admin, token: TOKEN });
    for (let i = 0; i < 4; i += 1)
      await (await post(gateway.url, '/v1/chat/completions', { model: 'chat' })).text();
    const all = await until(
      async () => (await call('GET /api/requests', { query: { limit: 200 } })).items,
      ({ length }) => length >= 5,
    );
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 2, ...(cursor !== undefined && { cursor }) };
      const { items, next } = await call('GET /api/requests', { query });
      ids.push(...items.map(({ id }) => id));
      cursor = next ?? undefined;
    } while (cursor !== undefined);
    expect(ids).toEqual(all.map(({ id }) => id));

    const found = async (query: object) => (await call('GET /api/requests', { query })).items;
    expect(await found({ target: 'sick/upstream-model' })).toEqual([]);
    expect(await found({ target: 'well/upstream-model', model: 'chat' })).toHaveLength(5);
    expect(await found({ outcome: 'failed' })).toEqual([]);
    expect(await found({ q: '%' })).toEqual([]);
    expect(await found({ q: all[2]?.id })).toHaveLength(1);
  });

  it.each([
    ['/api/requests?limit=0', 'query.limit'],
    ['/api/requests?limit=1e9', 'query.limit'],
    ['/api/requests?cursor=nonsense', 'cursor'],
    [`/api/requests?cursor=${Buffer.from('[1.5,"x"]').toString('base64url')}`, 'cursor'],
    [`/api/requests?cursor=${Buffer.from('[1,"\\u0000"]').toString('base64url')}`, 'cursor'],
    ['/api/audit?cursor=nonsense', 'cursor'],
    ['/api/configuration/versions?cursor=-1', 'cursor'],
    ['/api/keys?cursor=nonsense', 'cursor'],
    ['/api/limits?cursor=1e3', 'cursor'],
    ['/api/teams?cursor=0x10', 'cursor'],
    ['/api/requests?since=yesterday', 'query.since'],
    ['/api/requests?sort=key', 'query'],
  ])('%s is refused, and the place is named', async (path, place) => {
    const answer = await get(path);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: place }],
    });
  });

  it.each(['{', '[]', '{"forMs":"soon"}', '{"forMs":1000,"state":"drained"}'])(
    'a body of %s changes nothing',
    async (body) => {
      const answer = await fetch(`${admin}/api/targets/well%2Fupstream-model/rest`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body,
      });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ code: 'invalid_request' });
      const board = (await (await get('/api/targets')).json()) as { items: object[] };
      expect(board.items[1]).toMatchObject({ state: 'serving' });
    },
  );
});
