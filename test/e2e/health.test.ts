import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  chatConfig,
  KEY,
  ledgerOf,
  post,
  temporaryFolder,
  testGateway,
  writeConfig,
} from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import { answerJson, answerWell, chatEvents, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

/** On a connection of its own. */
async function statusOf(url: string): Promise<number | undefined> {
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

const ADMIN = 'an-admin-token-of-32-characters-or-more';

describe('/health', () => {
  it('tells each caller what it may know', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      environment: { VITALGATE_ADMIN_TOKEN: ADMIN },
      config: chatConfig(
        'openai-chat',
        [upstream],
        '  - { name: bound, secret: bound-key-1, models: [chat] }\n',
      ).replace(
        'models:\n',
        'models:\n  - { name: hidden, targets: [{ provider: only, model: x }] }\n',
      ),
    });
    const ask = async (token?: string, path = '/health') => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await fetch(gateway.url + path, { headers });
      return [answer.status, await answer.json()] as const;
    };
    const [status, body] = await ask();
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'healthy', uptime: expect.any(Number) as number });
    expect((await ask('bound-key-1'))[1]).toMatchObject({ dependencies: { chat: 'healthy' } });
    expect((await ask('bound-key-1'))[1]).not.toHaveProperty('dependencies.hidden');
    expect((await ask(ADMIN))[1]).toMatchObject({
      dependencies: { chat: 'healthy', hidden: 'healthy' },
    });
    expect((await ask('bound-key-1', '/health/models/chat'))[0]).toBe(200);
    expect((await ask('bound-key-1', '/health/models/hidden'))[0]).toBe(404);
    expect((await ask(undefined, '/health/why/only/x'))[0]).toBe(401);
    expect((await ask(ADMIN, '/health/why/only/x'))[1]).toMatchObject({
      health: { state: 'serving' },
    });
  });

  it('tells whoever is woken what keeps requests from a target that is well', async () => {
    const upstream = await Upstream.start('only', (_received, response) =>
      answerJson(response, 401, { error: {} }),
    );
    const gateway = await testGateway({
      environment: { VITALGATE_ADMIN_TOKEN: ADMIN },
      config: chatConfig('openai-chat', [upstream], 'health: { probeInterval: 1h }'),
    });
    const why = async () => {
      const headers = { authorization: `Bearer ${ADMIN}` };
      const path = '/health/why/only/upstream-model';
      return (await (await fetch(gateway.url + path, { headers })).json()) as { words: string };
    };
    await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    expect(await why()).toMatchObject({
      blocked: 'credentials_refused',
      restingCredentials: [{ credential: 'main', reason: 'http_401' }],
    });
    expect((await why()).words).toMatch(
      /refuses every credential; renew one\. main rests for \d+ s \(http_401, the provider does not know the credential\)\./,
    );

    upstream.script = (_received, response) => {
      response.socket?.resetAndDestroy();
    };
    const other = await testGateway({
      environment: { VITALGATE_ADMIN_TOKEN: ADMIN },
      config: chatConfig('openai-chat', [upstream], 'health: { probeInterval: 1h }'),
    });
    for (let i = 0; i < 3; i += 1) await post(other.url, '/v1/chat/completions', { model: 'chat' });
    const headers = { authorization: `Bearer ${ADMIN}` };
    const told = await fetch(`${other.url}/health/why/only/upstream-model`, { headers });
    expect(((await told.json()) as { words: string }).words).toMatch(
      /^Rested after 3 failures in a row.*connection_reset means: it reset the connection/,
    );
  });

  it('keeps what an operator took out when it is killed, and its calls when it is told twice', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const file = writeConfig(temporaryFolder(), chatConfig('openai-chat', [upstream]));
    const start = async () => {
      const gateway = vitalgate(['start', '--config', file], { VITALGATE_ADMIN_TOKEN: ADMIN });
      await gateway.until(/^ready$/m);
      const admin = async (action: string) => {
        const url = `${gateway.address('admin')}/api/targets/only%2Fupstream-model/${action}`;
        const headers = { authorization: `Bearer ${ADMIN}` };
        return (await fetch(url, { method: 'POST', headers })).status;
      };
      const ask = () => post(gateway.address('gateway'), '/v1/chat/completions', { model: 'chat' });
      return { gateway, admin, ask };
    };
    const first = await start();
    expect(await first.admin('drain')).toBe(200);
    await first.gateway.kill();

    const second = await start();
    const refused = await second.ask();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30']);
    expect(await refused.text()).toContain('an operator has taken out all targets of chat');
    expect(await second.admin('serve')).toBe(200);
    let release = () => {};
    upstream.script = (received, response) => {
      release = () => void answerWell(received, response);
    };
    const called = upstream.nextCall();
    const answer = second.ask();
    await called;
    // The terminal signals every process of its group, and npm passes its own signal on.
    second.gateway.child.kill('SIGINT');
    await second.gateway.until(/^draining$/m);
    second.gateway.child.kill('SIGINT');
    await fetch(`${second.gateway.address('probes')}/livez`);
    release();
    expect((await answer).status).toBe(200);
    expect((await second.gateway.ended).code).toBe(0);
  });

  it('answers probes of every kind', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
    const paths = [
      '/health',
      '/health/',
      '/health?x=1',
      '/health/live',
      '/health/ready',
      '/health/started',
      '/livez',
      '/readyz',
      '/startupz',
    ];
    for (const path of paths) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const answer = await fetch(gateway.url + path, { method, redirect: 'manual' });
        expect([path, method, answer.status]).toEqual([path, method, 200]);
        expect(answer.headers.get('set-cookie')).toBeNull();
        expect((await answer.text()) === '').toBe(method !== 'GET');
      }
      const refused = await fetch(gateway.url + path, { method: 'POST' });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    }
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.write('OPTIONS /health HTTP/1.0\r\n\r\n');
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('is degraded while one of two targets rests', async () => {
    const first = await Upstream.start('first', (_r, response) => answerJson(response, 500, {}));
    const second = await Upstream.start('second', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [first, second]) });
    for (let i = 0; i < 3; i += 1)
      await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    const answer = await fetch(`${gateway.url}/health`);
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { status: 'degraded', reason: 'targets_impaired' },
    ]);
    const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    expect(metrics).toContain(
      'vitalgate_target_state{target="first/upstream-model",state="resting"} 1',
    );
    expect(metrics).toContain(
      'vitalgate_attempts_failed_total{target="first/upstream-model",fault="provider",reason="http_500"} 3',
    );
  });
});

describe('the probes listener', () => {
  it('answers within 100 ms while the main loop is blocked, and says so', async () => {
    const folder = temporaryFolder();
    const blocker = join(folder, 'block.mjs');
    writeFileSync(
      blocker,
      `process.on('SIGUSR2', () => {
         console.log('blocking');
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000);
         console.log('unblocked');
       });`,
    );
    const config = writeConfig(folder, '');
    const gateway = vitalgate(['start', '--config', config], {}, ['--import', blocker]);
    await gateway.until(/^ready$/m);
    const probe = async (path: string) => {
      const from = performance.now();
      const answer = await fetch(gateway.address('probes') + path);
      const text = await answer.text();
      return { status: answer.status, text, ms: performance.now() - from };
    };
    await probe('/livez');
    gateway.child.kill('SIGUSR2');
    await gateway.until(/^blocking$/m);

    const ready = await until(
      () => probe('/readyz'),
      ({ status }) => status !== 200,
    );
    const live = await probe('/livez');
    expect([ready.status, live.status]).toEqual([503, 200]);
    expect(ready.text).toMatch(/event_loop_blocked \d\.\d s/);
    expect(live.text).toMatch(/event_loop_blocked \d\.\d s/);
    const metrics = await probe('/metrics');
    expect(
      Number(/^vitalgate_event_loop_blocked_seconds (\S+)$/m.exec(metrics.text)?.[1]),
    ).toBeGreaterThan(1);
    for (const { ms } of [ready, live, metrics]) expect(ms).toBeLessThan(100);

    await gateway.until(/^unblocked$/m);
    await until(
      () => probe('/readyz'),
      ({ status }) => status === 200 || gateway.child.exitCode !== null,
    );
    expect(gateway.child.exitCode).toBeNull();
  });
});

describe('SIGTERM', () => {
  it('is not ready at once, lets a stream finish and exits 0', async () => {
    let finish = () => {};
    const upstream = await Upstream.start('only', (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chatEvents.slice(0, 2).join(''));
      finish = () => response.end(chatEvents.slice(2).join(''));
    });
    const folder = temporaryFolder();
    const config = writeConfig(
      folder,
      chatConfig('openai-chat', [upstream]).replace('idle: 1s', 'idle: 20s'),
    );
    const gateway = vitalgate(['start', '--config', config]);
    await gateway.until(/^ready$/m);
    const url = gateway.address('gateway');
    const answer = await post(url, '/v1/chat/completions', { model: 'chat', stream: true });
    gateway.child.kill('SIGTERM');
    await gateway.until(/^draining$/m);
    const ready = await fetch(`${gateway.address('probes')}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([
      503,
      expect.stringContaining('draining') as string,
    ]);
    expect((await fetch(`${gateway.address('probes')}/livez`)).status).toBe(200);
    finish();
    expect(await answer.text()).toBe(chatEvents.join(''));
    expect((await gateway.ended).code).toBe(0);
    expect(ledgerOf(join(folder, 'vitalgate.db'))).toMatchObject([
      { outcome: 'completed', output_tokens: 5 },
    ]);
  });

  it('MX2: takes calls until its balancers have seen that it is not ready, and then no more', async () => {
    const clock = new ShiftedClock();
    const upstream = await Upstream.start('only', answerWell);
    const server = 'server: { drainDelay: 1h, drainTimeout: 2h }';
    const config = chatConfig('openai-chat', [upstream], server);
    const gateway = await testGateway({ config, clock });
    const ask = () => post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    const stopped = gateway.stop({ isBalanced: true });
    const ready = await fetch(`${gateway.addresses.probes}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([
      503,
      expect.stringContaining('draining') as string,
    ]);
    for (let i = 0; i < 3; i += 1) expect((await ask()).status).toBe(200);
    expect(await statusOf(`${gateway.url}/health`)).toBe(503);
    clock.forward(3_600_000);
    await stopped;
    await expect(statusOf(`${gateway.url}/health`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(upstream.calls).toHaveLength(3);
  });

  it.each([
    ['SIGINT', 0],
    ['SIGTERM', 1],
  ] as const)(
    'MX2: is ended at once by a person, and by a second signal: %s',
    async (sent, code) => {
      const upstream = await Upstream.start('only', answerWell);
      const server = 'server: { drainDelay: 1h, drainTimeout: 2h }';
      const file = writeConfig(temporaryFolder(), chatConfig('openai-chat', [upstream], server));
      const gateway = vitalgate(['start', '--config', file]);
      await gateway.until(/^ready$/m);
      gateway.child.kill(sent);
      await gateway.until(/^draining$/m);
      if (sent === 'SIGTERM') {
        const url = gateway.address('gateway');
        expect((await post(url, '/v1/chat/completions', { model: 'chat' })).status).toBe(200);
        await until(
          () => gateway.child.kill(sent),
          () => gateway.child.exitCode !== null,
        );
      }
      expect((await gateway.ended).code).toBe(code);
    },
  );

  it('ends a stream that takes too long with an error, never as if it were whole', async () => {
    const upstream = await Upstream.start('only', (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chatEvents.slice(0, 2).join(''));
    });
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [upstream], 'server: { drainTimeout: 200ms }').replace(
        'idle: 1s',
        'idle: 20s',
      ),
    });
    const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat', stream: true });
    // The configuration that it began with is in use no more.
    await gateway.reload();
    await gateway.stop();
    const text = await answer.text();
    expect(text).toContain('"code":"draining"');
    expect(text).not.toContain('[DONE]');
    expect(ledgerOf(gateway.databasePath)).toMatchObject([{ outcome: 'failed' }]);
  });
});

describe('usage', () => {
  it.each([
    [
      'openai-chat',
      '/v1/chat/completions',
      false,
      { input_tokens: 7, cached_tokens: 2, output_tokens: 5, reasoning_tokens: 1 },
    ],
    [
      'openai-chat',
      '/v1/chat/completions',
      true,
      { input_tokens: 7, cached_tokens: null, output_tokens: 5, reasoning_tokens: null },
    ],
    [
      'anthropic',
      '/v1/messages',
      false,
      { input_tokens: 7, cached_tokens: 3, output_tokens: 5, reasoning_tokens: null },
    ],
    [
      'anthropic',
      '/v1/messages',
      true,
      { input_tokens: 7, cached_tokens: 3, output_tokens: 5, reasoning_tokens: null },
    ],
  ] as const)(
    '%s %s streamed %s is in the ledger, unknown as NULL',
    async (dialect, path, stream, usage) => {
      const upstream = await Upstream.start('only', answerWell);
      const gateway = await testGateway({ config: chatConfig(dialect, [upstream]) });
      const answer = await post(gateway.url, path, { model: 'chat', stream });
      await answer.text();
      await gateway.stop();
      expect(ledgerOf(gateway.databasePath)).toMatchObject([
        {
          id: answer.headers.get('x-request-id'),
          key_id: 'file:client',
          model: 'chat',
          provider: 'only',
          upstream_model: 'upstream-model',
          status: 200,
          outcome: 'completed',
          streamed: stream ? 1 : 0,
          ...usage,
        },
      ]);
    },
  );

  it('is found again by the operator, with every attempt', async () => {
    const first = await Upstream.start('first', (_r, response) => answerJson(response, 500, {}));
    const second = await Upstream.start('second', answerWell);
    const gateway = await testGateway({
      environment: { VITALGATE_ADMIN_TOKEN: ADMIN },
      config: chatConfig('openai-chat', [first, second]),
    });
    const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    await answer.text();
    const id = answer.headers.get('x-request-id') ?? '';
    const find = () =>
      fetch(`${gateway.addresses.admin}/api/requests/${id}`, {
        headers: { authorization: `Bearer ${ADMIN}` },
      });
    const receipt = await until(find, ({ status }) => status !== 404);
    expect(await receipt.json()).toMatchObject({
      id,
      attempts: [
        {
          target: 'first/upstream-model',
          credential: 'main',
          state: 'serving',
          reason: 'http_500',
        },
        { target: 'second/upstream-model', credential: 'main', state: 'serving', reason: 'ok' },
      ],
    });
  });
});

describe('a restart', () => {
  it('remembers who rests', async () => {
    const first = await Upstream.start('first', (_r, response) => answerJson(response, 500, {}));
    const second = await Upstream.start('second', answerWell);
    const folder = temporaryFolder();
    const config = chatConfig('openai-chat', [first, second], 'health: { rest: 1m, maxRest: 1m }');
    const before = await testGateway({ folder, config });
    for (let i = 0; i < 3; i += 1)
      await post(before.url, '/v1/chat/completions', { model: 'chat' });
    await before.stop();
    const after = await testGateway({ folder, config });
    const answer = await post(
      after.url,
      '/v1/chat/completions',
      { model: 'chat' },
      { 'x-api-key': KEY },
    );
    expect(answer.headers.get('x-vitalgate-attempts')).toBe('1');
    expect(first.calls).toHaveLength(3);
  });
});
