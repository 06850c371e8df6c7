import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chatConfig, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import { answerJson, answerWell, Upstream } from '../harness/upstream.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const HOSTILE = '<script>alert(1)</script> & "x" \u202egnp\u0007 ]]>';

const clock = new ShiftedClock();
let gateway: TestGateway;
let call: ApiClient['call'];
let sick: Upstream;
let well: Upstream;

beforeAll(async () => {
  sick = await Upstream.shared('sick', answerWell);
  well = await Upstream.shared('well', answerWell);
  const config = chatConfig('openai-chat', [sick]).replace(
    'models:',
    `  - { name: well, dialect: openai-chat, baseUrl: "${well.url}", private: true }
models:
  - { name: other, targets: [{ provider: well, model: upstream-model }] }
  - { name: hidden, targets: [{ provider: sick, model: upstream-model }] }`,
  );
  gateway = await sharedGateway({
    config: `health: { fall: 1, rest: 1m, maxRest: 1m }\n${config}`,
    clock,
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  ({ call } = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN }));
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([sick.close(), well.close()]);
});

const get = (path: string, init?: RequestInit) => fetch(gateway.url + path, init);
const often = { timeout: 10_000, interval: 100 };

it('is off until it is turned on, and off again at once', async () => {
  for (const path of [
    '/status',
    '/status/data.json',
    '/status/feed.xml',
    '/status/badge/chat.svg',
  ]) {
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  }
  const settings = await call('GET /api/status-page');
  expect(settings).toMatchObject({ enabled: false, url: null, managedBy: 'console' });
  const ifMatch = settings.version;
  await expect(
    call('PUT /api/status-page', { ifMatch, body: { enabled: true, title: 'x', routes: ['no'] } }),
  ).rejects.toMatchObject({ code: 'invalid_request' });
  const body = { enabled: true, title: HOSTILE, routes: ['chat', 'other'] };
  const on = await call('PUT /api/status-page', { ifMatch, body });
  expect(on).toMatchObject({ enabled: true, url: `${gateway.url}/status` });
  expect((await get('/status')).status).toBe(200);
  await expect(call('PUT /api/status-page', { ifMatch, body })).rejects.toMatchObject({
    code: 'version_changed',
  });
  // Of two at one moment one is first, and the other is told so.
  const both = await Promise.allSettled(
    ['Ours', 'Theirs'].map((title) =>
      call('PUT /api/status-page', { ifMatch: on.version, body: { ...body, title } }),
    ),
  );
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const { title, version } = await call('GET /api/status-page');
  expect(title).toBe(both[0]?.status === 'fulfilled' ? 'Ours' : 'Theirs');
  const off = await call('PUT /api/status-page', {
    ifMatch: version,
    body: { ...body, enabled: false },
  });
  expect((await get('/status')).status).toBe(404);
  await call('PUT /api/status-page', { ifMatch: off.version, body });
});

it('tells of real traffic, of incidents with their reasons, and of nothing that is not shown', async () => {
  sick.script = (_received, response) => answerJson(response, 500, {});
  await (await post(gateway.url, '/v1/chat/completions', { model: 'chat' })).text();
  clock.forward(6000);
  const incidents = async () => (await call('GET /api/incidents')).items;
  await expect.poll(async () => (await incidents())[0]?.routes.length, often).toBe(2);
  const [incident] = await incidents();
  await call('PATCH /api/incidents/{id}', {
    params: { id: incident?.id ?? '' },
    ifMatch: incident?.version ?? '',
    body: { note: HOSTILE },
  });
  clock.forward(15_000);

  const data = await (await get('/status/data.json')).json();
  expect(data).toMatchObject({
    status: 'fail',
    routes: [
      { name: 'other', kind: 'model' },
      { name: 'chat', kind: 'model', status: 'fail' },
    ],
    incidents: [
      {
        title: 'chat is down',
        severity: 'down',
        routes: ['chat'],
        reason: 'http_500',
        endedAt: null,
      },
    ],
  });
  const [, chat] = (data as { routes: { days: object[]; uptime: number }[] }).routes;
  expect(chat?.days).toHaveLength(90);
  expect(chat?.uptime).toBeLessThan(1);

  const all = await Promise.all(
    ['/status', '/status/data.json', '/status/feed.xml', '/status/badge/chat.svg'].map((path) =>
      get(path).then((answer) => answer.text()),
    ),
  );
  // Neither routes that are not shown, nor who stands behind one.
  for (const text of all) expect(text).not.toMatch(/hidden|sick|upstream-model/);
  expect((await get('/status/badge/hidden.svg')).status).toBe(404);
});

it('holds no script, shows what people wrote as text, and is well-formed', async () => {
  const page = await get('/status');
  const html = await page.text();
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'/);
  expect(policy).not.toContain('unsafe');
  expect(page.headers.get('set-cookie')).toBeNull();
  expect(html).not.toMatch(/<script|\u202e|\u0007|\sstyle=|\son\w+=/);
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');

  const feed = await get('/status/feed.xml');
  const xml = await feed.text();
  expect(feed.headers.get('content-type')).toBe('application/rss+xml; charset=utf-8');
  expect(XMLValidator.validate(xml)).toBe(true);
  expect(xml).toContain(`<atom:link href="${gateway.url}/status/feed.xml" rel="self"`);
  expect(new XMLParser().parse(xml)).toMatchObject({
    rss: { channel: { link: `${gateway.url}/status`, item: { title: 'chat is down' } } },
  });

  for (const path of ['/status', '/status/data.json', '/status/badge/chat.svg']) {
    const { headers } = await get(path);
    expect(headers.get('cache-control')).toBe('public, max-age=30');
    expect(headers.get('access-control-allow-origin')).toBe('*');
  }

  const badge = await get('/status/badge/chat.svg');
  expect(badge.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
  const svg = await badge.text();
  expect(XMLValidator.validate(svg)).toBe(true);
  expect(svg).toMatch(/chat: down · \d+\.\d\d %/);
  for (const path of ['/status', '/status/feed.xml']) {
    expect((await get(path, { method: 'POST' })).status).toBe(405);
    const head = await get(path, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  }
});

it('is handed on by no cache and no other page where some networks alone may see it', async () => {
  const closed = await sharedGateway({
    config: `access: { allow: [127.0.0.0/8] }
statusPage: { enabled: true }
${chatConfig('openai-chat', [well])}`,
    clock,
  });
  try {
    for (const path of [
      '/status',
      '/status/data.json',
      '/status/feed.xml',
      '/status/badge/chat.svg',
    ]) {
      const answer = await fetch(closed.url + path);
      await answer.text();
      const { status, headers } = answer;
      expect([path, status, headers.get('cache-control')]).toEqual([
        path,
        200,
        'private, max-age=30',
      ]);
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  } finally {
    await closed.stop();
  }
});
