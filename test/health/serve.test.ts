/**
 * The handler tests H1 to H14: what probers of load balancers, orchestrators and monitors send,
 * and what they need to be answered, on every kind of server that health is served by. Each
 * application refuses everybody else: its own guard says 401, sets a cookie and redirects.
 */
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { check, createHealth, VirtualClock, type Health } from '@vitalgate/health';
import { fastifyHealth } from '@vitalgate/health/serve/fastify';
import { fetchHealth, healthRoute, honoHealth } from '@vitalgate/health/serve/fetch';
import { koaHealth } from '@vitalgate/health/serve/koa';
import { nestHealth } from '@vitalgate/health/serve/nest';
import { gateListener, healthListener, serveHealth } from '@vitalgate/health/serve/node';
import type { Format } from '@vitalgate/health/serve/format';
import { shutdownOn } from '@vitalgate/health/serve/shutdown';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { EventEmitter, once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listen } from './servers.ts';
import { ask, say } from './wire.ts';

/** A service whose checks have been read once, so that it is ready, on a clock that stands still. */
async function service(
  run: (signal: AbortSignal) => unknown = () => true,
  clock = new VirtualClock(),
): Promise<Health> {
  const health = createHealth({ name: 'shop', version: '1.2.3', clock });
  health.liveness.add(check('loop', { scope: 'local', run: () => true }));
  health.readiness.add(check('db', { scope: 'dedicated', run, groups: ['storage'] }));
  await health.refresh();
  clock.advance(1);
  return health;
}

const refuse: RequestListener = (_, response) => {
  response.writeHead(401, { 'set-cookie': 'session=1', location: 'https://login.test/' }).end('{}');
};

type Mount = (health: Health) => Promise<number>;

const mounts: Record<string, Mount> = {
  'node:http listener': (health) => {
    const listener = healthListener(health);
    return listen(
      createServer((request, response) =>
        listener(request, response, () => refuse(request, response)),
      ),
    );
  },
  'node:http server': async (health) => {
    const server = createServer(refuse);
    serveHealth(server, health);
    // Whoever listens later must not come first, nor answer a second time.
    server.on('request', () => {});
    return listen(server);
  },
  express: (health) => {
    const app = express();
    app.use(healthListener(health));
    app.use(express.json());
    app.use(refuse);
    return listen(createServer(app));
  },
  fastify: async (health) => {
    const app = fastify();
    await app.register(fastifyHealth, { health });
    app.addHook('onRequest', async (_, reply) => {
      await reply.code(401).header('set-cookie', 'session=1').send({});
    });
    app.get('/', () => 'home');
    await app.ready();
    onTestFinished(() => app.close());
    await app.listen({ port: 0, host: '127.0.0.1' });
    return (app.server.address() as { port: number }).port;
  },
  koa: (health) => {
    const app = new Koa();
    app.use(koaHealth(health));
    app.use((context) => {
      context.status = 401;
      context.cookies.set('session', '1');
    });
    const handle = app.callback();
    return listen(createServer((request, response) => void handle(request, response)));
  },
  hono: (health) => {
    const app = new Hono();
    app.use(honoHealth(health));
    app.use((context) => Promise.resolve(context.json({}, 401, { 'set-cookie': 'session=1' })));
    return listen(createServer(bridge((request) => app.fetch(request))));
  },
  fetch: (health) => {
    const handle = fetchHealth(health);
    const app = async (request: Request): Promise<Response> =>
      (await handle(request)) ?? new Response('{}', { status: 401 });
    return listen(createServer(bridge(app)));
  },
  nest: async (health) => {
    class App {
      readonly name = 'shop';
    }
    Module({})(App);
    const app = await NestFactory.create(App, { logger: false });
    nestHealth(app, health);
    app.use(refuse);
    await app.init();
    onTestFinished(() => app.close());
    return listen(app.getHttpServer() as Server);
  },
};

/** What carries node:http requests to Fetch handlers on a server. */
function bridge(handle: (request: Request) => Response | Promise<Response>): RequestListener {
  return (incoming, outgoing) => {
    const url = `http://${incoming.headers.host ?? 'none'}${incoming.url ?? '/'}`;
    const headers = new Headers(incoming.headers as Record<string, string>);
    const request = new Request(url, { method: incoming.method ?? 'GET', headers });
    void Promise.resolve(handle(request)).then(async (response) => {
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(Buffer.from(await response.arrayBuffer()));
    });
  };
}

describe.each(Object.entries(mounts))('%s', (_, mount) => {
  test('H1 GET, HEAD and OPTIONS answer with the same status, the latter two without a body', async () => {
    let isUp = true;
    const health = await service(() => isUp);
    const port = await mount(health);
    for (const code of [200, 503]) {
      const answers = await Promise.all(
        ['GET', 'HEAD', 'OPTIONS'].map((method) => ask(port, '/readyz', { method })),
      );
      expect(answers.map((answer) => answer.code)).toEqual([code, code, code]);
      expect(answers.map(({ body }) => body.length > 0)).toEqual([true, false, false]);
      isUp = false;
      void health.drain();
    }
  });

  test('H2 HTTP/1.0 without Host is answered, as HAProxy asks by default', async () => {
    const port = await mount(await service());
    expect((await say(port, 'OPTIONS /livez HTTP/1.0\n\n')).code).toBe(200);
    expect((await say(port, 'GET /livez HTTP/1.0\n\n')).body).toContain('healthy');
  });

  test('H3 the query is ignored', async () => {
    const port = await mount(await service());
    expect((await ask(port, '/livez?x=1')).code).toBe(200);
  });

  test('H4 H5 a slash at the end is answered, and nothing is ever redirected', async () => {
    const port = await mount(await service());
    for (const path of ['/livez/', '/health/', '/health/live/', '/readyz/?x=1']) {
      const { code, headers } = await ask(port, path);
      expect([path, code, headers['location']]).toEqual([path, 200, undefined]);
    }
  });

  test('H6 another method is refused with the ones there are', async () => {
    const port = await mount(await service());
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const { code, headers } = await ask(port, '/livez', { method });
      expect([code, headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
    }
  });

  test('H8 H12 answered where the application refuses everybody, without its cookies', async () => {
    const port = await mount(await service());
    expect((await ask(port, '/')).code).toBe(401);
    expect((await ask(port, '/healthy')).code).toBe(401);
    for (const path of ['/livez', '/readyz', '/health', '/health/db', '/health/storage']) {
      const { code, headers } = await ask(port, path);
      expect([path, code, headers['set-cookie']]).toEqual([path, 200, undefined]);
    }
    const body = 'Content-Type: application/json\nContent-Length: 9\n\nnot json!';
    expect((await say(port, `GET /livez HTTP/1.0\n${body}`)).code).toBe(200);
  });

  test('H9 Connection: close is honoured, and nothing lingers', async () => {
    const port = await mount(await service());
    const { headers } = await ask(port, '/livez');
    expect(headers['connection']).toBe('close');
  });
});

async function plain(
  health: Health,
  options?: Parameters<typeof healthListener>[1],
): Promise<number> {
  return listen(createServer(healthListener(health, options)));
}

test('H7 a body fits into 1,024 bytes, its status into the first 256', async () => {
  const health = await service();
  const names = Array.from({ length: 200 }, (_, n) => `dependency-with-a-long-name-${n}`);
  health.readiness.add(...names.map((name) => check(name, { scope: 'shared', run: () => false })));
  await health.refresh();
  const port = await plain(health);
  for (const path of ['/health', '/readyz', '/livez']) {
    const { body, headers } = await ask(port, path);
    expect(Buffer.byteLength(body)).toBeLessThan(1_024);
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
    expect(body.slice(0, 256)).toMatch(/"status":"(healthy|degraded)"/);
  }
});

test('H10 a thousand requests at once bring no more than one run of each check', async () => {
  let runs = 0;
  const port = await plain(
    await service(() => {
      runs += 1;
      return true;
    }),
  );
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, () => fetch(`http://127.0.0.1:${port}/health`)),
  );
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(runs).toBe(1);
});

test('H11 an answer comes in time while a check hangs, also to those who ask for a fresh look', async () => {
  const clock = new VirtualClock();
  const asked = Promise.withResolvers<void>();
  let isHanging = false;
  const health = await service(() => {
    if (!isHanging) return true;
    asked.resolve();
    return new Promise(() => {});
  }, clock);
  isHanging = true;
  clock.advance(1_000);
  const port = await plain(health, { details: () => 'full' });
  const fresh = ask(port, '/readyz?refresh');
  await asked.promise;
  expect((await ask(port, '/readyz')).code).toBe(200);
  clock.advance(800);
  expect((await fresh).code).toBe(200);
});

test('a fresh look is for the trusted alone', async () => {
  const clock = new VirtualClock();
  let runs = 0;
  const health = await service(() => (runs += 1), clock);
  clock.advance(1_000);
  const details = ({ header }: { header: (name: string) => string | undefined }) =>
    header('authorization') === 'Bearer admin' ? 'full' : 'codes';
  const port = await plain(health, { details });
  for (let n = 0; n < 100; n += 1) await ask(port, '/health?refresh');
  expect(runs).toBe(1);
  const headers = { authorization: 'Bearer admin' };
  for (let n = 0; n < 100; n += 1) await ask(port, '/health?refresh', { headers });
  expect(runs).toBe(2);
});

test('H13 Cache-Control is there and right for each route', async () => {
  const health = await service();
  const port = await plain(health);
  for (const path of ['/livez', '/readyz', '/startupz', '/health/live']) {
    expect((await ask(port, path)).headers['cache-control']).toBe('no-store');
  }
  const { headers } = await ask(port, '/health');
  expect(headers['cache-control']).toBe('max-age=5');
  expect(Number(headers['age'])).toBeLessThan(2);
  void health.drain();
  const drained = await ask(port, '/health');
  expect(drained.headers['cache-control']).toMatch(/^max-age=[01]$/);
  expect(Number(drained.headers['retry-after'])).toBeGreaterThan(0);
  const secret = await plain(health, { details: () => 'codes' });
  expect((await ask(secret, '/health')).headers['cache-control']).toMatch(/^private, /);
});

test('H14 Accept is negotiated, and 406 only for what is explicitly impossible', async () => {
  const format = (name: string, type: string): Format => ({
    name,
    types: [type],
    write: ({ status }) => ({ body: status }),
  });
  const formats = [format('json', 'application/json'), format('text', 'text/plain')];
  const port = await plain(await service(), { formats });
  const typeFor = async (accept: string): Promise<string | number> => {
    const { code, headers } = await ask(port, '/livez', { headers: { accept } });
    return code === 200 ? (headers['content-type'] ?? '') : code;
  };
  expect(await typeFor('*/*')).toBe('application/json');
  expect(await typeFor('text/plain')).toBe('text/plain');
  expect(await typeFor('text/*, application/json;q=0.5')).toBe('text/plain');
  expect(await typeFor('text/plain;q=0, */*')).toBe('application/json');
  expect(await typeFor('text/html, image/webp, */*;q=0.8')).toBe('application/json');
  expect(await typeFor('image/png')).toBe(406);
  expect(await typeFor('nonsense')).toBe('application/json');
  expect((await ask(port, '/livez?format=text')).headers['content-type']).toBe('text/plain');
  expect((await ask(port, '/livez?format=none')).code).toBe(406);
});

test('a route may have codes and a format of its own, or not be there', async () => {
  const health = await service();
  health.readiness.add(check('idp', { scope: 'shared', run: () => false }));
  await health.refresh();
  const routes = {
    '/consul': { view: 'readiness', codes: { warn: 429 } },
    '/livez': false,
  } as const;
  const port = await plain(health, { routes });
  expect(await ask(port, '/consul')).toMatchObject({
    code: 429,
    body: expect.stringContaining('degraded'),
  });
  expect((await ask(port, '/readyz')).code).toBe(200);
  expect((await ask(port, '/livez')).code).toBe(404);
  const wrong = { routes: { '/x': { view: 'health', format: 'none' } } };
  expect(() => healthListener(health, wrong)).toThrow(
    expect.objectContaining({ code: 'unknown_format' }),
  );
});

test('an ETag stands for one report: 304 while nothing changed', async () => {
  let isUp = true;
  const clock = new VirtualClock();
  const health = await service(() => isUp, clock);
  const port = await plain(health);
  const etag = (await ask(port, '/health')).headers['etag'] ?? '';
  const again = await ask(port, '/health', { headers: { 'if-none-match': `"x", ${etag}` } });
  expect([again.code, again.body, again.headers['etag']]).toEqual([304, '', etag]);
  isUp = false;
  clock.advance(1_000);
  await health.refresh();
  const changed = await ask(port, '/health', { headers: { 'if-none-match': etag } });
  expect(changed.headers['etag']).not.toBe(etag);
});

test('a format that breaks is an answer of 500, not the end of the process', async () => {
  const broken: Format = {
    name: 'broken',
    types: ['application/json'],
    write: () => {
      throw new TypeError('moo');
    },
  };
  const port = await plain(await service(), { formats: [broken] });
  expect(await ask(port, '/health')).toMatchObject({
    code: 500,
    body: '{"error":"internal_error"}',
  });
});

describe('what is shown', () => {
  const secrets = [
    'postgres://shop:hunter2@db.internal:5432',
    '10.1.2.3',
    'sk-live-abcdef',
    '/etc/shadow',
  ];
  const failing = async (): Promise<Health> => {
    const health = await service(() => {
      throw new Error(secrets.join(' '));
    });
    await health.refresh();
    return health;
  };

  test('to everybody is codes, never what others said', async () => {
    const health = await failing();
    for (const details of ['status', 'codes'] as const) {
      const port = await plain(health, { details });
      for (const path of ['/health', '/readyz', '/health/db']) {
        const { body, headers } = await ask(port, path);
        for (const secret of secrets) expect(body + JSON.stringify(headers)).not.toContain(secret);
      }
    }
    expect((await ask(await plain(health, { details: 'status' }), '/health')).body).not.toContain(
      'checks',
    );
  });

  test('to the trusted is all of it', async () => {
    const { body } = await ask(await plain(await failing(), { details: 'full' }), '/health');
    expect(body).toContain('hunter2');
  });
});

test('a route gate closes what cannot work, and leaves the rest open', async () => {
  const clock = new VirtualClock();
  const health = createHealth({ clock });
  const mail = check('mail', { scope: 'shared', affects: ['/mail/*'], run: () => false });
  health.readiness.add(mail);
  for (let n = 0; n < 3; n += 1) {
    await health.refresh();
    clock.advance(1_000);
  }
  const gate = gateListener(health);
  const port = await listen(
    createServer((request, response) => gate(request, response, () => response.end('served'))),
  );
  expect((await ask(port, '/orders')).body).toBe('served');
  const { code, headers, body } = await ask(port, '/mail/7?x=1');
  expect([code, body]).toEqual([503, '{"error":"failed"}']);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
});

test('a route handler of its own serves one view wherever it is mounted', async () => {
  const health = await service();
  const get = healthRoute(health, 'readiness');
  const answer = await get(new Request('http://a/api/anything?x=1'));
  expect([answer.status, await answer.json()]).toMatchObject([200, { status: 'healthy' }]);
  expect((await healthRoute(health, 'nobody')(new Request('http://a/'))).status).toBe(404);
});

describe('the end of a service', () => {
  test('readiness fails, everything is served on, then no more is taken and what runs is finished', async () => {
    const clock = new VirtualClock();
    const health = await service(undefined, clock);
    const signals = new EventEmitter();
    const slow = Promise.withResolvers<void>();
    const server = createServer(
      (_, response) => void slow.promise.then(() => response.end('done')),
    );
    serveHealth(server, health);
    const port = await listen(server);
    const over = shutdownOn(health, server, { from: signals, delayMs: 60_000 });
    signals.emit('SIGTERM');
    expect((await ask(port, '/readyz')).code).toBe(503);
    expect((await ask(port, '/livez')).code).toBe(200);
    const began = once(server, 'request');
    const last = ask(port, '/work');
    await began;
    clock.advance(60_000);
    await new Promise((turned) => setImmediate(turned));
    expect(server.listening).toBe(false);
    slow.resolve();
    expect((await last).body).toBe('done');
    await over;
    expect(signals.listenerCount('SIGTERM')).toBe(0);
  });

  test('a second signal does not wait', async () => {
    const health = await service();
    const signals = new EventEmitter();
    const server = createServer(() => {});
    const port = await listen(server);
    const over = shutdownOn(health, server, { from: signals });
    const began = once(server, 'request');
    const stuck = ask(port, '/work');
    await began;
    signals.emit('SIGTERM');
    signals.emit('SIGTERM');
    await over;
    expect((await stuck).code).toBeNaN();
  });
});
