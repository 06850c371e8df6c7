/** A TTL check of Consul, kept by the library; the agent is a stub of its HTTP API. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHealth, VirtualClock, type Health } from '@vitalgate/health';
import { pushToConsul } from '@vitalgate/health/serve/consul';
import { expect, it, onTestFinished } from 'vitest';

/** What the agent was told, one after the other. */
async function agent() {
  const told: string[] = [];
  const waiting: (() => void)[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    told.push(`${request.method} ${request.url} ${String(request.headers['x-consul-token'])}`);
    response.writeHead(status).end();
    waiting.shift()?.();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    told,
    refuse: () => (status = 500),
    next: () => new Promise<void>((heard) => waiting.push(heard)),
  };
}

function service(): { health: Health; clock: VirtualClock } {
  const clock = new VirtualClock();
  const health = createHealth({ clock });
  clock.advance(0);
  onTestFinished(() => health.close());
  return { health, clock };
}

const pass = 'PUT /v1/agent/check/pass/service%3Aweb?note=pass secret';

it('C2: a TTL check is renewed three times within its TTL, and at once after a change', async () => {
  const { address, told, next } = await agent();
  const { health, clock } = service();
  let heard = next();
  const options = { checkId: 'service:web', ttlMs: 30_000, address, token: 'secret' };
  const stop = pushToConsul(health, { ...options, random: () => 0 });
  await heard;
  for (let renewed = 0; renewed < 2; renewed += 1) {
    heard = next();
    clock.advance(10_000);
    await heard;
  }
  expect(told).toEqual([pass, pass, pass]);
  heard = next();
  health.maintenance(true);
  await heard;
  expect(told.at(-1)).toMatch(/^PUT \/v1\/agent\/check\/fail\/service%3Aweb\?note=fail%20/);
  await stop();
});

it('C3: a push that fails changes no health, is told, and is followed by the next', async () => {
  const { address, refuse, told } = await agent();
  const { health, clock } = service();
  refuse();
  const failures: string[] = [];
  let failed = Promise.withResolvers<void>();
  const options = { checkId: 'web', ttlMs: 30_000, random: () => 0 };
  const onFailure = (reason: string): void => {
    failures.push(reason);
    failed.resolve();
  };
  const stop = pushToConsul(health, { ...options, address, onFailure });
  await failed.promise;
  failed = Promise.withResolvers();
  clock.advance(10_000);
  await failed.promise;
  expect(told).toHaveLength(2);
  expect(health.report('readiness')?.status).toBe('pass');
  await stop();
  expect(failures).toEqual(Array(4).fill('http_500'));

  const nobody = 'http://127.0.0.1:9';
  const reasons: string[] = [];
  const silence = pushToConsul(health, {
    ...options,
    address: nobody,
    onFailure: (reason) => void reasons.push(reason),
  });
  await silence();
  expect(new Set(reasons)).toEqual(new Set(['connect_refused']));
});

it('C5: at the end it is critical, then deregistered', async () => {
  const { address, told, next } = await agent();
  const { health } = service();
  const heard = next();
  const stop = pushToConsul(health, { checkId: 'web', ttlMs: 30_000, address });
  await heard;
  await stop();
  expect(told.slice(-2)).toEqual([
    'PUT /v1/agent/check/fail/web?note=stopping undefined',
    'PUT /v1/agent/check/deregister/web undefined',
  ]);
});
