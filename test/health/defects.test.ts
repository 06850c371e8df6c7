/** What was measured of other libraries, and must not be true of this one. */
import { check, createHealth, VirtualClock, type Health } from '@vitalgate/health';
import { loop } from '@vitalgate/health/check/loop';
import { serveHealth } from '@vitalgate/health/serve/node';
import { createServer } from 'node:http';
import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { listen } from './servers.ts';
import { ask } from './wire.ts';

async function serving(
  run: () => unknown,
): Promise<{ health: Health; port: number; clock: VirtualClock }> {
  const clock = new VirtualClock();
  const health = createHealth({ clock });
  health.readiness.add(check('db', { scope: 'dedicated', run }));
  const server = createServer((_, response) => response.writeHead(404).end());
  serveHealth(server, health);
  return { health, clock, port: await listen(server) };
}

/** Everything but what time alone changes. */
const told = (body: string): object => ({ ...(JSON.parse(body) as object), uptime: 0 });

test('a response holds nothing of the one before', async () => {
  let answer: unknown = { status: 'warn', reason: 'disk_high' };
  const { health, clock, port } = await serving(() => answer);
  clock.advance(1);
  await health.refresh();
  expect((await ask(port, '/health')).body).toContain('disk_high');
  answer = true;
  for (let n = 0; n < 20; n += 1) {
    clock.advance(2_000);
    await health.refresh();
  }
  const { body } = await ask(port, '/health');
  expect(body).not.toContain('disk_high');
  expect(told((await ask(port, '/health')).body)).toEqual(told(body));
});

test('a query does not make a probe the application’s business', async () => {
  const { port } = await serving(() => true);
  expect((await ask(port, '/health/live?probe=1')).code).toBe(200);
});

test('a thrown error reaches nobody, neither as a message nor as details', async () => {
  const { health, port } = await serving(() => {
    throw Object.assign(new Error('postgres://u:pw@db'), { causes: { url: 'postgres://u:pw@db' } });
  });
  await health.refresh();
  for (const path of ['/health', '/readyz', '/health/db']) {
    expect((await ask(port, path)).body).not.toMatch(/pw|postgres|@db/);
  }
});

test('a check that hangs keeps no client waiting', async () => {
  const { health, port } = await serving(() => new Promise(() => {}));
  void health.refresh();
  expect((await ask(port, '/readyz')).code).toBe(503);
  expect((await ask(port, '/livez')).code).toBe(200);
});

test('a loop that idled for long and is saturated now is busy, not idle on average', async () => {
  const look = loop();
  // A look resets the window; how long the process idled before does not matter to the next one.
  await look();
  const until = performance.now() + 300;
  while (performance.now() < until);
  const { status, reason } = await look();
  look.stop();
  expect([status, reason]).toEqual(['warn', expect.stringMatching(/^loop_/)]);
});

test('a dependency slower than every probe is asked once, not once a probe', async () => {
  let runs = 0;
  const { health, clock, port } = await serving(() => {
    runs += 1;
    return new Promise(() => {});
  });
  void health.refresh();
  for (let n = 0; n < 10; n += 1) {
    clock.advance(250);
    await ask(port, '/health');
    void health.refresh();
  }
  expect(runs).toBe(1);
});

test('readiness that fails does not fail what the application serves', async () => {
  const { port } = await serving(() => false);
  expect((await ask(port, '/orders')).code).toBe(404);
});

test('liveness goes on while the service drains', async () => {
  const { health, port } = await serving(() => true);
  void health.drain();
  expect((await ask(port, '/livez')).code).toBe(200);
});

test('one check that throws does not silence the others', async () => {
  const { health, port } = await serving(() => {
    throw new Error('moo');
  });
  health.readiness.add(check('cache', { scope: 'shared', run: () => true }));
  await health.refresh();
  expect((await ask(port, '/health/cache')).code).toBe(200);
  expect(JSON.parse((await ask(port, '/health')).body)).toMatchObject({
    checks: { db: { status: 'unknown', reason: 'failed' }, cache: 'pass' },
  });
});
