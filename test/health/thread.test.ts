/** Probes answered from a thread, while the loop of the process stands still. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createHealth } from '@vitalgate/health';
import { serveFromThread } from '@vitalgate/health/serve/thread';
import { expect, onTestFinished, test } from 'vitest';
import { ask, say, type Answer } from './wire.ts';
import { until } from '../harness/until.ts';

async function blockable(): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(new URL('blockable.ts', import.meta.url), {
    execArgv: ['--conditions=vitalgate-source'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = (await once(child, 'message')) as [number];
  return { child, port };
}

/** Asks again and again until the answer is as wanted; fails by the time limit of the test. */
const answer = (port: number, path: string, wanted: (answer: Answer) => boolean) =>
  until(() => ask(port, path), wanted);

test('a loop that stands still is told at once, fails readiness, then liveness, and is forgiven', async () => {
  const { child, port } = await blockable();
  expect((await answer(port, '/readyz', ({ code }) => code === 200)).body).toContain('"healthy"');
  child.send(2_500);
  await once(child, 'message');
  const lagging = await answer(port, '/livez', ({ body }) => body.includes('loop_stalled'));
  expect(lagging).toMatchObject({ code: 200, body: expect.stringContaining('"degraded"') });
  const started = performance.now();
  await ask(port, '/livez');
  expect(performance.now() - started).toBeLessThan(100);
  const unready = await answer(port, '/readyz', ({ code }) => code === 503);
  expect(unready.body).toMatch(/"status":"unhealthy","reason":"loop_stalled","stalledMs":\d+/);
  expect((await ask(port, '/livez')).code).toBe(200);
  expect((await answer(port, '/livez', ({ code }) => code === 503)).body).toContain('loop_stalled');
  expect((await ask(port, '/startupz')).code).toBe(200);
  await once(child, 'message');
  expect((await answer(port, '/livez', ({ body }) => body.includes('"healthy"'))).code).toBe(200);
  expect((await ask(port, '/readyz')).code).toBe(200);
});

test('a thread answers as the handler does', async () => {
  const health = createHealth();
  const thread = await serveFromThread(health, {
    port: 0,
    host: '127.0.0.1',
    routes: { '/readyz': false },
  });
  onTestFinished(() => thread.close());
  onTestFinished(() => health.close());
  const { port } = thread;
  expect((await say(port, 'OPTIONS /livez HTTP/1.0\n\n')).code).toBe(200);
  expect(await ask(port, '/livez/?x=1', { method: 'HEAD' })).toMatchObject({ code: 200, body: '' });
  expect(await ask(port, '/livez', { method: 'POST' })).toMatchObject({ code: 405 });
  expect((await ask(port, '/readyz')).code).toBe(404);
  expect((await ask(port, '/nothing')).code).toBe(404);
});

test('a port in use is an error for whoever starts the thread', async () => {
  const health = createHealth();
  onTestFinished(() => health.close());
  const first = await serveFromThread(health, { port: 0, host: '127.0.0.1' });
  onTestFinished(() => first.close());
  const second = serveFromThread(health, { port: first.port, host: '127.0.0.1' });
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
