import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import {
  chatConfig,
  post,
  sharedGateway,
  temporaryFolder,
  testGateway,
  type TestGateway,
} from '../harness/gateway.ts';
import { listen } from '../health/servers.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const ADMIN = 'an-admin-token-of-32-characters-or-more';
const SECRET = 'sk-a-credential-that-nobody-may-see-again';
const environment = { VITALGATE_ADMIN_TOKEN: ADMIN };

let gateway: TestGateway;
let upstream: Upstream;
let other: Upstream;
let client: ApiClient;

beforeAll(async () => {
  upstream = await Upstream.shared('only', answerWell);
  other = await Upstream.shared('other', answerWell);
  gateway = await sharedGateway({ config: chatConfig('openai-chat', [upstream]), environment });
  client = createClient({ baseUrl: gateway.addresses.admin, token: ADMIN });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([upstream.close(), other.close()]);
});

const ask = async (model: string) => {
  const call = { model, messages: [{ role: 'user', content: 'hello' }] };
  const answer = await post(gateway.url, '/v1/chat/completions', call);
  await answer.text();
  return answer.status;
};

describe('what is made in the console', () => {
  it('serves at once, beside what the file has', async () => {
    const made = await client.call('POST /api/providers', {
      body: {
        name: 'mine',
        dialect: 'openai-chat',
        baseUrl: other.url,
        private: true,
        credentials: [{ name: 'main', value: SECRET }],
      },
    });
    expect(made).toMatchObject({
      managedBy: 'console',
      credentials: [{ name: 'main', hint: SECRET.slice(-4) }],
    });
    const targets = [{ provider: 'mine', model: 'm1' }];
    await client.call('POST /api/models', { body: { name: 'new', targets } });
    expect(await ask('new')).toBe(200);
    expect(other.calls.at(-1)?.headers.authorization).toBe(`Bearer ${SECRET}`);
    expect(await ask('chat')).toBe(200);
    expect(
      await client.call('POST /api/providers/{name}/test', { params: { name: 'mine' } }),
    ).toMatchObject({ ok: true });
  });

  it('D10: is tried through the outbound door, in a few seconds, and what it says is not passed on', async () => {
    let heard = 0;
    const canary = 'canary-of-a-page-inside';
    const inside = createServer((request, response) => {
      heard += 1;
      // One says too much, and the other nothing at all.
      if (request.url?.startsWith('/silent') === true) return;
      response.writeHead(500, { 'content-type': 'text/html' }).end(canary);
    });
    const url = `http://127.0.0.1:${await listen(inside)}`;
    const attempt = (more: object) =>
      client.call('POST /api/providers/test', {
        body: { dialect: 'openai-chat', baseUrl: url, credential: SECRET, ...more },
      });
    // Loopback is refused as it is written; in a form that hides it, when it would be dialled.
    const told = await Promise.allSettled([
      attempt({}),
      attempt({ baseUrl: url.replace('127.0.0.1', '[::ffff:7f00:1]') }),
      attempt({ baseUrl: 'http://169.254.169.254', private: true }),
    ]);
    expect(heard).toBe(0);
    for (const one of told) {
      const text = JSON.stringify(one.status === 'fulfilled' ? one.value : one.reason);
      expect(text).toMatch(/"ok":false|invalid_configuration/);
    }
    const failed = await attempt({ private: true });
    expect(failed).toMatchObject({ ok: false, message: expect.stringContaining('500') as string });
    expect(JSON.stringify(failed)).not.toContain(canary);
    expect(await attempt({ private: true, baseUrl: `${url}/silent` })).toMatchObject({ ok: false });
    expect(heard).toBe(2);
    expect(gateway.logged.join('')).not.toContain(SECRET);
  });

  it('never tells a credential again: not in answers, database, log, or history (K12, ML3)', async () => {
    const told = await Promise.all([
      client.call('GET /api/providers'),
      client.call('GET /api/configuration'),
      client.call('GET /api/configuration/versions/{number}', { params: { number: '1' } }),
      client.call('GET /api/audit'),
    ]);
    expect(JSON.stringify(told)).not.toContain(SECRET);
    expect(JSON.stringify(told)).not.toContain('credential-of-only');
    expect(gateway.logged.join('')).not.toContain(SECRET);
    const database = new DatabaseSync(gateway.databasePath, { readOnly: true });
    const rows = ['configurations', 'secrets', 'audit'].map((table) =>
      JSON.stringify(database.prepare(`SELECT * FROM ${table}`).all()),
    );
    database.close();
    expect(rows.join('')).not.toContain(SECRET);
    expect(rows[1]).toContain('providers/mine/main');
    // Nor does any file: the write-ahead log, the spool, what was temporary.
    const folder = dirname(gateway.databasePath);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
    expect(files.length).toBeGreaterThan(2);
    expect(files.join('')).not.toContain(SECRET);
    expect(statSync(`${gateway.databasePath}.key`).mode & 0o777).toBe(0o600);
  });

  it('loses its credential when it is given another host (MD8)', async () => {
    const params = { name: 'mine' };
    const before = await client.call('GET /api/providers/{name}', { params });
    const moved = await client.call('PATCH /api/providers/{name}', {
      params,
      body: { baseUrl: upstream.url },
      ifMatch: before.version,
    });
    expect(moved.credentials).toEqual([]);
    await expect(
      client.call('PATCH /api/providers/{name}', { params, body: {}, ifMatch: before.version }),
    ).rejects.toMatchObject({ code: 'version_changed' });
    await client.call('PUT /api/providers/{name}/credentials/{credential}', {
      params: { ...params, credential: 'second' },
      body: { value: 'another-credential-of-mine' },
    });
    expect(await ask('new')).toBe(200);
    expect(upstream.calls.at(-1)?.headers.authorization).toBe('Bearer another-credential-of-mine');
  });

  it('loses its credential when it becomes one of another dialect (MD8)', async () => {
    const params = { name: 'turned' };
    const made = await client.call('POST /api/providers', {
      body: {
        name: 'turned',
        dialect: 'openai-chat',
        baseUrl: upstream.url,
        private: true,
        credentials: [{ name: 'main', value: SECRET }],
      },
    });
    const same = await client.call('PATCH /api/providers/{name}', {
      params,
      body: { dialect: 'openai-chat', baseUrl: `${upstream.url}/v2` },
      ifMatch: made.version,
    });
    expect(same.credentials).toMatchObject([{ name: 'main' }]);
    const turned = await client.call('PATCH /api/providers/{name}', {
      params,
      body: { dialect: 'anthropic' },
      ifMatch: same.version,
    });
    expect(turned.credentials).toEqual([]);
    const { items } = await client.call('GET /api/audit');
    expect(JSON.stringify(items[0])).toContain('turned');
    await client.call('DELETE /api/providers/{name}', { params });
  });

  it('that is a mistake changes nothing, and the place is told', async () => {
    const before = await client.call('GET /api/configuration');
    const wrong = [
      'models: [{ name: chat, targets: [{ provider: only, model: x }] }]',
      'models:\n  - { name: m, targets: [{ provider: nobody, model: x }] }',
      'listen: { admin: 0.0.0.0:80 }',
      'providers: [{ name: p, dialect: openai-chat, baseUrl: "${VITALGATE_ADMIN_TOKEN}" }]',
      'providers: [{ name: p, dialect: anthropic, baseUrl: "https://a.example", credentials: [{ name: m, value: written-out }] }]',
      'providers: [{ name: p, dialect: anthropic, baseUrl: "https://a.example", credentials: [{ name: m, value: "${secret:none}" }] }]',
      'models: [',
    ];
    for (const text of wrong) {
      const { mistakes } = await client.call('POST /api/configuration/validate', {
        body: { text },
      });
      expect([text, mistakes.length > 0]).toEqual([text, true]);
      await expect(
        client.call('PUT /api/configuration', { body: { text }, ifMatch: before.version }),
      ).rejects.toMatchObject({ code: 'invalid_configuration', problem: { status: 400 } });
    }
    const [, second = ''] = wrong;
    const { mistakes } = await client.call('POST /api/configuration/validate', {
      body: { text: second },
    });
    expect(mistakes).toMatchObject([
      { line: 2, message: expect.stringContaining('nobody') as string },
    ]);
    expect(await client.call('GET /api/configuration')).toEqual(before);
    expect(await ask('new')).toBe(200);
  });

  it('names no file of this machine: whoever may write here need not read there', async () => {
    const before = await client.call('GET /api/configuration');
    const api = 'name: a, path: /a, upstreams: ["https://a.example"]';
    for (const text of [
      `apis: [{ ${api}, openapi: { document: /proc/self/environ } }]`,
      `apis: [{ ${api}, openapi: { document: "file:///etc/passwd" } }]`,
      `apis: [{ ${api}, formats: { upstream: protobuf, protobuf: { descriptors: /dev/zero, answer: a.B } } }]`,
      'providers: [{ name: p, dialect: anthropic, baseUrl: "https://a.example", tls: { ca: /dev/zero } }]',
      'providers: [{ name: p, dialect: openai-chat, local: { file: /etc/passwd } }]',
    ]) {
      const { mistakes } = await client.call('POST /api/configuration/validate', {
        body: { text },
      });
      expect(mistakes.map(({ message }) => message).join()).toContain('a file of this machine');
    }
    expect(await client.call('GET /api/configuration')).toEqual(before);
  });

  it('that cannot be used is taken back, and keeps nobody from the next change', async () => {
    const { text, number, version } = await client.call('GET /api/configuration');
    const unusable = `${text}\napis: [{ name: a, path: /a, upstreams: ["https://a.example"], formats: { upstream: json, offered: [xml], answer: "$$$(" } }]\n`;
    await expect(
      client.call('PUT /api/configuration', { body: { text: unusable }, ifMatch: version }),
    ).rejects.toMatchObject({ code: 'invalid_configuration' });
    const after = await client.call('GET /api/configuration');
    expect(after).toMatchObject({ text, number: number + 2 });
    await client.call('POST /api/teams', { body: { name: 'next' } });
    await client.call('DELETE /api/teams/{id}', { params: { id: 'next' } });
  });

  it('has versions, differences, and a way back', async () => {
    const { text, number, version } = await client.call('GET /api/configuration');
    const next = `# by hand\n${text.replace('name: new', 'name: newer')}`;
    const { differences } = await client.call('POST /api/configuration/validate', {
      body: { text: next },
    });
    expect(
      differences.map(({ path, kind }) => [path.split('.').slice(0, 2).join('.'), kind]),
    ).toEqual(
      expect.arrayContaining([
        ['models.new', 'removed'],
        ['models.newer', 'added'],
      ]),
    );
    const applied = await client.call('PUT /api/configuration', {
      body: { text: next, note: 'another name' },
      ifMatch: version,
    });
    expect(applied).toMatchObject({ number: number + 1, text: next });
    expect([await ask('new'), await ask('newer')]).toEqual([404, 200]);
    await expect(
      client.call('PUT /api/configuration', { body: { text }, ifMatch: version }),
    ).rejects.toMatchObject({ code: 'version_changed' });
    const { items } = await client.call('GET /api/configuration/versions');
    expect(items[0]).toMatchObject({ number: number + 1, note: 'another name' });
    await client.call('POST /api/configuration/versions/{number}/restore', {
      params: { number: String(number) },
    });
    expect([await ask('new'), await ask('newer')]).toEqual([200, 404]);
    expect(await client.call('GET /api/configuration/schema')).toMatchObject({ type: 'object' });
  });

  it('cannot touch what is in the file, or what is in use', async () => {
    const cases = [
      client.call('DELETE /api/models/{name}', { params: { name: 'chat' } }),
      client.call('DELETE /api/providers/{name}', { params: { name: 'only' } }),
      client.call('PUT /api/providers/{name}/credentials/{credential}', {
        params: { name: 'only', credential: 'main' },
        body: { value: 'x' },
      }),
    ];
    for (const one of cases) await expect(one).rejects.toMatchObject({ code: 'managed_by_file' });
    await expect(
      client.call('DELETE /api/providers/{name}', { params: { name: 'mine' } }),
    ).rejects.toMatchObject({ code: 'in_use' });
    await expect(
      client.call('POST /api/models', {
        body: { name: 'chat', targets: [{ provider: 'mine', model: 'x' }] },
      }),
    ).rejects.toMatchObject({ code: 'already_exists' });
  });

  it('has teams too, whose keys keep them', async () => {
    await client.call('POST /api/teams', {
      body: { name: 'green', limits: [{ cost: 5, per: 'day' }] },
    });
    const { key } = await client.call('POST /api/keys', { body: { name: 'k', team: 'green' } });
    const params = { id: 'green' };
    const team = await client.call('GET /api/teams/{id}', { params });
    expect(team).toMatchObject({ keys: 1, limits: [{ cost: 5, per: 'day' }] });
    await expect(client.call('DELETE /api/teams/{id}', { params })).rejects.toMatchObject({
      code: 'in_use',
    });
    await client.call('POST /api/keys/{id}/revoke', { params: { id: key.id } });
    await client.call('DELETE /api/teams/{id}', { params });
    expect((await client.call('GET /api/teams')).items).toEqual([]);
  });

  it('is kept over a reload of the file, and a file that goes against it is not taken up', async () => {
    const file = readFileSync(gateway.configFile, 'utf8');
    writeFileSync(gateway.configFile, file.replace('name: chat', 'name: new'));
    await gateway.reload();
    expect((await client.call('GET /api/configuration')).problem).toContain(
      'found the name "new" twice',
    );
    expect(await ask('chat')).toBe(200);
    writeFileSync(gateway.configFile, file);
    await gateway.reload();
    expect((await client.call('GET /api/configuration')).problem).toBeNull();
    expect(await ask('new')).toBe(200);
  });
});

describe('a restart', () => {
  it('brings it back, and refuses to go on with another key', async () => {
    const folder = temporaryFolder();
    const config = chatConfig('openai-chat', [upstream]);
    const before = await testGateway({ config, folder, environment });
    const first = createClient({ baseUrl: before.addresses.admin, token: ADMIN });
    await first.call('POST /api/providers', {
      body: {
        name: 'mine',
        dialect: 'anthropic',
        baseUrl: 'https://api.anthropic.com',
        credentials: [{ name: 'main', value: SECRET }],
      },
    });
    await before.stop();
    const after = await testGateway({ config, folder, environment });
    const second = createClient({ baseUrl: after.addresses.admin, token: ADMIN });
    expect((await second.call('GET /api/providers')).items.map(({ name }) => name)).toEqual([
      'only',
      'mine',
    ]);
    await after.stop();
    writeFileSync(`${after.databasePath}.key`, 'ab'.repeat(32));
    await expect(testGateway({ config, folder, environment })).rejects.toMatchObject({
      code: 'secrets_unreadable',
    });
  });
});
