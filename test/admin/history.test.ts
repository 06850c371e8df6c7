import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { expect, it } from 'vitest';
import {
  chatConfig,
  post,
  temporaryFolder,
  testGateway,
  type TestGateway,
} from '../harness/gateway.ts';
import { testDatabase } from '../harness/postgres.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import { answerJson, answerWell, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const stores = { sqlite: async () => undefined, postgres: testDatabase };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const extra = 'health: { fall: 1, rest: 1m, maxRest: 1m }\n';

it.each(Object.entries(stores))(
  'history on %s is written down, survives a restart, and says what it does not know',
  async (_engine, place) => {
    const store = await place();
    const sick = await Upstream.start('sick', (_received, response) =>
      answerJson(response, 500, {}),
    );
    const well = await Upstream.start('well', answerWell);
    const config = chatConfig('openai-chat', [sick, well], extra).replace(
      'keys:',
      `  - { name: solo, targets: [{ provider: sick, model: upstream-model }] }
keys:`,
    );
    const folder = temporaryFolder();
    const begin = async (clock: ShiftedClock): Promise<[TestGateway, ApiClient['call']]> => {
      const gateway = await testGateway({
        config,
        clock,
        folder,
        environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
        ...(store !== undefined && { store }),
      });
      const { call } = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
      return [gateway, call];
    };
    const clock = new ShiftedClock();
    const startedAt = clock.wall();
    const [first, call] = await begin(clock);
    // The models were looked at for free, so it is known how they are.
    await (await post(first.url, '/v1/chat/completions', { model: 'chat' })).text();

    const params = { id: 'sick/upstream-model' };
    const changes = async () => (await call('GET /api/targets/{id}/history', { params })).items;
    expect(await until(changes, ({ length }) => length > 0)).toMatchObject([
      { from: 'serving', to: 'resting', reason: 'http_500' },
    ]);

    const incidents = async () => (await call('GET /api/incidents')).items;
    clock.forward(6000);
    const [incident] = await until(incidents, (all) => all.length > 0);
    expect(incident).toMatchObject({
      severity: 'down',
      cause: 'sick/upstream-model',
      reason: 'http_500',
      endedAt: null,
    });
    // One cause, whatever it touches.
    const [whole] = await until(incidents, ([one]) => one?.routes.length === 2);
    expect(whole?.routes.toSorted()).toEqual(['chat', 'solo']);
    expect((await call('GET /api/overview')).openIncidents).toBe(1);

    // What the other pages of the console ask works on this engine, too.
    for (const by of ['day', 'key', 'target'] as const) {
      expect((await call('GET /api/usage', { query: { by } })).total.requests).toBe(1);
    }
    const { points } = await call('GET /api/traffic');
    expect(points.reduce((requests, point) => requests + point.requests, 0)).toBe(1);

    await call('POST /api/targets/{id}/serve', { params });
    sick.script = answerWell;
    await (await post(first.url, '/v1/chat/completions', { model: 'solo' })).text();
    // Less than what would look like sleep; the rest passes by itself.
    clock.forward(13_000);
    const [over] = await until(incidents, ([one]) => one?.endedAt !== null);
    const downMs = Date.parse(over?.endedAt ?? '') - Date.parse(over?.startedAt ?? '');
    expect(downMs).toBeGreaterThan(5000);
    const edited = await call('PATCH /api/incidents/{id}', {
      params: { id: over?.id ?? '' },
      ifMatch: over?.version ?? '',
      body: { title: 'It was us', public: false, note: 'A wrong <b>key</b>.' },
    });
    expect(edited).toMatchObject({
      title: 'It was us',
      public: false,
      notes: [{ text: 'A wrong <b>key</b>.' }],
    });

    await first.stop();
    const stoppedAt = clock.wall();
    const later = new ShiftedClock();
    later.forward(stoppedAt - later.wall() + 6 * HOUR);
    const [, again] = await begin(later);
    const uptime = async () => {
      const query = { kind: 'model', days: 3 } as const;
      const { items } = await again('GET /api/health/uptime', { query });
      return items.find(({ name }) => name === 'solo');
    };
    const told = await until(uptime, (one) => one?.status === 'pass');
    // By time: neither the requests nor the looks of that hour count.
    const now = later.wall();
    const days = told?.days ?? [];
    const sum = (part: 'down' | 'unknown') =>
      days.reduce((ms, day, i) => ms + day[part] * (i === 2 ? now % DAY : DAY), 0);
    expect(Math.abs(sum('down') - downMs)).toBeLessThan(1500);
    const knownMs = stoppedAt - startedAt + (now - stoppedAt - 6 * HOUR);
    expect(Math.abs(2 * DAY + (now % DAY) - sum('unknown') - knownMs)).toBeLessThan(5000);
    expect(days[0]).toMatchObject({ up: 0, degraded: 0, down: 0, unknown: 1 });
    expect(told?.uptime).toBeLessThan(1);
    expect((await again('GET /api/incidents')).items).toEqual([edited]);
    expect((await again('GET /api/targets/{id}/history', { params })).items.length).toBe(2);
  },
);
