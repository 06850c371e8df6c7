import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  healthRoutes,
  type HealthRoute,
  type HealthView,
} from '../../packages/gateway/src/server/health-routes.ts';
import { healthFormats } from '../../packages/gateway/src/health-report.ts';
import { KEY, ledgerOf, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/**
 * Every control × every path of health × every format. Made from the table of those paths: a new one
 * is in here by itself, and a new view does not compile until it says what it shows.
 */

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const CANARY = 'canary-credential-5up3r-s3cret';
/** What a stranger must not learn from health: that there are these. */
const NAMES = ['seen-model', 'hidden-model', 'seen-api', 'hidden-api', 'provider-of-all'];
const HIDDEN = NAMES.filter((name) => !name.startsWith('seen'));
const OUTSIDE = '192.0.2.1';
const DENIED = '192.0.2.66';

/** The name that stands in the path, by whether a bound key may see it; undefined: none does. */
const named: Record<HealthView, { readonly seen: string; readonly hidden: string } | undefined> = {
  health: undefined,
  live: undefined,
  ready: undefined,
  started: undefined,
  model: { seen: 'seen-model', hidden: 'hidden-model' },
  api: { seen: 'seen-api', hidden: 'hidden-api' },
  why: { seen: 'provider-of-all%2Fm', hidden: 'provider-of-all%2Fm' },
};

interface Case extends HealthRoute {
  readonly format: string;
}

let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await Upstream.shared('any', answerWell);
  gateway = await sharedGateway({
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
    config: `access:
  trustedProxies: [127.0.0.1]
  deny: [${DENIED}]
  listeners: { admin: { allow: [127.0.0.1, 10.0.0.0/8] } }
limits: [{ requests: 1, per: 1h }]
providers:
  - { name: provider-of-all, dialect: openai-chat, baseUrl: "${upstream.url}", private: true, credentials: [{ name: main, value: ${CANARY} }] }
models:
  - { name: seen-model, targets: [{ provider: provider-of-all, model: m }] }
  - { name: hidden-model, targets: [{ provider: provider-of-all, model: n }] }
apis:
  - { name: seen-api, path: /seen, private: true, upstreams: ["${upstream.url}"] }
  - { name: hidden-api, path: /hidden, private: true, upstreams: ["${upstream.url}"] }
keys:
  - { name: client, secret: ${KEY} }
  - { name: bound, secret: key-that-is-bound, models: [seen-model], apis: [seen-api] }
  - { name: elsewhere, secret: key-of-elsewhere, ips: [10.0.0.0/8] }
  - { name: expired, secret: key-that-has-expired, expires: 2020-01-01 }
`,
  });
});
beforeEach(() => {
  upstream.received.length = 0;
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

async function ask(
  { path, view, format }: Case,
  credential: string | undefined,
  {
    from,
    name = 'seen',
    method = 'GET',
  }: { from?: string; name?: 'seen' | 'hidden'; method?: string } = {},
) {
  const at = path.replace('{name}', named[view]?.[name] ?? '');
  const answer = await fetch(`${gateway.url}${at}?format=${encodeURIComponent(format)}`, {
    method,
    headers: {
      ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
      ...(from !== undefined && { 'x-forwarded-for': from }),
    },
  });
  return { status: answer.status, headers: answer.headers, said: await answer.text() };
}

/** As somebody nobody knows is told. */
async function expectStranger(one: Case, asked: ReturnType<typeof ask>): Promise<void> {
  const { status, said } = await asked;
  for (const name of NAMES) expect(said).not.toContain(name);
  if (one.view === 'why') expect(status).toBe(401);
  else if (named[one.view] !== undefined) expect(status).toBe(404);
  else expect(status).toBe(200);
}

interface Control {
  readonly name: string;
  holds(one: Case): Promise<void>;
}

const controls: readonly Control[] = [
  { name: 'key', holds: (one) => expectStranger(one, ask(one, undefined)) },
  { name: 'wrong key', holds: (one) => expectStranger(one, ask(one, 'vg_nobody-has-made-this')) },
  { name: 'expiry', holds: (one) => expectStranger(one, ask(one, 'key-that-has-expired')) },
  {
    name: 'network of a key',
    holds: (one) => expectStranger(one, ask(one, 'key-of-elsewhere', { from: OUTSIDE })),
  },
  {
    name: 'network of the listener',
    holds: (one) => expectStranger(one, ask(one, KEY, { from: DENIED })),
  },
  {
    name: 'network of the admin listener',
    holds: (one) => expectStranger(one, ask(one, TOKEN, { from: OUTSIDE })),
  },
  {
    name: 'scope of a key',
    async holds(one) {
      const seen = await ask(one, 'key-that-is-bound');
      for (const name of HIDDEN) expect(seen.said).not.toContain(name);
      if (one.view === 'why') expect(seen.status).toBe(401);
      else expect([401, 403, 404, 406]).not.toContain(seen.status);
      if (named[one.view] === undefined) return;
      const hidden = await ask(one, 'key-that-is-bound', { name: 'hidden' });
      expect(hidden.status).toBe(one.view === 'why' ? 401 : 404);
    },
  },
  {
    name: 'secrets',
    async holds(one) {
      const { status, said } = await ask(one, TOKEN);
      expect([401, 403, 404, 406]).not.toContain(status);
      for (const secret of [CANARY, KEY, TOKEN]) expect(said).not.toContain(secret);
    },
  },
  {
    name: 'method',
    async holds(one) {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
        const { status, headers } = await ask(one, TOKEN, { method });
        expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
      }
    },
  },
  {
    name: 'head',
    async holds(one) {
      const { headers } = await ask(one, KEY);
      expect(headers.get('cache-control')).toMatch(/no-store|max-age/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('set-cookie')).toBeNull();
    },
  },
  {
    // A probe that were refused would restart what is well, and one that asked on would load it.
    name: 'no limit, and no work',
    async holds(one) {
      const first = await ask(one, KEY);
      const again = await ask(one, KEY);
      expect(again.status).toBe(first.status);
      expect(again.headers.get('ratelimit')).toBeNull();
      expect(upstream.calls).toEqual([]);
    },
  },
];

describe.each(controls)('health: $name', (control) => {
  it.each(healthRoutes)('$path in every format', async (route) => {
    for (const { name } of healthFormats) {
      await expect(control.holds({ ...route, format: name })).resolves.toBeUndefined();
    }
  });
});

it('has used nothing of a limit, and has no row in the ledger', async () => {
  const call = () => post(gateway.url, '/v1/chat/completions', { model: 'seen-model' });
  const statuses = [await call(), await call()].map(({ status }) => status);
  expect(statuses).toEqual([200, 429]);
  const rows = () => ledgerOf(gateway.databasePath).map(({ status }) => status);
  await expect.poll(rows, { timeout: 10_000 }).toEqual([200, 429]);
});
