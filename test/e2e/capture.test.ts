import { DatabaseSync } from 'node:sqlite';
import { readFileSync } from 'node:fs';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { routeTable } from '../../packages/gateway/src/server/routes.ts';
import {
  KEY,
  post,
  sharedGateway,
  temporaryFolder,
  testGateway,
  type TestGateway,
} from '../harness/gateway.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import { asking, everyDialect, saying, type Saying } from '../harness/speaker.ts';
import { Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const CARD = '4111 1111 1111 1111';
const MAIL = 'bob.smith@example.com';
const DAY_MS = 86_400_000;
const CHAT = '/v1/chat/completions';
const ROUTES = routeTable
  .filter(({ operation }) => operation === 'chat')
  .flatMap(({ path, dialect = 'openai-chat', streamed }) =>
    [false, true]
      .filter((stream) => streamed === undefined || streamed === stream)
      .map((stream) => ({ path, dialect, stream })),
  );

const environment = { VITALGATE_ADMIN_TOKEN: TOKEN };

let config: string;
let upstream: Upstream;
let gateway: TestGateway;
let said: Saying;
let owner: ApiClient;

beforeAll(async () => {
  upstream = await Upstream.shared(
    'any',
    saying(() => said),
  );
  config = everyDialect(
    upstream.url,
    `capture: { redact: [pii, secrets], keep: 2d, maxBody: 4KiB }
teams: [{ name: red }]
guardrails:
  - { name: no-bombs, detect: [{ words: [bomb] }], action: block, appliesTo: all }
keys:
  - { name: client, secret: ${KEY} }
  - { name: of-red, secret: secret-of-a-red-client, owner: ada, team: red }
`,
  );
  gateway = await sharedGateway({ config, environment });
  owner = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
});
beforeEach(() => {
  said = {
    pieces: ['write to bob.sm', 'ith@exam', `ple.com or ${CARD.slice(0, 7)}`, CARD.slice(7)],
  };
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const hello = (text: string) => asking('openai-chat', 'chat', text, false);

const ask = (path: string, body: object, key = KEY) =>
  post(gateway.url, path.replace('{model}', 'chat'), body, { authorization: `Bearer ${key}` });

const captureOf = async (id: string, of: TestGateway = gateway) => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  // Each look at the API is written down as well; asked again and again it would keep the writer out.
  await until(
    () => count(of, id),
    (some) => some > 0,
  );
  const answer = await fetch(`${of.addresses.admin}/api/requests/${id}/capture`, { headers });
  return (await answer.json()) as { request: string | null; answer: string | null };
};

async function askAndLook(path: string, body: object, key = KEY) {
  const answer = await ask(path, body, key);
  const text = await answer.text();
  const id = answer.headers.get('x-request-id') ?? '';
  return { status: answer.status, text, id, ...(await captureOf(id)) };
}

describe('captured prompts and answers', () => {
  it.each(ROUTES)('are redacted, and what goes out is not: $path, stream $stream', async (one) => {
    const { path, dialect, stream } = one;
    const body = asking(dialect, 'chat', `mail ${MAIL}, not hello`, stream);
    const { status, request, answer, text } = await askAndLook(path, body);
    expect(status).toBe(200);
    expect(request).toContain('mail [EMAIL], not hello');
    expect(answer).toContain('write to');
    for (const kept of [request ?? '', answer ?? '']) {
      for (const secret of [MAIL, 'bob.sm', CARD, CARD.slice(0, 7)]) {
        expect(kept).not.toContain(secret);
      }
    }
    expect(text).toContain('bob.sm');
    expect(upstream.received.some(({ body: sent }) => String(sent).includes(MAIL))).toBe(true);
  });

  it('stand in no file as they were, and with whoever asked', async () => {
    const { id } = await askAndLook(CHAT, hello(MAIL));
    for (const file of ['', '-wal']) {
      expect(readFileSync(`${gateway.databasePath}${file}`, 'latin1')).not.toContain(MAIL);
    }
    const { items } = await owner.call('GET /api/audit', { query: { limit: 5 } });
    const looked = items.find(({ action }) => action === 'GET /api/requests/{id}/capture');
    expect(JSON.stringify(looked)).toContain(id);
  });

  it('are neither of what a guardrail refused, nor longer than said, nor of errors', async () => {
    const refused = await ask(CHAT, hello('a bomb'));
    expect(refused.status).toBe(400);
    const long = await askAndLook(CHAT, hello('x'.repeat(5000)));
    expect([long.request, typeof long.answer]).toEqual([null, 'string']);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const id = refused.headers.get('x-request-id') ?? '';
    const at = `${gateway.addresses.admin}/api/requests/${id}/capture`;
    expect((await fetch(at, { headers })).status).toBe(404);
  });

  it('are shown to operators and to nobody else', async () => {
    const { id } = await askAndLook(CHAT, hello('hello'));
    for (const [role, status] of [
      ['operator', 200],
      ['viewer', 403],
      ['member', 403],
    ] as const) {
      const { secret } = await owner.call('POST /api/admin-tokens', {
        body: { name: role, role },
      });
      const answer = await fetch(`${gateway.addresses.admin}/api/requests/${id}/capture`, {
        headers: { authorization: `Bearer ${secret}` },
      });
      expect([role, answer.status]).toEqual([role, status]);
    }
  });

  it('are counted, and erased for whom one asks', async () => {
    const one = await askAndLook(CHAT, hello('of red'), 'secret-of-a-red-client');
    await askAndLook(CHAT, hello('of the client'));
    expect(await owner.call('DELETE /api/captures', { query: { owner: 'ada' } })).toEqual({
      erased: 1,
    });
    expect(count()).toBeGreaterThan(1);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const at = `${gateway.addresses.admin}/api/requests/${one.id}/capture`;
    expect((await fetch(at, { headers })).status).toBe(404);
    for (const file of ['', '-wal']) {
      expect(readFileSync(`${gateway.databasePath}${file}`, 'latin1')).not.toContain('of red');
    }

    let metrics: string;
    // The last numbers are told where the main loop is too busy for new ones.
    do metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    while (!/^vitalgate_captures_kept [1-9]/m.test(metrics));
    expect(metrics).toMatch(/^vitalgate_captures_lost 0$/m);
  });

  it('are gone after their time', async () => {
    const folder = temporaryFolder();
    const time = new ShiftedClock();
    const started = () => testGateway({ config, folder, clock: time, environment });
    const before = await started();
    for (const [text, ms] of [
      ['on the first day', DAY_MS],
      ['on the second day', DAY_MS + 1000],
    ] as const) {
      const answer = await post(before.url, CHAT, hello(text));
      await captureOf(answer.headers.get('x-request-id') ?? '', before);
      time.forward(ms);
    }
    await before.stop();
    const after = await started();
    const kept = await until(
      () => readFileSync(after.databasePath, 'latin1'),
      (file) => !file.includes('on the first day'),
    );
    expect(kept).toContain('on the second day');
  });
});

function count(of: TestGateway = gateway, id = '%'): number {
  const database = new DatabaseSync(of.databasePath, { readOnly: true, timeout: 5000 });
  const query = database.prepare('SELECT count(*) AS n FROM captures WHERE id LIKE ?');
  const { n } = query.get(id) as { n: number };
  database.close();
  return n;
}
