/** Every example under examples/: started, asked, bereft of what it depends on, and ended. */
import type * as Library from '@vitalgate/health';
import type { Health, HealthOptions, VirtualClock } from '@vitalgate/health';
import { createServer } from 'node:http';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { listen } from './servers.ts';

type Method = 'GET' | 'HEAD' | 'OPTIONS';
interface Running {
  readonly ask: (path: string, method: Method) => Promise<Response>;
  /** Resolves when it has ended. */
  readonly end: () => Promise<unknown>;
}

/** The examples live by the time of day; here each lives by a clock that the test moves. */
const born: { health: Health; clock: VirtualClock }[] = [];
vi.mock('@vitalgate/health', async (original) => {
  const library = await original<typeof Library>();
  const createHealth = (options: HealthOptions): Health => {
    const clock = new library.VirtualClock();
    const health = library.createHealth({ ...options, clock });
    born.push({ health, clock });
    return health;
  };
  return { ...library, createHealth };
});
// Moved time leaves this process no time to rest, which the real look at the loop would tell of.
vi.mock('@vitalgate/health/check/loop', () => ({ loop: () => () => true }));
beforeEach(() => void vi.resetModules());

interface App {
  readonly start: (port: number) => Promise<{ url: string; close: () => Promise<void> }>;
}
const examples: Record<string, () => Promise<Running>> = {
  express: listening(() => import('../../examples/health-express/app.ts')),
  fastify: listening(() => import('../../examples/health-fastify/app.ts')),
  koa: listening(() => import('../../examples/health-koa/app.ts')),
  hono: listening(() => import('../../examples/health-hono/app.ts')),
  nest: listening(() => import('../../examples/health-nest/app.ts')),
  node: listening(() => import('../../examples/health-node/app.ts')),
  next: handling(() => import('../../examples/health-next/app/health/[[...view]]/route.ts')),
};

function listening(load: () => Promise<App>): () => Promise<Running> {
  return async () => {
    const { start } = await load();
    const { url, close } = await start(0);
    return { ask: (path, method) => fetch(`${url}${path}`, { method }), end: close };
  };
}

/** Next.js brings the server and calls what the file exports for a method; the signal goes to the file's listener. */
function handling(
  load: () => Promise<Readonly<Record<Method, (request: Request) => Promise<Response>>>>,
): () => Promise<Running> {
  return async () => {
    const others = process.listeners('SIGTERM');
    const route = await load();
    const onSignal = process.listeners('SIGTERM').find((one) => !others.includes(one));
    const exited = Promise.withResolvers<void>();
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => exited.resolve() as never);
    return {
      ask: (path, method) => route[method](new Request(`http://shop${path}`, { method })),
      end() {
        onSignal?.('SIGTERM');
        return exited.promise.then(() => exit.mockRestore());
      },
    };
  };
}

describe.each(Object.entries(examples))('health-%s', (name, start) => {
  async function running() {
    const orders = createServer((_, response) => response.end('ok'));
    process.env['ORDERS_URL'] = `http://127.0.0.1:${await listen(orders)}/`;
    const app = await start();
    const { health, clock } = born.at(-1) ?? expect.unreachable('no health was created');
    const get = (path: string): Promise<Response> => app.ask(path, 'GET');
    let over: Promise<unknown> | undefined;
    /** Ends it; what takes its time is given it by `clock`. */
    const end = (): Promise<unknown> => (over ??= app.end());
    onTestFinished(async () => {
      void end();
      clock.advance(25_000);
      await over;
    });
    /** Looks `times` times, a second apart. */
    const look = async (times = 1): Promise<void> => {
      for (let n = 0; n < times; n += 1) {
        clock.advance(1_000);
        await health.refresh();
      }
    };
    /** The code of each probe, and what everything together is called. */
    const told = async (): Promise<Record<string, unknown>> => {
      const probes = { live: '/livez', ready: '/readyz', started: '/startupz' };
      const codes = Object.entries(probes).map(async ([probe, path]) => {
        const { status } = await get(path);
        return [probe, status];
      });
      const answer = await get('/health');
      const { status } = (await answer.json()) as { status: string };
      return { ...Object.fromEntries(await Promise.all(codes)), code: answer.status, status };
    };
    return { ask: app.ask, get, end, clock, look, told, orders };
  }

  test('live at once, ready and started once it has looked', async () => {
    const { told, look } = await running();
    expect(await told()).toMatchObject({ live: 200, ready: 503, code: 503 });
    await look();
    expect(await told()).toEqual({
      live: 200,
      ready: 200,
      started: 200,
      code: 200,
      status: 'healthy',
    });
  });

  test('degraded, and still taking requests, when the dependency all instances share dies', async () => {
    const { told, look, orders } = await running();
    await look();
    orders.close();
    orders.closeAllConnections();
    await look(3);
    expect(await told()).toEqual({
      live: 200,
      ready: 200,
      started: 200,
      code: 200,
      status: 'degraded',
    });
  });

  test('answers those who ask for no body with the same code', async () => {
    const { ask, look } = await running();
    for (const code of [503, 200]) {
      for (const method of ['HEAD', 'OPTIONS'] as const) {
        const answer = await ask('/health/ready', method);
        expect([answer.status, await answer.text()]).toEqual([code, '']);
      }
      await look();
    }
  });

  test('tells it in the formats it was given', async () => {
    const { get, look } = await running();
    await look();
    const answer = await get('/health?format=actuator');
    expect(answer.headers.get('content-type')).toContain('spring-boot.actuator.v3+json');
    expect(await answer.json()).toMatchObject({
      status: 'UP',
      components: { orders: { status: 'UP' } },
    });
  });

  test('drains before it ends: not ready, still live and serving', async () => {
    const { get, end, clock, look } = await running();
    await look();
    const over = end();
    expect((await get('/readyz')).status).toBe(503);
    expect((await get('/livez')).status).toBe(200);
    if (name !== 'next') expect(await (await get('/')).text()).toBe('shop');
    clock.advance(25_000);
    await over;
    if (name !== 'next') await expect(get('/livez')).rejects.toThrow('fetch failed');
  });
});
