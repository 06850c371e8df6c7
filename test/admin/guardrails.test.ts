import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';

/** Guardrails that are made, tried, changed and taken away by the admin API, and hold at once. */
const ADMIN = 'an-admin-token-of-32-characters-or-more';
const SECRET = 'a-secret-of-the-webhook';
const config = `providers: [{ name: toy, dialect: simulator }]
models:
  - { name: chat, targets: [{ provider: toy, model: toy-1 }] }
  - { name: other, targets: [{ provider: toy, model: toy-1 }] }
teams: [{ name: red }]
keys:
  - { name: plain, secret: key-of-plain }
  - { name: reds, secret: key-of-reds, team: red }
guardrails: [{ name: of-the-file, detect: iban, action: block }]
`;

let gateway: TestGateway;
let client: ApiClient;
let judge: Server;
const judged: (string | undefined)[] = [];

beforeAll(async () => {
  judge = createServer((request, response) => {
    judged.push(request.headers.authorization);
    request.resume().on('end', () => response.end('{"allow":false}'));
  });
  await new Promise<void>((resolve) => {
    judge.listen(0, '127.0.0.1', resolve);
  });
  gateway = await sharedGateway({ config, environment: { VITALGATE_ADMIN_TOKEN: ADMIN } });
  client = createClient({ baseUrl: gateway.addresses.admin, token: ADMIN });
});
afterAll(async () => {
  await gateway.stop();
  judge.close();
});

const ask = async (content: string, key = 'plain', model = 'chat') => {
  const call = { model, messages: [{ role: 'user', content }] };
  const headers = { authorization: `Bearer key-of-${key}` };
  const answer = await post(gateway.url, '/v1/chat/completions', call, headers);
  const body = (await answer.json()) as Refusal;
  return answer.status === 200 ? 'passed' : codeOf(body);
};
const add = (name: string, settings: Record<string, unknown>) =>
  client.call('POST /api/guardrails', { body: { name, settings } });
const remove = (name: string) => client.call('DELETE /api/guardrails/{name}', { params: { name } });
const attempt = (text: string, draft: Record<string, unknown>) =>
  client.call('POST /api/guardrails/try', { body: { text, draft } });

describe('a guardrail', () => {
  it('is made, holds at once, is changed, and is gone', async () => {
    expect(await ask('of Project Bluebird')).toBe('passed');
    const settings = { detect: [{ words: ['Bluebird'] }], action: 'block', on: ['request'] };
    const made = await add('birds', settings);
    expect(made).toMatchObject({ managedBy: 'console', action: 'block', settings });
    expect(await ask('of Project Bluebird')).toBe('guardrail_blocked');

    const params = { name: 'birds' };
    const body = { settings: { ...settings, detect: [{ words: ['Magpie'] }] } };
    const change = { params, body, ifMatch: made.version };
    const changed = await client.call('PATCH /api/guardrails/{name}', change);
    expect([await ask('of Project Bluebird'), await ask('of Magpie')]).toEqual([
      'passed',
      'guardrail_blocked',
    ]);
    // Somebody who has read the first one is told.
    await expect(client.call('PATCH /api/guardrails/{name}', change)).rejects.toMatchObject({
      code: 'version_changed',
    });
    expect(await client.call('GET /api/guardrails/{name}', { params })).toEqual(changed);
    await remove('birds');
    expect(await ask('of Magpie')).toBe('passed');
  });

  it('is made once, however often the same request comes, and takes no name that is taken', async () => {
    const body = { name: 'once', settings: { detect: 'card', action: 'flag' } };
    const once = { body, idempotencyKey: 'a-key-of-mine' };
    const first = await client.call('POST /api/guardrails', once);
    expect(await client.call('POST /api/guardrails', once)).toEqual(first);
    for (const name of ['once', 'of-the-file']) {
      await expect(add(name, body.settings)).rejects.toMatchObject({ code: 'already_exists' });
    }
    await remove('once');
  });

  it('of the file is shown, and changed there alone', async () => {
    const params = { name: 'of-the-file' };
    const { managedBy, version } = await client.call('GET /api/guardrails/{name}', { params });
    expect(managedBy).toBe('file');
    const body = { settings: { detect: 'card', action: 'flag' } };
    const refusal = { code: 'managed_by_file' };
    await expect(
      client.call('PATCH /api/guardrails/{name}', { params, body, ifMatch: version }),
    ).rejects.toMatchObject(refusal);
    await expect(remove('of-the-file')).rejects.toMatchObject(refusal);
  });

  it.each([
    [{ detect: [{ patterns: ['('] }], action: 'block' }, 'body.settings.detect.0.patterns.0'],
    [{ detect: 'injection', action: 'redact' }, 'body.settings.detect.0'],
    [{ detect: 'card' }, 'body.settings.action'],
    [{ detect: 'card', action: 'flag', colour: 'red' }, 'body.settings.colour'],
    [
      { detect: 'card', action: 'flag', appliesTo: { keys: ['plain', 'nobody'] } },
      'body.settings.appliesTo.keys.1',
    ],
    [{ detect: 'card', action: 'flag', appliesTo: { models: ['nothing'] } }, 'console'],
  ])('with a mistake is not made, and the place is named: %j', async (settings, place) => {
    const refused = await add('wrong', settings).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'invalid_configuration' });
    expect(refused).toMatchObject({ problem: { errors: [{ path: place }] } });
    const { items } = await client.call('GET /api/guardrails');
    expect(items.map(({ name }) => name)).toEqual(['of-the-file']);
  });

  it('keeps a text as it is, whatever it looks like', async () => {
    // Of the notation of the configuration, and of the attack on Log4j.
    const words = ['${jndi:ldap}', '${secret:providers/toy/main}', '$${x}', '${'];
    const made = await add('log4j', { detect: [{ words }], action: 'block' });
    expect(made.settings['detect']).toEqual([{ words }]);
    expect(await ask('see ${jndi:ldap} there')).toBe('guardrail_blocked');
    await remove('log4j');
  });
});

describe('where a guardrail holds', () => {
  it.each([
    [{ models: ['chat'] }, ['plain', 'chat'], ['plain', 'other']],
    [{ keys: ['plain'] }, ['plain', 'chat'], ['reds', 'chat']],
    [{ teams: ['red'] }, ['reds', 'other'], ['plain', 'other']],
  ])('is what it names: %j', async (appliesTo, guarded, free) => {
    await add('scoped', { detect: [{ words: ['Bluebird'] }], action: 'block', appliesTo });
    const [key, model] = guarded;
    expect(await ask('Bluebird', key, model)).toBe('guardrail_blocked');
    expect(await ask('Bluebird', ...free)).toBe('passed');
    await remove('scoped');
    expect(await ask('Bluebird', key, model)).toBe('passed');
  });

  it('is no way around it: a target by its own name, and a key of the store', async () => {
    const body = { name: 'made' };
    const { secret } = await client.call('POST /api/keys', { body });
    const appliesTo = { models: ['chat'], keys: ['made'] };
    await add('scoped', { detect: [{ words: ['Bluebird'] }], action: 'block', appliesTo });
    expect(await ask('Bluebird', 'plain', 'toy/toy-1')).toBe('guardrail_blocked');
    const call = { model: 'other', messages: [{ role: 'user', content: 'Bluebird' }] };
    const headers = { authorization: `Bearer ${secret}` };
    const refused = await post(gateway.url, '/v1/chat/completions', call, headers);
    expect(codeOf((await refused.json()) as Refusal)).toBe('guardrail_blocked');
    await remove('scoped');
  });

  it('is not taken away under a key that names it', async () => {
    await add('needed', { detect: 'card', action: 'block', appliesTo: 'named' });
    const body = { name: 'needs-it', guardrails: ['needed'] };
    const { key } = await client.call('POST /api/keys', { body });
    await expect(remove('needed')).rejects.toMatchObject({ code: 'in_use' });
    await client.call('POST /api/keys/{id}/revoke', { params: { id: key.id } });
    await remove('needed');
  });
});

describe('a draft', () => {
  it('is tried as it would be made, and not kept', async () => {
    const draft = { detect: [{ words: ['Bluebird'] }, 'email'], action: 'redact' };
    const tried = await attempt('Bluebird of bob@example.com', draft);
    expect(tried).toMatchObject({
      verdict: 'redact',
      findings: [{ detector: 'word' }, { detector: 'email' }],
      output: '[WORD] of [EMAIL]',
      untried: [],
    });
    expect(await ask('Bluebird of bob@example.com')).toBe('passed');
    await expect(attempt('x', { detect: 'nothing', action: 'block' })).rejects.toMatchObject({
      problem: { errors: [{ path: 'body.draft.detect.0' }] },
    });
  });

  it('asks nobody: what a text does not show is named', async () => {
    const detect = [{ webhook: { url: judgeUrl(), private: true } }, { tools: { deny: ['rm'] } }];
    const tried = await attempt('hello', { detect, action: 'block' });
    expect([tried.verdict, tried.untried]).toEqual(['pass', ['tools', 'webhook']]);
    expect(judged).toEqual([]);
  });
});

const judgeUrl = () => `http://127.0.0.1:${(judge.address() as AddressInfo).port}/judge`;

describe('the secret of a webhook', () => {
  it('goes in, is sent, is never told, and stays with the address it was written for', async () => {
    const webhook = { url: judgeUrl(), private: true };
    const settings = (hook: object) => ({ detect: [{ webhook: hook }], action: 'block' });
    const made = await add('judge', settings({ ...webhook, secret: SECRET }));
    expect(made.settings['detect']).toEqual([{ webhook }]);
    expect(await ask('hello')).toBe('guardrail_blocked');
    expect(judged.at(-1)).toBe(`Bearer ${SECRET}`);

    const params = { name: 'judge' };
    const change = (hook: object, ifMatch: string) =>
      client.call('PATCH /api/guardrails/{name}', {
        params,
        body: { settings: settings(hook) },
        ifMatch,
      });
    const longer = await change({ ...webhook, timeout: '2s' }, made.version);
    expect(await ask('hello')).toBe('guardrail_blocked');
    expect(judged.at(-1)).toBe(`Bearer ${SECRET}`);

    const told = [await client.call('GET /api/guardrails'), await client.call('GET /api/audit')];
    expect(JSON.stringify(told)).not.toContain(SECRET);
    expect(gateway.logged.join('')).not.toContain(SECRET);
    const database = new DatabaseSync(gateway.databasePath, { readOnly: true });
    const rows = ['configurations', 'secrets', 'audit'].map((table) =>
      JSON.stringify(database.prepare(`SELECT * FROM ${table}`).all()),
    );
    expect(rows.join('')).not.toContain(SECRET);

    // What changes in the secret alone is a change: who has not read it does not take it back.
    const other = await change(
      { ...webhook, timeout: '2s', secret: 'another-of-ours' },
      longer.version,
    );
    await expect(
      change({ ...webhook, timeout: '2s', secret: SECRET }, longer.version),
    ).rejects.toMatchObject({ code: 'version_changed' });
    expect(await ask('hello')).toBe('guardrail_blocked');
    expect(judged.at(-1)).toBe('Bearer another-of-ours');

    await change({ ...webhook, url: `${judgeUrl()}/of-another` }, other.version);
    expect(await ask('hello')).toBe('guardrail_blocked');
    expect(judged.at(-1)).toBeUndefined();
    expect(database.prepare('SELECT name FROM secrets').all()).toEqual([]);
    database.close();
    await remove('judge');
  });
});
