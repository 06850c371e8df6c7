import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, ledgerOf, sharedGateway, testGateway, type TestGateway } from '../harness/gateway.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { rawExchange, rawHead, type Raw } from './raw.ts';
import { answer, echo, httpUpstream, sharedUpstream, type HttpUpstream } from './upstream.ts';

const asClient = { authorization: `Bearer ${KEY}` };

interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
}

describe('an HTTP API', () => {
  let upstream: HttpUpstream;
  let other: HttpUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await sharedUpstream(echo);
    other = await sharedUpstream(echo);
    gateway = await sharedGateway({
      config: `
apis:
  - { name: orders, path: /orders, upstreams: ["${upstream.url}"], private: true }
  - { name: shop, path: "/shops/{shop}/items", rewrite: "/v2/{shop}", upstreams: ["${upstream.url}/base"], private: true }
  - { name: one, path: /orders/one, match: exact, upstreams: ["${other.url}"], private: true }
  - { name: reads, path: /split, methods: [GET, HEAD], upstreams: ["${upstream.url}"], private: true }
  - { name: writes, path: /split, methods: [POST], upstreams: ["${other.url}"], private: true }
  - { name: hosted, host: api.example.com, path: /, rewrite: /hosted, upstreams: ["${other.url}"], private: true }
  - { name: wild, host: "*.wild.example", path: /, upstreams: ["${other.url}"], private: true }
  - { name: files, path: /files, encodedSlashes: true, upstreams: ["${upstream.url}"], private: true }
  - name: named
    path: /named
    upstreams: [{ url: "${upstream.url}", name: east }]
    private: true
    preserveHost: true
    headers:
      request: { set: { Authorization: "Bearer of-the-upstream", x-team: blue }, remove: [x-secret] }
      answer: { set: { x-frame-options: DENY }, remove: [x-made-by] }
keys:
  - { name: client, secret: ${KEY} }
  - { name: narrow, secret: key-for-others, apis: [shop] }
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await other.close();
  });

  const ask = (
    path: string,
    {
      headers = {},
      ...init
    }: { method?: string; body?: string; headers?: Record<string, string> } = {},
  ) => fetch(gateway.url + path, { ...init, headers: { ...asClient, ...headers } });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'])(
    'passes %s on with path, query, fields and body unchanged',
    async (method) => {
      const body = method === 'GET' || method === 'OPTIONS' ? undefined : 'a=1&b=%20';
      const found = await ask('/orders/4%3F2/;v=1?q=a%20b&q=', {
        method,
        headers: { 'x-custom': 'Kept', 'content-type': 'text/odd; q="x"', cookie: 'a=1; b=2' },
        ...(body === undefined ? {} : { body }),
      });
      expect(found.status).toBe(200);
      expect(found.headers.get('x-made-by')).toBe('upstream');
      expect(found.headers.get('x-vitalgate-target')).toBe('orders/1');
      expect(found.headers.get('x-vitalgate-attempts')).toBe('1');
      expect(await found.json()).toEqual({
        method,
        url: '/orders/4%3F2/;v=1?q=a%20b&q=',
        body: body ?? '',
      });
      const sent = upstream.sent.at(-1);
      expect(sent?.headers).toMatchObject({
        'x-custom': 'Kept',
        'content-type': 'text/odd; q="x"',
        cookie: 'a=1; b=2',
        host: new URL(upstream.url).host,
        'x-request-id': found.headers.get('x-request-id'),
      });
    },
  );

  it('answers HEAD with the head alone', async () => {
    const found = await ask('/orders', { method: 'HEAD' });
    expect(found.status).toBe(200);
    expect(found.headers.get('content-type')).toBe('application/json');
    expect(await found.text()).toBe('');
  });

  it.each(['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'])(
    'keeps the key in %s from the upstream, and passes others’ credentials on',
    async (name) => {
      const value = name === 'authorization' ? `Bearer ${KEY}` : KEY;
      const mine = name === 'authorization' ? {} : { authorization: 'Basic dTpw' };
      const found = await fetch(`${gateway.url}/orders`, { headers: { [name]: value, ...mine } });
      expect(found.status).toBe(200);
      expect(JSON.stringify(upstream.sent.at(-1)?.rawHeaders)).not.toContain(KEY);
      expect(upstream.sent.at(-1)?.headers.authorization).toBe(
        name === 'authorization' ? undefined : 'Basic dTpw',
      );
    },
  );

  it.each([
    ['/orders', '/orders', 'orders/1'],
    ['/orders/', '/orders/', 'orders/1'],
    ['/orders/one', '/orders/one', 'one/1'],
    ['/orders/one/more', '/orders/one/more', 'orders/1'],
    ['/shops/7%20b/items/1?x=/y', '/base/v2/7%20b/1?x=/y', 'shop/1'],
    ['/named', '/named', 'named/east'],
    ['/files/a%2Fb', '/files/a%2Fb', 'files/1'],
  ])('finds the API of %s', async (path, url, target) => {
    const found = await ask(path);
    expect(found.headers.get('x-vitalgate-target')).toBe(target);
    expect(await found.json()).toMatchObject({ url });
  });

  it('tells APIs apart by method and by host', async () => {
    const target = async (path: string, init: RequestInit & { host?: string } = {}) => {
      const headers = init.host === undefined ? asClient : { ...asClient, host: init.host };
      const found = await raw(gateway.url, `${init.method ?? 'GET'} ${path}`, headers);
      return [found.headers['x-vitalgate-target'], found.status];
    };
    expect(await target('/split')).toEqual(['reads/1', 200]);
    expect(await target('/split', { method: 'POST' })).toEqual(['writes/1', 200]);
    expect(await target('/x', { host: 'API.example.com.:8080' })).toEqual(['hosted/1', 200]);
    expect(await target('/v1/models', { host: 'api.example.com' })).toEqual(['hosted/1', 200]);
    expect(await target('/x', { host: 'a.b.wild.example' })).toEqual(['wild/1', 200]);
    expect(await target('/x', { host: 'wild.example' })).toEqual([undefined, 404]);
    expect(await target('/ordersx')).toEqual([undefined, 404]);
    expect(await target('/shops//items')).toEqual([undefined, 404]);
  });

  it('sets and removes fields as it is told, both ways', async () => {
    const found = await ask('/named/x', { headers: { 'x-secret': 's', 'x-team': 'red' } });
    expect(found.headers.get('x-frame-options')).toBe('DENY');
    expect(found.headers.has('x-made-by')).toBe(false);
    expect(upstream.sent.at(-1)?.headers).toMatchObject({
      authorization: 'Bearer of-the-upstream',
      'x-team': 'blue',
      host: new URL(gateway.url).host,
    });
    expect(upstream.sent.at(-1)?.headers['x-secret']).toBeUndefined();
  });

  it.each([
    ['no key', '/orders', {}, 401, 'missing_key'],
    ['a wrong key', '/orders', { 'x-api-key': 'wrong' }, 401, 'invalid_key'],
    ['a key for other APIs', '/orders', { 'x-api-key': 'key-for-others' }, 403, 'api_denied'],
    [
      'two keys',
      '/orders',
      { 'x-api-key': 'a', authorization: 'Bearer b' },
      400,
      'invalid_request',
    ],
    ['another method', '/split', { 'x-http-method': 'DELETE' }, 405, 'method_not_allowed'],
    [
      'a method that never passes',
      '/orders',
      { 'x-http-method': 'TRACE' },
      405,
      'method_not_allowed',
    ],
  ] as const)('refuses %s as a problem (RFC 9457)', async (_name, path, headers, status, code) => {
    const before = upstream.sent.length;
    const method = 'x-http-method' in headers ? headers['x-http-method'] : 'GET';
    const found = await raw(gateway.url, `${method} ${path}`, { ...headers });
    expect(found.status).toBe(status);
    expect(found.headers['content-type']).toBe('application/problem+json');
    expect(found.headers['cache-control']).toBe('no-store');
    const problem = JSON.parse(found.body) as Problem;
    expect(problem).toMatchObject({ status, code, requestId: found.headers['x-request-id'] });
    expect(problem.title).not.toBe('');
    expect(found.headers['allow']).toBe(
      code !== 'method_not_allowed'
        ? undefined
        : path === '/split'
          ? 'GET, HEAD, POST'
          : 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    );
    expect(upstream.sent.length).toBe(before);
  });

  it.each([
    '/orders/../admin',
    '/orders/%2e%2E/admin',
    '/orders/..;x=1/admin',
    '/orders/./x',
    '/orders//x',
    '/orders/a%2fb',
    '/orders/a%5Cb',
    '/orders/a\\b',
    '/orders/%00',
    '/orders/%zz',
    '/orders/é',
    '/orders?q=é',
    '/orders/x#y',
  ])('refuses %s, which two readers could take for two things', async (path) => {
    const before = upstream.sent.length;
    const found = await raw(gateway.url, `GET ${path}`, asClient);
    expect([found.status, codeOf(JSON.parse(found.body) as Refusal)]).toEqual([
      400,
      'invalid_request',
    ]);
    expect(upstream.sent.length).toBe(before);
  });
});

describe('several upstreams', () => {
  const config = (urls: readonly string[], extra = '') => `
apis:
  - name: orders
    path: /orders
    upstreams: [${urls.map((url) => `"${url}"`).join(', ')}]
    private: true
    ${extra}
keys: [{ name: client, secret: ${KEY} }]
`;
  const ask = (gateway: TestGateway, method = 'GET', headers: Record<string, string> = {}) =>
    fetch(`${gateway.url}/orders`, {
      method,
      headers: { ...asClient, ...headers },
      ...(method === 'GET' ? {} : { body: 'x' }),
    });

  it('share requests by weight', async () => {
    const [one, two] = [await httpUpstream(echo), await httpUpstream(echo)];
    const gateway = await testGateway({
      config: `
apis: [{ name: orders, path: /orders, private: true, upstreams: [{ url: "${one.url}", weight: 3 }, { url: "${two.url}" }] }]
keys: [{ name: client, secret: ${KEY} }]
`,
    });
    for (let i = 0; i < 200; i += 1) await (await ask(gateway)).text();
    expect(one.sent.length).toBeGreaterThan(120);
    expect(two.sent.length).toBeGreaterThan(25);
  });

  it('take over for one that is gone, for every method, and it rests', async () => {
    const [gone, well] = [await httpUpstream(echo), await httpUpstream(echo)];
    await gone.close();
    const gateway = await testGateway({ config: config([gone.url, well.url]) });
    for (let i = 0; i < 20; i += 1) {
      expect((await ask(gateway, i % 2 === 0 ? 'POST' : 'GET')).status).toBe(200);
    }
    expect(well.sent.length).toBe(20);
    const health = await fetch(`${gateway.url}/health/apis/orders`, { headers: asClient });
    expect(await health.json()).toMatchObject({ status: 'degraded', reason: 'connect_refused' });
    expect((await ask(gateway)).headers.get('x-vitalgate-attempts')).toBe('1');
  });

  it('repeat what may be repeated when one answers 503, and nothing else', async () => {
    const [sick, well] = [await httpUpstream(answer(503)), await httpUpstream(echo)];
    const statuses = async (method: string, headers?: Record<string, string>) => {
      const gateway = await testGateway({
        config: `health: { fall: 100 }\n${config([sick.url, well.url])}`,
      });
      const all = new Set<number>();
      for (let i = 0; i < 15; i += 1) all.add((await ask(gateway, method, headers)).status);
      return [...all].sort((a, b) => a - b);
    };
    expect(await statuses('GET')).toEqual([200]);
    expect(await statuses('PUT')).toEqual([200]);
    expect(await statuses('POST', { 'idempotency-key': 'k' })).toEqual([200]);
    expect(await statuses('POST')).toEqual([200, 503]);
  });

  it('pass the last one’s answer on as it is, and count a 500 against none that is the last', async () => {
    const sick = await httpUpstream(answer(500, 'my own words'));
    const gateway = await testGateway({ config: config([sick.url]) });
    for (let i = 0; i < 10; i += 1) {
      const found = await ask(gateway);
      expect([found.status, await found.text()]).toEqual([500, 'my own words']);
    }
  });

  it('are told as one failure when none answers', async () => {
    const gone = await httpUpstream(echo);
    await gone.close();
    const gateway = await testGateway({ config: config([gone.url]) });
    for (let i = 0; i < 3; i += 1) {
      const found = await ask(gateway);
      expect(found.status).toBe(502);
      expect(await found.json()).toMatchObject({ code: 'upstream_error', status: 502 });
    }
    const refused = await ask(gateway);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'no_healthy_target' });
    const health = await fetch(`${gateway.url}/health`);
    expect([health.status, await health.json()]).toMatchObject([503, { status: 'unhealthy' }]);
  });

  it('are given time to connect, to answer and to go on, and no more', async () => {
    const silent = await httpUpstream((_request, _response) => undefined);
    const stalling = await httpUpstream((_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half');
    });
    const times = 'timeouts: { head: 200ms, idle: 200ms }';
    const slow = await testGateway({ config: config([silent.url], times) });
    const found = await ask(slow, 'POST');
    expect([found.status, await found.json()]).toMatchObject([504, { code: 'upstream_timeout' }]);

    const cut = await testGateway({ config: config([stalling.url], times) });
    const half = await ask(cut);
    expect(half.status).toBe(200);
    await expect(half.text()).rejects.toThrow('terminated');
  });

  it('see their connection close when the caller leaves', async () => {
    let left: () => void = () => {};
    const closed = new Promise<void>((resolve) => (left = resolve));
    const upstream = await httpUpstream((_request, response) => {
      response.on('close', left);
      response.write('begun');
    });
    const gateway = await testGateway({ config: config([upstream.url]) });
    const leaving = new AbortController();
    const found = await fetch(`${gateway.url}/orders`, {
      headers: asClient,
      signal: leaving.signal,
    });
    expect(found.status).toBe(200);
    leaving.abort();
    await closed;
  });

  it('are written down: receipt, metrics and health', async () => {
    const upstream = await httpUpstream(echo);
    const gateway = await testGateway({ config: config([upstream.url]) });
    const found = await ask(gateway, 'PUT');
    await found.text();
    const metrics = async () => (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    for (const line of [
      'vitalgate_requests_total{dialect="http",operation="api",model="orders",status="200",outcome="completed"} 1',
      'vitalgate_api_status{api="orders",status="pass"} 1',
      'vitalgate_target_state{target="orders/1",state="serving"} 1',
      'vitalgate_api_body_bytes_total{api="orders",direction="request"} 1',
    ]) {
      // The probes thread answers without the main one where that is busy for a moment.
      await expect.poll(metrics).toContain(line);
    }
    const health = await fetch(`${gateway.url}/health`, { headers: asClient });
    expect(await health.json()).toMatchObject({ dependencies: { orders: 'healthy' } });
    await gateway.stop();
    expect(ledgerOf(gateway.databasePath)).toMatchObject([
      {
        id: found.headers.get('x-request-id'),
        key_id: 'file:client',
        model: 'orders',
        provider: 'orders',
        upstream_model: '1',
        dialect: 'http',
        operation: 'api',
        status: 200,
        outcome: 'completed',
        attempts: 1,
      },
    ]);
  });
});

/** What fetch would mend or refuse is written as it is. */
function raw(base: string, line: string, headers: Record<string, string>): Promise<Raw> {
  const { host } = new URL(base);
  return rawExchange(base, rawHead(line, { host, connection: 'close', ...headers }));
}
