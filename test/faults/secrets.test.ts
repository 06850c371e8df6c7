import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rawExchange } from '../apis/raw.ts';
import { post, temporaryFolder, testGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { listen } from '../health/servers.ts';

/** ML1, ML2: secrets that look like no known kind, driven through every way to fail. */
it('no canary is in a log, an answer, a metric, a health view or a file', async () => {
  const canary = (what: string) => `${what}${randomBytes(12).toString('hex')}`;
  const [client, wrong, credential, token] = ['c', 'w', 'p', 't'].map(canary) as [
    string,
    string,
    string,
    string,
  ];
  const admin = `${token}${randomBytes(8).toString('hex')}`;
  const key = randomBytes(32).toString('base64');
  const canaries = [client, wrong, credential, admin, key];
  const asked = `${canary('a')} of ada@example.com, 4111 1111 1111 1111`;

  // A provider that says what it was told, in every place there is, and fails in every way.
  let turn = 0;
  const upstream = await Upstream.start('only', ({ rawHeaders, body }, response) => {
    const told = `${rawHeaders.join(' ')} ${body.toString()}`;
    turn += 1;
    const status = [401, 400, 500, 200, 429][turn % 5] ?? 200;
    response.statusCode = status;
    response.setHeader('content-type', turn % 3 === 0 ? 'text/html' : 'application/json');
    response.setHeader('x-echo', rawHeaders.join(' '));
    response.end(
      status === 200 ? `{"broken": ${told}` : JSON.stringify({ error: { message: `no: ${told}` } }),
    );
  });
  const well = await Upstream.start('well', answerWell);
  const deaf = `http://127.0.0.1:${await listen(createServer((request) => request.socket.destroy()))}`;
  const folder = temporaryFolder();
  const gateway = await testGateway({
    folder,
    logLevel: 'trace',
    environment: { VITALGATE_ADMIN_TOKEN: admin, VITALGATE_SECRET_KEY: key },
    config: `providers:
  - { name: echo, dialect: openai-chat, baseUrl: "${upstream.url}", private: true, credentials: [{ name: main, value: ${credential} }] }
  - { name: deaf, dialect: anthropic, baseUrl: "${deaf}", private: true, credentials: [{ name: main, value: ${credential} }] }
  - { name: well, dialect: openai-chat, baseUrl: "${well.url}", private: true, credentials: [{ name: main, value: ${credential} }] }
models:
  - { name: well, targets: [{ provider: well, model: m }] }
  - { name: chat, targets: [{ provider: echo, model: m }, { provider: deaf, model: m }] }
keys:
  - { name: client, secret: ${client} }
`,
  });

  const said: string[] = [];
  const note = async (answer: Response) => {
    said.push(JSON.stringify([...answer.headers]), await answer.text());
  };
  for (const secret of [client, wrong]) {
    for (const stream of [true, false]) {
      for (const path of ['/v1/chat/completions', '/v1/messages', '/v1/embeddings', '/nowhere']) {
        for (const headers of [
          { authorization: `Bearer ${secret}` },
          { 'x-api-key': secret, 'anthropic-version': '2023-06-01' },
          { authorization: `Basic ${secret}` },
        ] as Record<string, string>[]) {
          const messages = [{ role: 'user', content: asked }];
          const body = { model: 'chat', stream, max_tokens: 5, messages, input: asked };
          await note(await post(gateway.url, path, body, headers));
        }
      }
    }
    await note(await fetch(`${gateway.url}/v1beta/models/${secret}:generateContent?key=${secret}`));
    await note(await post(gateway.url, '/v1/chat/completions', `{"model":"${'x'.repeat(9)}`));
    const twice = `Authorization: Bearer ${secret}\r\nAuthorization: Bearer ${secret}\r\n`;
    const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nConnection: close\r\n`;
    said.push((await rawExchange(gateway.url, `${head}${twice}\r\n`)).text);
    said.push((await rawExchange(gateway.url, `${head}X: ${secret}\0\r\n\r\n`)).text);
  }
  const messages = [{ role: 'user', content: asked }];
  const good = { model: 'well', messages, user: asked };
  await note(
    await post(gateway.url, '/v1/chat/completions', good, { authorization: `Bearer ${client}` }),
  );
  for (const bearer of [admin, wrong]) {
    const headers = { authorization: `Bearer ${bearer}` };
    for (const path of ['/api/overview', '/api/requests', '/api/targets', '/api/nowhere']) {
      await note(await fetch(gateway.addresses.admin + path, { headers }));
    }
    await note(await fetch(`${gateway.url}/health`, { headers }));
    await note(await fetch(`${gateway.url}/health/why/echo/m`, { headers }));
  }
  const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
  await gateway.reload();
  await gateway.stop();

  // Providers' words are in no file; the key that seals secrets is beside none of them.
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'vitalgate.yaml')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  const kept = [...gateway.logged, metrics, ...files].join('\n');
  const everything = `${kept}${said.join('\n')}`;
  expect(upstream.calls.length).toBeGreaterThan(3);
  // The log was told all it ever is.
  expect(gateway.logged.some((line) => line.includes('"level":20'))).toBe(true);
  expect(canaries.filter((one) => everything.includes(one))).toEqual([]);
  // A caller may be told its own words; they are kept nowhere unless that is meant.
  expect(asked.split(/ of |, /).filter((one) => kept.includes(one))).toEqual([]);
});

it('L07: what is kept on disk is for its owner alone', async () => {
  const folder = temporaryFolder();
  const gateway = await testGateway({ config: '', folder });
  expect(statSync(join(folder, 'spool')).mode & 0o077).toBe(0);
  expect(statSync(gateway.databasePath).mode & 0o077).toBe(0);
});

it('L07: says which files with secrets are not', async () => {
  const folder = temporaryFolder();
  const literal = 'keys: [{ name: client, secret: written-out-for-everybody }]';
  const first = await testGateway({
    config: 'keys: [{ name: client, secret: "${KEY}" }]',
    folder,
    environment: { KEY: 'a-key-of-the-environment' },
  });
  expect(first.logged.filter((line) => line.includes('chmod'))).toEqual([]);
  await first.stop();
  chmodSync(first.databasePath, 0o644);
  const { configFile, databasePath, logged } = await testGateway({ config: literal, folder });
  const warning = logged.find((line) => line.includes('chmod 600')) ?? '{}';
  expect((JSON.parse(warning) as { files?: string[] }).files).toEqual([configFile, databasePath]);
});
