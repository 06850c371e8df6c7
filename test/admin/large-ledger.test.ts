/**
 * What the console opens, over a ledger of a month. Of three million rows, and how long each takes:
 * LEDGER_ROWS=3000000 npx vitest run test/admin/large-ledger.test.ts
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createClient } from '@vitalgate/contract/api/client';
import { openStore } from '@vitalgate/gateway';
import { expect, it, vi } from 'vitest';
import { KEY, temporaryFolder, testGateway } from '../harness/gateway.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const ROWS = Number(process.env['LEDGER_ROWS'] ?? 20_000);
const MONTH_MS = 30 * 24 * 3_600_000;

/** A hundred keys of eight teams, some busier than others, with six models at three providers. */
async function fill(path: string, now: number): Promise<void> {
  await (await openStore(`sqlite:${path}`)).close();
  const database = new DatabaseSync(path);
  database.exec(`
    INSERT INTO ledger (id, at, key_id, model, provider, upstream_model, dialect, operation, streamed,
      status, outcome, attempts, input_tokens, output_tokens, cached_tokens, first_ms, total_ms,
      gateway_ms, tried, team, cost, currency, price_source, is_estimated, owner, route)
    WITH RECURSIVE
      n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${ROWS}),
      r AS MATERIALIZED (
        SELECT i, abs(random()) % 10 * (abs(random()) % 10) AS k, abs(random()) % 4 * (abs(random()) % 3) AS m,
          abs(random()) % 100 AS luck FROM n
      )
    SELECT 'req_' || lower(hex(randomblob(12))), ${now - MONTH_MS} + CAST(i * ${MONTH_MS}.0 / ${ROWS} AS INTEGER),
      'file:key-' || k, 'model-' || m, 'provider-' || (m % 3), 'upstream-model-2026-' || m, 'openai-chat',
      'chat', 1, CASE WHEN luck < 3 THEN 502 ELSE 200 END, CASE WHEN luck < 3 THEN 'failed' ELSE 'completed' END,
      1, 800 + luck, 300 + luck, 0, 200.5 + luck, 2000.25, 0.8,
      '[{"target":"provider-1/upstream-model-2026","credential":"main","reason":"ok","ms":2000}]',
      'team-' || (k % 8), 1000 * luck, 'USD', 'list', 0, 'owner-' || (k % 10), '/v1/chat/completions'
    FROM r`);
  database.close();
}

/** What takes a search of the ledger longer than a person waits, and is told to be too broad. */
const BROAD = ['requests?status=418'];

const windows = ['15m', '1h', '6h', '24h', '7d', '30d'];
const asked = [
  'usage?by=key',
  'usage.csv?by=key',
  'usage?by=model&model=model-0',
  ...windows.map((window) => `traffic?window=${window}`),
  ...['model=nothing', 'key=file:key-9', 'target=provider-0/upstream-model-2026-6'].map(
    (filter) => `traffic?window=30d&${filter}`,
  ),
  'overview',
  ...[
    'q=req_00',
    'q=nothing',
    'q=model-6',
    'model=model-6',
    'model=nothing',
    'team=team-1',
    'key=file:key-9',
  ].map((filter) => `requests?${filter}`),
  ...['failed', 'abandoned'].map((outcome) => `requests?outcome=${outcome}`),
  ...BROAD,
  'requests',
  'keys',
  'teams',
  'models',
  'targets',
  'limits',
  'alerts',
  'incidents',
  'audit',
  'health/uptime',
];

it(
  'a month is answered exactly while it is summed for the first time, and thereafter',
  { timeout: 900_000 },
  async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'vitalgate.db');
    const now = Date.now();
    await fill(path, now);
    const gateway = await testGateway({
      folder,
      config: `providers: [{ name: toy, dialect: simulator }]
models: [{ name: model-0, targets: [{ provider: toy, model: toy-1 }] }]
teams: [{ name: team-0, limits: [{ cost: 100000, per: month }] }]
keys: [{ name: key-0, secret: ${KEY}, team: team-0 }]
`,
      environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
    });
    const { call } = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
    const since = new Date(now - MONTH_MS).toISOString();
    const isSummed = () => {
      const database = new DatabaseSync(path, { readOnly: true });
      const summed = database.prepare('SELECT since FROM usage_summed').get();
      database.close();
      return summed?.['since'] === 0;
    };
    // A million rows cannot be read in two seconds, which is why they are summed.
    for (let isReadable = ROWS < 100_000; isReadable; isReadable = !isSummed()) {
      const { total } = await call('GET /api/usage', { query: { by: 'team', since } });
      expect(total.requests).toBe(ROWS);
    }
    await vi.waitFor(() => expect(isSummed()).toBe(true), { timeout: 600_000, interval: 200 });
    for (const by of ['day', 'key', 'team', 'owner', 'model', 'target', 'hour'] as const) {
      const { total } = await call('GET /api/usage', { query: { by, since } });
      expect([by, total.requests]).toEqual([by, ROWS]);
    }
    const { points } = await call('GET /api/traffic', { query: { window: '24h' } });
    expect(Math.max(...points.map(({ firstTokenP95Ms: ms }) => ms ?? 0))).toBeGreaterThan(270);
    expect(Math.min(...points.map(({ firstTokenP50Ms: ms }) => ms ?? 250))).toBeLessThan(250);
    for (const what of asked) {
      const began = performance.now();
      const answer = await fetch(`${gateway.addresses.admin}/api/${what}`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      await answer.text();
      const ms = Math.round(performance.now() - began);
      if (process.env['LEDGER_ROWS'] !== undefined)
        console.log(`${answer.status} ${ms} ms ${what}`);
      if (!BROAD.includes(what)) expect([what, answer.status]).toEqual([what, 200]);
    }
  },
);
