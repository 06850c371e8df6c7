import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { createClient, type ApiEvent, type PlayEvent } from './client.ts';
import { methodAndPath, type Endpoint } from './endpoint.ts';
import { endpoints, type EndpointKey } from './endpoints.ts';
import { createMock } from './mock/mock.ts';
import { openApi } from './openapi.ts';
import { playEvents } from './playground.ts';
import { writeAs } from './validate.ts';

const rows = Object.entries(endpoints) as [EndpointKey, Endpoint][];

describe('the table', () => {
  it('lets nobody read what is not for everybody without a role, and no GET change anything', () => {
    const open = rows.filter(([, { allow }]) => allow === 'public').map(([key]) => key);
    expect(open).toEqual([
      'GET /api/setup',
      'POST /api/setup',
      'POST /api/session',
      'POST /api/session/passkey/options',
      'POST /api/session/passkey',
      'GET /api/session/oidc',
      'GET /api/session/oidc/callback',
      'POST /api/invitations/accept',
    ]);
    for (const [key, { body, versioned }] of rows) {
      if (!key.startsWith('GET ')) continue;
      expect([key, body, versioned]).toEqual([key, undefined, undefined]);
    }
  });
});

describe('the OpenAPI document', () => {
  const document = openApi('1.2.3') as {
    paths: Record<string, Record<string, { operationId: string }>>;
    components: { schemas: Record<string, object> };
  };

  it('has every endpoint once', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations).toHaveLength(rows.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(rows.length);
    for (const [key] of rows) {
      const { method, path } = methodAndPath(key);
      expect(document.paths[path]).toHaveProperty(method.toLowerCase());
    }
  });

  it('is made of schemas that compile, whose references lead somewhere', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'all', components: document.components });
    const text = JSON.stringify(document);
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      expect(document.components.schemas).toHaveProperty([name]);
    }
    for (const name of Object.keys(document.components.schemas)) {
      expect(ajv.getSchema(`all#/components/schemas/${name}`)).toBeTypeOf('function');
    }
    expect(text).not.toMatch(/\$defs|"definitions"/);
  });
});

describe('the mock', () => {
  const mock = createMock({ requests: 300 });
  const ask = (key: string, path = methodAndPath(key).path, init: RequestInit = {}) =>
    mock.fetch(path, { method: methodAndPath(key).method, ...init });

  it.each(rows.filter(([key, { media }]) => key.startsWith('GET ') && media === undefined))(
    'answers %s as its schema says',
    async (key) => {
      const id = idFor(key, mock);
      const answer = await ask(key, methodAndPath(key).path.replaceAll(/\{\w+\}/g, id));
      // What does not fit its schema would have thrown.
      expect([200, 204, 302]).toContain(answer.status);
    },
  );

  it('refuses as the real one does', async () => {
    const { call } = createClient({ fetch: mock.fetch });
    await expect(call('GET /api/keys/{id}', { params: { id: 'nobody' } })).rejects.toMatchObject({
      code: 'not_found',
    });
    const bad = { name: 'x', secret: 'mine' } as unknown as { name: string };
    await expect(call('POST /api/keys', { body: bad })).rejects.toMatchObject({
      problem: { code: 'invalid_request', errors: [{ path: 'body' }] },
    });
    const nobody = createMock({ signedIn: 'nobody' });
    await expect(
      createClient({ fetch: nobody.fetch }).call('GET /api/overview'),
    ).rejects.toMatchObject({ code: 'not_signed_in' });
    const member = createMock({ signedIn: 'member' });
    const client = createClient({ fetch: member.fetch });
    await expect(client.call('GET /api/audit')).rejects.toMatchObject({ code: 'forbidden' });
    const { items } = await client.call('GET /api/keys');
    expect(new Set(items.map(({ team }) => team))).toEqual(new Set(['Search']));
  });

  it('keeps what is changed, and notices that somebody else was faster', async () => {
    const { call } = createClient({ fetch: mock.fetch });
    const { key, secret } = await call('POST /api/keys', { body: { name: 'mine' } });
    expect(secret).toMatch(/^vg_/);
    const params = { id: key.id };
    const change = { params, body: { models: ['chat'] }, ifMatch: key.version };
    expect(await call('PATCH /api/keys/{id}', change)).toMatchObject({
      models: ['chat'],
      limits: [],
    });
    await expect(call('PATCH /api/keys/{id}', change)).rejects.toMatchObject({
      code: 'version_changed',
    });
    await call('POST /api/keys/{id}/revoke', { params });
    const { items } = await call('GET /api/keys', { query: { status: 'revoked', limit: 200 } });
    expect(items.map(({ id }) => id)).toContain(key.id);
  });

  it('lets nobody overwrite the channel or the rule of somebody else', async () => {
    const { call } = createClient({ fetch: mock.fetch });
    const channel = { kind: 'slack' as const, settings: {} };
    const rule = { kind: 'budget' as const, settings: { above: 0.5 }, channels: ['mine'] };
    const made = [
      await call('POST /api/alerts/channels', { body: { name: 'mine', ...channel } }),
      await call('POST /api/alerts/rules', { body: { name: 'mine', ...rule } }),
    ];
    await expect(
      call('POST /api/alerts/channels', { body: { name: 'mine', ...channel } }),
    ).rejects.toMatchObject({ code: 'already_exists' });
    const changes = [
      () =>
        call('PATCH /api/alerts/channels/{name}', {
          params: { name: 'mine' },
          body: channel,
          ifMatch: made[0]?.version ?? '',
        }),
      () =>
        call('PATCH /api/alerts/rules/{name}', {
          params: { name: 'mine' },
          body: rule,
          ifMatch: made[1]?.version ?? '',
        }),
    ];
    for (const change of changes) {
      expect(await change()).toMatchObject({ name: 'mine' });
      await expect(change()).rejects.toMatchObject({ code: 'version_changed' });
    }
  });

  it.each([
    ['/v1/chat/completions', '{"stream": true}', 15, 'text/event-stream'],
    ['/api/chat', '{"stream": true}', 15, 'application/x-ndjson'],
    ['/v1/messages', '{"stream": false}', 1, 'application/json'],
  ])('plays %s with %s in %i pieces', async (path, body, count, type) => {
    const played: PlayEvent[] = [];
    const quick = createMock({
      every(_ms, run) {
        const timer = setInterval(run);
        return () => clearInterval(timer);
      },
    });
    const { signal } = new AbortController();
    const asked = { body: { path, key: 'vg_key', body }, signal };
    await createClient({ fetch: quick.fetch }).play(asked, (event) => played.push(event));
    expect(played.map(({ name }) => name)).toEqual([
      'head',
      ...Array.from({ length: count }, () => 'piece'),
      'end',
    ]);
    expect(played[0]?.data).toMatchObject({ status: 200, headers: { 'content-type': type } });
    // What the schema does not name or allow would have thrown.
    for (const { name, data } of played) expect(writeAs(playEvents[name], data)).toEqual(data);
  });

  it('leads through a hundred thousand requests page by page', async () => {
    const large = createMock({ requests: 100_000 });
    const { call } = createClient({ fetch: large.fetch });
    const first = await call('GET /api/requests', { query: { limit: 200 } });
    const cursor = first.next ?? '';
    const second = await call('GET /api/requests', { query: { limit: 200, cursor } });
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    expect(new Set(ids).size).toBe(400);
  });

  it('tells what happens, and comes back when the line breaks', async () => {
    let tick = (): void => {};
    let now = 0;
    const living = createMock({
      now: () => now,
      every(_ms, run) {
        tick = run;
        return () => {};
      },
    });
    const events: ApiEvent[] = [];
    const end = new AbortController();
    const { listen } = createClient({ fetch: living.fetch });
    const heard = new Promise<void>((resolve) => {
      void listen(
        (event) => {
          events.push(event);
          if (event.name === 'connection') {
            // The tenth second of the mock's life: its first target fails.
            now = 10_000;
            tick();
          } else resolve();
        },
        { only: ['change'], signal: end.signal },
      );
    });
    await heard;
    end.abort();
    expect(events).toMatchObject([
      { name: 'connection', data: 'open' },
      { name: 'change', data: { from: 'serving', to: 'resting', reason: 'http_529' } },
    ]);
  });
});

it('takes a line that says nothing for a broken one', async () => {
  const heard: string[] = [];
  const end = new AbortController();
  const { listen } = createClient({
    fetch: (_url, { signal }) => {
      const silent = new ReadableStream({
        start: (controller) =>
          signal?.addEventListener('abort', () => controller.error(signal.reason)),
      });
      return Promise.resolve(new Response(silent));
    },
  });
  await listen(
    ({ name, data }) => {
      heard.push(`${name} ${JSON.stringify(data)}`);
      if (heard.length === 3) end.abort();
    },
    { signal: end.signal, silentMs: 5 },
  );
  expect(heard).toEqual(['connection "open"', 'connection "lost"', 'connection "open"']);
});

function idFor(key: string, { state }: ReturnType<typeof createMock>): string {
  const first = {
    targets: state.targets[0]?.id,
    providers: state.providers[0]?.name,
    models: state.models[0]?.name,
    apis: state.apis[0]?.name,
    keys: state.keys[0]?.id,
    teams: state.teams[0]?.id,
    users: state.users[0]?.id,
    requests: state.receipt(0).id,
    incidents: state.incidents[0]?.id,
    guardrails: state.guardrails[0]?.name,
    drills: 'drill_1',
  } as Readonly<Record<string, string | undefined>>;
  return encodeURIComponent(first[key.split('/')[2] ?? ''] ?? '1');
}
