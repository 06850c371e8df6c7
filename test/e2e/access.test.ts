import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '@vitalgate/gateway';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  chatConfig,
  KEY,
  post,
  temporaryFolder,
  testGateway,
  writeConfig,
} from '../harness/gateway.ts';
import { routeTable } from '../../packages/gateway/src/server/routes.ts';
import { vitalgate } from '../harness/process.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

/** Every path there is, and the dialect its errors are told in. A new route is in here by itself. */
const routes = routeTable.map(({ method, path, dialect }) => ({
  method,
  path: path.replace('{model}', 'chat'),
  dialect: dialect ?? 'openai-chat',
}));

const credentials = [
  { name: 'no key', headers: {}, status: 401, code: 'missing_key' },
  {
    name: 'a wrong key',
    headers: { authorization: 'Bearer wrong' },
    status: 401,
    code: 'invalid_key',
  },
  ...[
    `' OR '1'='1' --`,
    `x'; DROP TABLE keys;--`,
    '%',
    '__proto__',
    'x'.repeat(7000),
    '\u00ff\u00fe\u00e9',
  ].map((secret) => ({
    name: `a wrong key that means harm (${secret.slice(0, 20)})`,
    headers: { authorization: `Bearer ${secret}` },
    status: 401,
    code: 'invalid_key',
  })),
  {
    name: 'a wrong key in x-api-key',
    headers: { 'x-api-key': 'wrong' },
    status: 401,
    code: 'invalid_key',
  },
  {
    name: 'an expired key',
    headers: { authorization: 'Bearer expired-key-1' },
    status: 401,
    code: 'invalid_key',
  },
  {
    name: 'a key from elsewhere',
    headers: { 'x-api-key': 'elsewhere-key-1' },
    status: 403,
    code: 'network_denied',
  },
  {
    name: 'two different keys',
    headers: { 'x-api-key': 'a', authorization: 'Bearer b' },
    status: 400,
    code: 'invalid_request',
  },
] as const;

/** Tests guess more often than anybody may. */
const MANY_TRIES = 'access: { wrongKeys: 1000000 }';

describe('every route × every credential', () => {
  let gateway: Gateway;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
    const configFile = writeConfig(
      folder,
      `${MANY_TRIES}
providers: [{ name: toy, dialect: simulator, baseUrl: "http://127.0.0.1:9", private: true }]
models: [{ name: chat, targets: [{ provider: toy, model: toy }] }]
keys:
  - { name: client, secret: ${KEY} }
  - { name: expired, secret: expired-key-1, expires: 2020-01-01 }
  - { name: elsewhere, secret: elsewhere-key-1, ips: [10.0.0.0/8] }
`,
    );
    gateway = await startGateway({ configFile, environment: {}, log: () => undefined });
  });
  afterAll(async () => {
    await gateway.stop();
    rmSync(folder, { recursive: true });
  });

  const matrix = routes.flatMap((route) => credentials.map((one) => ({ ...route, ...one })));

  it.each(matrix)(
    '$method $path with $name: $code',
    async ({ method, path, dialect, headers, status, code }) => {
      for (const stream of [true, false]) {
        const answer = await fetch(gateway.addresses.gateway + path, {
          method,
          headers: { 'content-type': 'application/json', ...headers },
          ...(method === 'POST' ? { body: JSON.stringify({ model: 'chat', stream }) } : {}),
        });
        const body = (await answer.json()) as Refusal;
        expect(answer.status).toBe(status);
        expect(codeOf(body)).toBe(code);
        expect(body.type).toBe(dialect === 'anthropic' ? 'error' : undefined);
        expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
    },
  );

  it.each(routes)('$path refuses other methods', async ({ path, method }) => {
    for (const other of ['PUT', 'DELETE', 'PATCH', method === 'POST' ? 'GET' : 'POST']) {
      const answer = await fetch(gateway.addresses.gateway + path, { method: other });
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe(method);
    }
  });

  it.each(routes)('$path takes a key in its query where Gemini speaks', async (route) => {
    const { method, path, dialect } = route;
    const answer = await fetch(`${gateway.addresses.gateway}${path}?key=${KEY}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'POST' ? { body: '{}' } : {}),
    });
    await answer.text();
    // What is asked is wrong, where anything is; who asks is known.
    if (dialect === 'gemini') expect(answer.status).not.toBe(401);
    else expect(answer.status).toBe(401);
  });
});

describe('keys', () => {
  it('may be bound to models', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: chatConfig(
        'openai-chat',
        [upstream],
        '  - { name: bound, secret: bound-key-1, models: [chat] }\n',
      ).replace(
        'models:\n',
        'models:\n  - { name: other, targets: [{ provider: only, model: x }] }\n',
      ),
    });
    const headers = { authorization: 'Bearer bound-key-1' };
    expect(
      (await post(gateway.url, '/v1/chat/completions', { model: 'chat' }, headers)).status,
    ).toBe(200);
    for (const model of ['other', 'only/upstream-model', 'nothing']) {
      const refused = await post(gateway.url, '/v1/chat/completions', { model }, headers);
      expect(await refused.json()).toMatchObject({ error: { code: 'model_denied' } });
    }
    const listed = await fetch(`${gateway.url}/v1/models`, { headers });
    expect(await listed.json()).toMatchObject({ data: [{ id: 'chat' }] });
    expect(upstream.calls).toHaveLength(1);
  });

  it('are made, listed and revoked beside a running gateway', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const folder = temporaryFolder();
    const text = chatConfig('openai-chat', [upstream], MANY_TRIES);
    const gateway = await testGateway({ folder, config: text });
    const config = ['--config', gateway.configFile];
    const lost = await vitalgate(['keys', 'create', 'lost', '--team', 'nobody', ...config]).ended;
    expect(lost).toMatchObject({ code: 2, stdout: '' });
    expect(lost.stderr).toContain('found --team nobody, expected a team of the configuration');
    const made = await vitalgate(['keys', 'create', 'extra', '--json', ...config]).ended;
    const { secret } = JSON.parse(made.stdout) as { secret: string };

    const status = async () =>
      (
        await post(
          gateway.url,
          '/v1/chat/completions',
          { model: 'chat' },
          { authorization: `Bearer ${secret}` },
        )
      ).status;
    const isSoon = async (wanted: number) => {
      const from = performance.now();
      await until(status, (told) => told === wanted);
      expect(performance.now() - from).toBeLessThan(5000);
    };
    await isSoon(200);
    const listed = await vitalgate(['keys', 'list', ...config]).ended;
    expect(listed.stdout).toMatch(/^extra\s+vg_/m);
    expect(listed.stdout).not.toContain(secret);

    expect((await vitalgate(['keys', 'revoke', 'extra', ...config]).ended).code).toBe(0);
    await isSoon(401);
    const again = await vitalgate(['keys', 'revoke', 'extra', ...config]).ended;
    expect([again.code, again.stderr]).toEqual([
      2,
      'there is no key "extra" to revoke; see vitalgate keys list\n',
    ]);
  });

  it('are made with limits and rotated on the command line, the old secret working on', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [upstream], MANY_TRIES),
    });
    const keys = async (...words: readonly string[]) => {
      const all = ['keys', ...words, '--json', '--config', gateway.configFile];
      const { code, stdout, stderr } = await vitalgate(all).ended;
      return {
        code,
        stderr,
        told: code === 0 ? (JSON.parse(stdout) as { secret: string }) : undefined,
      };
    };
    const bad = await keys('create', 'bad', '--requests', 'many');
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('limits')]);
    const made = await keys('create', 'ci', '--requests', '2/1h', '--models', 'chat');
    expect(made.told).toMatchObject({ models: ['chat'], limits: [{ requests: 2, per: '1h' }] });
    const turned = await keys('rotate', 'ci', '--grace', '1h');
    const secrets = [made.told?.secret ?? '', turned.told?.secret ?? ''];
    expect(new Set(secrets).size).toBe(2);
    const ask = async (secret = '') => {
      const headers = { authorization: `Bearer ${secret}` };
      return (await post(gateway.url, '/v1/chat/completions', { model: 'chat' }, headers)).status;
    };
    // The gateway looks into the store every second.
    await until(
      () => ask(secrets[1]),
      (status) => status !== 401,
    );
    // One key with two secrets, and what it may use is what both have used.
    expect([await ask(secrets[0]), await ask(secrets[1])]).toEqual([200, 429]);
  });
});

describe('networks', () => {
  it('deny before they allow, and see through trusted proxies only', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const start = (access: string) =>
      testGateway({ config: chatConfig('openai-chat', [upstream], `access: ${access}\n`) });
    const call = (url: string, forwarded?: string) =>
      post(
        url,
        '/v1/chat/completions',
        { model: 'chat' },
        {
          authorization: `Bearer ${KEY}`,
          ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
        },
      );

    const denying = await start('{ deny: [127.0.0.0/8] }');
    expect(await (await call(denying.url)).json()).toMatchObject({
      error: { code: 'network_denied' },
    });

    const allowing = await start('{ allow: [10.0.0.0/8] }');
    expect((await call(allowing.url)).status).toBe(403);
    // Nobody is trusted, so nobody's word counts.
    expect((await call(allowing.url, '10.1.2.3')).status).toBe(403);

    const behind = await start(
      '{ allow: [10.0.0.0/8], trustedProxies: [127.0.0.1, 192.168.0.0/16] }',
    );
    expect((await call(behind.url, '10.1.2.3')).status).toBe(200);
    expect((await call(behind.url, '10.1.2.3, 192.168.1.1')).status).toBe(200);
    expect((await call(behind.url, '10.1.2.3, 8.8.8.8')).status).toBe(403);
    expect((await call(behind.url, '::ffff:10.1.2.3')).status).toBe(200);
    expect((await call(behind.url, 'nonsense')).status).toBe(400);
  });
});

describe('a caller that leaves', () => {
  const leave = async (stream: boolean, early: boolean) => {
    const upstream = await Upstream.start('only', (_received, response) => {
      if (early) return;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"delta":{"content":"hi"}}]}\n\n');
    });
    const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
    const controller = new AbortController();
    const next = upstream.nextCall();
    const call = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      signal: controller.signal,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ model: 'chat', stream }),
    });
    const received = await next;
    if (!early) await (await call).body?.getReader().read();
    const gone = call.then((answer) => answer.text()).catch(() => 'gone');
    controller.abort();
    await received.left;
    await gone;
    await gateway.stop();
    return gateway;
  };

  it.each([
    [true, true, 0],
    [true, false, 1],
    [false, true, 0],
  ])(
    'streamed %s, before the first byte %s: the provider is let go, the ledger knows',
    async (stream, early, events) => {
      const { databasePath } = await leave(stream, early);
      const { ledgerOf } = await import('../harness/gateway.ts');
      expect(ledgerOf(databasePath)).toMatchObject([
        {
          outcome: 'abandoned',
          reason: 'caller_left',
          attempts: 1,
          // Nobody told them, and the provider will have its money all the same.
          input_tokens: Math.ceil(JSON.stringify({ model: 'chat', stream }).length / 3),
          output_tokens: events,
          is_estimated: 1,
        },
      ]);
    },
  );
});

describe('slow callers', () => {
  it('are answered 408 and closed', async () => {
    const { connect } = await import('node:net');
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: chatConfig(
        'openai-chat',
        [upstream],
        'server: { headerTimeout: 1s, bodyTimeout: 1s }',
      ),
    });
    const { port } = new URL(gateway.url);
    const say = async (text: string) => {
      const socket = connect(Number(port), '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      socket.write(text);
      await once(socket, 'close');
      return answer;
    };
    const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\n`;
    expect(await say(head)).toMatch(/^HTTP\/1\.1 408 /);
    const body = 'Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"model":';
    expect(await say(head + body)).toMatch(/^HTTP\/1\.1 408 [\s\S]*request_timeout/);
    expect(upstream.calls).toHaveLength(0);
  });
});
