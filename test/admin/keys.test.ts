import { writeFileSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { BrowserLike } from '../harness/browser-like.ts';
import { chatConfig, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const PASSWORD = 'seven small turtles swim';
const CARD = '4111 1111 1111 1111';
const GUARDRAIL = '  - { name: no-cards, detect: card, action: block, appliesTo: named }\n';

let upstream: Upstream;
let gateway: TestGateway;
let owner: ApiClient;
let member: ApiClient;

beforeAll(async () => {
  upstream = await Upstream.shared('only', answerWell);
  gateway = await sharedGateway({
    config: `${chatConfig('openai-chat', [upstream])}teams: [{ name: red }]
guardrails:
  - { name: no-mail, detect: email, action: flag, appliesTo: named }
${GUARDRAIL}`,
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  const { admin } = gateway.addresses;
  owner = createClient({ baseUrl: admin, token: TOKEN });
  const { link } = await owner.call('POST /api/users', {
    body: { email: 'mo@example.com', name: 'Mo', role: 'member', teams: ['red'] },
  });
  member = createClient({ baseUrl: admin, fetch: new BrowserLike(admin).fetch });
  const token = new URL(link).hash.replace('#token=', '');
  await member.call('POST /api/invitations/accept', { body: { token, password: PASSWORD } });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const ask = (secret: string, content: string, stream = false) =>
  post(
    gateway.url,
    '/v1/chat/completions',
    { model: 'chat', stream, messages: [{ role: 'user', content }] },
    { authorization: `Bearer ${secret}` },
  );

const receipts = (key: string, count: number) =>
  until(
    async () => (await owner.call('GET /api/requests', { query: { key } })).items,
    ({ length }) => length >= count,
  );

describe('the owner of a key', () => {
  it('is whom an operator names, and stands with its calls and costs', async () => {
    const body = { name: 'batch', owner: 'billing service', team: 'red' };
    const { key, secret } = await owner.call('POST /api/keys', { body });
    expect(key.owner).toBe('billing service');
    await (await ask(secret, 'hello')).text();
    expect((await receipts(key.id, 1))[0]).toMatchObject({ owner: 'billing service', team: 'red' });
    const { rows } = await owner.call('GET /api/usage', { query: { by: 'owner' } });
    expect(rows).toMatchObject([{ group: 'billing service', requests: 1 }]);
    const found = await owner.call('GET /api/keys', { query: { owner: 'billing service' } });
    expect(found.items.map(({ name }) => name)).toEqual(['batch']);
  });

  it('is the person who makes it, and a member makes it in no other name', async () => {
    const made = await member.call('POST /api/keys', { body: { name: 'own', team: 'red' } });
    expect(made.key.owner).toBe('mo@example.com');
    const others = { name: 'other', team: 'red', owner: 'ada@example.com' };
    await expect(member.call('POST /api/keys', { body: others })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const nobodys = { name: 'nobodys', team: 'red', owner: null };
    await expect(member.call('POST /api/keys', { body: nobodys })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const params = { id: made.key.id };
    const change = { params, ifMatch: made.key.version };
    await expect(
      member.call('PATCH /api/keys/{id}', { ...change, body: { owner: 'ada@example.com' } }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    const moved = await owner.call('PATCH /api/keys/{id}', {
      ...change,
      body: { owner: 'ada@example.com' },
    });
    expect(moved.owner).toBe('ada@example.com');
  });
});

describe('guardrails of a key that was made in the console', () => {
  it('hold for it alone, streamed or not, and are on the receipt', async () => {
    const made = await owner.call('POST /api/keys', {
      body: { name: 'guarded', guardrails: ['no-cards', 'no-mail'] },
    });
    const free = await owner.call('POST /api/keys', { body: { name: 'free' } });
    expect(made.key.guardrails).toEqual(['no-cards', 'no-mail']);
    for (const stream of [false, true]) {
      const refused = await ask(made.secret, `pay with ${CARD}`, stream);
      expect(refused.status).toBe(400);
      expect(codeOf((await refused.json()) as Refusal)).toBe('guardrail_blocked');
      const passed = await ask(free.secret, `pay with ${CARD}`, stream);
      await passed.text();
      expect(passed.status).toBe(200);
    }
    await (await ask(made.secret, 'mail bob@example.com')).text();
    const told = (await receipts(made.key.id, 3)).map(({ guardrails }) => guardrails.join(' '));
    expect(told.toSorted()).toEqual(['no-cards;blocked', 'no-cards;blocked', 'no-mail;flagged']);
    expect((await receipts(free.key.id, 2))[0]?.guardrails).toEqual([]);
  });

  it('are of the configuration, and a member takes none away', async () => {
    const unknown = { name: 'unknown', guardrails: ['nothing'] };
    await expect(owner.call('POST /api/keys', { body: unknown })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    const { key } = await owner.call('POST /api/keys', {
      body: { name: 'watched', team: 'red', guardrails: ['no-cards'] },
    });
    const change = { params: { id: key.id }, ifMatch: key.version };
    await expect(
      member.call('PATCH /api/keys/{id}', { ...change, body: { guardrails: [] } }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    const body = { guardrails: ['no-cards', 'no-mail'] };
    const more = await member.call('PATCH /api/keys/{id}', { ...change, body });
    expect(more.guardrails).toEqual(['no-cards', 'no-mail']);
  });

  it('refuse its calls once they are gone from the configuration', async () => {
    const { secret } = await owner.call('POST /api/keys', {
      body: { name: 'left', guardrails: ['no-cards'] },
    });
    expect((await ask(secret, 'hello')).status).toBe(200);
    const before = readFileSync(gateway.configFile, 'utf8');
    writeFileSync(gateway.configFile, before.replace(GUARDRAIL, ''));
    await gateway.reload();
    const refused = await ask(secret, 'hello');
    expect([refused.status, codeOf((await refused.json()) as Refusal)]).toEqual([
      400,
      'guardrail_blocked',
    ]);
  });
});

it('tells when each key was used last, and of one that was not, nothing', async () => {
  const made = async (name: string) => owner.call('POST /api/keys', { body: { name } });
  const [first, unused, second] = [await made('first'), await made('unused'), await made('second')];
  for (const { secret } of [first, second, first]) await (await ask(secret, 'hello')).text();
  const [last] = await receipts(first.key.id, 2);
  const [other] = await receipts(second.key.id, 1);
  const { items } = await owner.call('GET /api/keys');
  const lastUseOf = (id: string) => items.find((key) => key.id === id)?.lastUsedAt;
  expect(lastUseOf(first.key.id)).toBe(last?.at);
  expect(lastUseOf(second.key.id)).toBe(other?.at);
  expect(lastUseOf(unused.key.id)).toBeNull();
});
