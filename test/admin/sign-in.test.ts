import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { BrowserLike } from '../harness/browser-like.ts';
import {
  sharedGateway,
  temporaryFolder,
  testGateway,
  type TestGateway,
} from '../harness/gateway.ts';
import { changeStore } from '../harness/change-store.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';

const EMAIL = 'owner@example.com';
const PASSWORD = 'seven small turtles swim';
const config = `providers: [{ name: toy, dialect: simulator }]
models: [{ name: chat, targets: [{ provider: toy, model: toy-1 }] }]
`;

interface Page extends ApiClient {
  readonly browser: BrowserLike;
}

function pageOf({ addresses }: Pick<TestGateway, 'addresses'>): Page {
  const browser = new BrowserLike(addresses.admin);
  return { browser, ...createClient({ baseUrl: addresses.admin, fetch: browser.fetch }) };
}

const tokenOf = (gateway: TestGateway) =>
  new URL(gateway.setUpLink ?? '').searchParams.get('token') ?? '';

async function setUp(gateway: TestGateway): Promise<Page> {
  const page = pageOf(gateway);
  const body = { token: tokenOf(gateway), name: 'Ada', email: EMAIL, password: PASSWORD };
  await page.call('POST /api/setup', { body });
  return page;
}

const signIn = ({ call }: Page, email = EMAIL, password = PASSWORD) =>
  call('POST /api/session', { body: { email, password } });

describe('the first owner', () => {
  it('comes by the link, once, with a password that is not on lists', async () => {
    const gateway = await testGateway({ config });
    const page = pageOf(gateway);
    expect(await page.call('GET /api/setup')).toMatchObject({ needed: true });
    const body = { token: tokenOf(gateway), name: 'Ada', email: 'Owner@Example.com' };
    for (const password of ['short', 'password1234', 'aaaaaaaaaaaaaa', 'vitalgate-vitalgate']) {
      await expect(
        page.call('POST /api/setup', { body: { ...body, password } }),
      ).rejects.toMatchObject({
        code: 'invalid_request',
        problem: { errors: [{ path: 'body.password' }] },
      });
    }
    const wrong = { ...body, token: 'x'.repeat(43), password: PASSWORD };
    await expect(page.call('POST /api/setup', { body: wrong })).rejects.toMatchObject({
      code: 'link_invalid',
    });
    const right = { ...body, password: PASSWORD };
    const session = await page.call('POST /api/setup', { body: right });
    expect(session).toMatchObject({ kind: 'user', role: 'owner', name: 'Ada', email: EMAIL });
    expect(await page.call('GET /api/setup')).toMatchObject({ needed: false });
    await expect(pageOf(gateway).call('POST /api/setup', { body: right })).rejects.toMatchObject({
      code: 'link_invalid',
    });

    // Neither password nor cookie is anywhere but where it has to be.
    await gateway.stop();
    const database = new DatabaseSync(gateway.databasePath, { readOnly: true });
    const user = database.prepare('SELECT * FROM users').get() as { password: string };
    expect(user.password).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const everything = ['users', 'sessions', 'audit'].map((table) =>
      JSON.stringify(database.prepare(`SELECT * FROM ${table}`).all()),
    );
    database.close();
    const cookie = page.browser.cookie?.split('=')[1] ?? 'none';
    for (const text of [...everything, ...gateway.logged]) {
      expect(text).not.toContain(PASSWORD);
      expect(text).not.toContain(cookie);
      expect(text).not.toContain(right.token);
    }
  });
});

describe('an owner’s token from the environment', () => {
  it('makes the first user where no link was printed, and no second one', async () => {
    const token = 'an-admin-token-of-32-characters-or-more';
    const gateway = await testGateway({ config, environment: { VITALGATE_ADMIN_TOKEN: token } });
    expect(gateway.setUpLink).toBeUndefined();
    const body = { token, name: 'Ada', email: EMAIL, password: PASSWORD };
    const page = pageOf(gateway);
    await expect(
      page.call('POST /api/setup', { body: { ...body, token: `${token}!` } }),
    ).rejects.toMatchObject({ code: 'link_invalid' });
    expect(await page.call('POST /api/setup', { body })).toMatchObject({ role: 'owner' });
    await expect(
      page.call('POST /api/setup', { body: { ...body, email: 'eve@example.com' } }),
    ).rejects.toMatchObject({ code: 'link_invalid' });
  });
});

describe('a session', () => {
  let gateway: TestGateway;
  let owner: Page;

  beforeAll(async () => {
    gateway = await sharedGateway({
      config: `${config}access: { trustedProxies: [127.0.0.1] }\n`,
    });
    owner = await setUp(gateway);
  });
  afterAll(() => gateway.stop());

  it('is a cookie that no script, site or path can take (MK1)', async () => {
    const page = pageOf(gateway);
    await signIn(page);
    expect(page.browser.cookie).toMatch(/^vitalgate=[\w-]{43}$/);
    expect(page.browser.attributes).toBe('Path=/; HttpOnly; SameSite=Strict; Max-Age=43200');

    const tls = await page.browser.fetch(`${gateway.addresses.admin}/api/session`, {
      method: 'POST',
      headers: { 'x-forwarded-proto': 'https', 'content-type': 'application/json' },
      body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
    });
    expect(tls.status).toBe(200);
    expect(page.browser.cookie).toMatch(/^__Host-vitalgate=/);
    expect(page.browser.attributes).toMatch(/; Secure$/);
    const seen = (proto: string) =>
      page.browser.fetch(`${gateway.addresses.admin}/api/session`, {
        headers: { 'x-forwarded-proto': proto },
      });
    expect((await seen('https')).status).toBe(200);
    // The secure cookie is not one on a plain connection.
    expect((await seen('http')).status).toBe(401);
  });

  it('is another one after each sign-in and password change, and the old one is dead (MK2)', async () => {
    const page = pageOf(gateway);
    await signIn(page);
    const first = page.browser.cookie;
    await signIn(page);
    expect(page.browser.cookie).not.toBe(first);

    const other = pageOf(gateway);
    await signIn(other);
    const before = page.browser.cookie ?? '';
    const change = { current: PASSWORD, password: `${PASSWORD} now` };
    await expect(
      page.call('POST /api/me/password', { body: { ...change, current: 'not my password' } }),
    ).rejects.toMatchObject({ code: 'sign_in_failed' });
    await page.call('POST /api/me/password', { body: change });
    expect(page.browser.cookie).not.toBe(before);
    for (const cookie of [first, before, other.browser.cookie]) {
      const answer = await fetch(`${gateway.addresses.admin}/api/session`, {
        headers: { cookie: cookie ?? '' },
      });
      expect(answer.status).toBe(401);
    }
    await page.call('POST /api/me/password', {
      body: { current: `${PASSWORD} now`, password: PASSWORD },
    });
    owner.browser.cookie = page.browser.cookie;
  });

  it('changes nothing on behalf of other sites (MK3)', async () => {
    const cookie = owner.browser.cookie ?? '';
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      {},
    ];
    for (const headers of foreign) {
      const answer = await fetch(`${gateway.addresses.admin}/api/sessions`, {
        method: 'DELETE',
        headers: { cookie, ...headers },
      });
      expect(await answer.json()).toMatchObject({ code: 'cross_site' });
    }
    expect((await owner.call('GET /api/session')).email).toBe(EMAIL);
  });

  it('ends when one signs out: here, elsewhere, everywhere (MK4)', async () => {
    const [here, there, third] = [pageOf(gateway), pageOf(gateway), pageOf(gateway)];
    for (const page of [here, there, third]) await signIn(page);
    const { items } = await here.call('GET /api/sessions');
    expect(items.filter(({ current }) => current)).toHaveLength(1);
    const thirds = (await third.call('GET /api/sessions')).items.find(({ current }) => current);
    await here.call('DELETE /api/sessions/{id}', { params: { id: thirds?.id ?? '' } });
    await expect(third.call('GET /api/session')).rejects.toMatchObject({ code: 'not_signed_in' });
    const kept = here.browser.cookie;
    await here.call('DELETE /api/session');
    expect(here.browser.cookie).toBeUndefined();
    here.browser.cookie = kept;
    await expect(here.call('GET /api/session')).rejects.toMatchObject({ code: 'not_signed_in' });
    await there.call('DELETE /api/sessions');
    await expect(owner.call('GET /api/session')).rejects.toMatchObject({ code: 'not_signed_in' });
    await signIn(owner);
  });

  it('is dead for whoever is disabled, gets another role, or is signed out by an owner (MK4)', async () => {
    const body = { email: 'op@example.com', name: 'Operator', role: 'operator' } as const;
    const { user, link } = await owner.call('POST /api/users', { body });
    const token = new URL(link).hash.replace('#token=', '');
    const page = pageOf(gateway);
    await expect(
      page.call('POST /api/invitations/accept', { body: { token, password: 'op@example.com' } }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
    const accept = { token, password: 'eleven calm herons' };
    await page.call('POST /api/invitations/accept', { body: accept });
    // Single use (K10).
    await expect(
      pageOf(gateway).call('POST /api/invitations/accept', { body: accept }),
    ).rejects.toMatchObject({ code: 'link_invalid' });

    const params = { id: user.id };
    const change = async (body: object) => {
      const { version } = await owner.call('GET /api/users/{id}', { params });
      return owner.call('PATCH /api/users/{id}', { params, body, ifMatch: version });
    };
    const isIn = () =>
      page.call('GET /api/session').then(
        ({ role }) => role,
        (error: { code: string }) => error.code,
      );
    expect(await isIn()).toBe('operator');
    await change({ role: 'viewer' });
    expect(await isIn()).toBe('not_signed_in');
    await signIn(page, body.email, accept.password);
    expect(await isIn()).toBe('viewer');
    await owner.call('DELETE /api/users/{id}/sessions', { params });
    expect(await isIn()).toBe('not_signed_in');
    await signIn(page, body.email, accept.password);
    await change({ disabled: true });
    expect(await isIn()).toBe('not_signed_in');
    await expect(signIn(page, body.email, accept.password)).rejects.toMatchObject({
      code: 'sign_in_failed',
    });
    // MK8: what was read before is not what is changed.
    await expect(
      owner.call('PATCH /api/users/{id}', { params, body: { name: 'x' }, ifMatch: '1' }),
    ).rejects.toMatchObject({ problem: { status: 412, code: 'version_changed' } });
  });

  it('leaves an owner: the last one cannot go', async () => {
    const { id } = await owner.call('GET /api/session');
    const { version } = await owner.call('GET /api/users/{id}', { params: { id } });
    for (const body of [{ disabled: true }, { role: 'viewer' as const }]) {
      await expect(
        owner.call('PATCH /api/users/{id}', { params: { id }, body, ifMatch: version }),
      ).rejects.toMatchObject({ code: 'in_use' });
    }
    await expect(owner.call('DELETE /api/users/{id}', { params: { id } })).rejects.toMatchObject({
      code: 'in_use',
    });
  });

  it('and a token for automation: bound to scopes, shown once, refused once revoked', async () => {
    const body = { name: 'ci', role: 'operator', scopes: ['targets:read'] } as const;
    const made = await owner.call('POST /api/admin-tokens', {
      body: { ...body, scopes: [...body.scopes] },
    });
    const client = createClient({ baseUrl: gateway.addresses.admin, token: made.secret });
    expect((await client.call('GET /api/targets')).items).toHaveLength(1);
    const id = 'toy/toy-1';
    await expect(
      client.call('POST /api/targets/{id}/drain', { params: { id } }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    await expect(client.call('GET /api/requests')).rejects.toMatchObject({ code: 'forbidden' });
    const listed = await owner.call('GET /api/admin-tokens');
    expect(JSON.stringify(listed)).not.toContain(made.secret);
    expect(listed.items).toMatchObject([{ name: 'ci', createdBy: 'Ada' }]);
    await owner.call('DELETE /api/admin-tokens/{id}', { params: { id: made.token.id } });
    await expect(client.call('GET /api/targets')).rejects.toMatchObject({ code: 'not_signed_in' });
  });

  it('writes down who did what, and the chain holds (K16)', async () => {
    const body = { name: 'audited', role: 'viewer' as const };
    await owner.call('POST /api/admin-tokens', { body });
    await expect(signIn(pageOf(gateway), EMAIL, 'a wrong password')).rejects.toMatchObject({
      code: 'sign_in_failed',
    });
    const { items } = await owner.call('GET /api/audit');
    expect(items.slice(0, 2)).toMatchObject([
      { action: 'POST /api/session', actor: { kind: 'anonymous' }, status: 401 },
      {
        action: 'POST /api/admin-tokens',
        actor: { kind: 'user', name: 'Ada' },
        address: '127.0.0.1',
        status: 201,
        details: body,
      },
    ]);
    expect(JSON.stringify(items)).not.toContain(PASSWORD);
    expect(await owner.call('GET /api/audit/verify')).toMatchObject({ ok: true, brokenAt: null });
    const call = (actor: string) =>
      changeStore(gateway.databasePath, (database) =>
        database.exec(`UPDATE audit SET actor_name = '${actor}' WHERE sequence = 3`),
      );
    await call('Eve');
    expect(await owner.call('GET /api/audit/verify')).toMatchObject({ ok: false, brokenAt: 3 });
    await call('Ada');
  });
});

describe('a restart', () => {
  it('ends no session, and brings none back that was ended (MK4)', async () => {
    const folder = temporaryFolder();
    const before = await testGateway({ config, folder });
    const kept = await setUp(before);
    const ended = pageOf(before);
    await signIn(ended);
    const cookie = ended.browser.cookie ?? '';
    await ended.call('DELETE /api/session');
    await before.stop();
    const after = await testGateway({ config, folder });
    const status = async (of: string) =>
      (await fetch(`${after.addresses.admin}/api/session`, { headers: { cookie: of } })).status;
    expect(await status(kept.browser.cookie ?? '')).toBe(200);
    expect(await status(cookie)).toBe(401);
    expect(after.setUpLink).toBeUndefined();
  });
});

describe('guessing', () => {
  it('is slowed down for the guesser alone, and tells not who exists (MK5)', async () => {
    const clock = new ShiftedClock();
    const gateway = await testGateway({
      clock,
      config: `${config}access: { trustedProxies: [127.0.0.1] }\n`,
    });
    await setUp(gateway);
    const attempt = async (address: string, email: string, password: string) => {
      const answer = await fetch(`${gateway.addresses.admin}/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ email, password }),
      });
      const { code, detail } = (await answer.json()) as { code?: string; detail?: string };
      return [answer.status, code, detail];
    };
    const wrong = [401, 'sign_in_failed', 'e-mail or password is not right'];
    for (let i = 0; i < 5; i += 1) {
      expect(await attempt('10.0.0.1', EMAIL, 'not it, not it')).toEqual(wrong);
      expect(await attempt('10.0.0.1', 'nobody@example.com', 'not it, not it')).toEqual(wrong);
    }
    // Right or wrong, known or unknown: whoever guessed has to wait.
    for (const email of [EMAIL, 'nobody@example.com']) {
      const [status, code] = await attempt('10.0.0.1', email, PASSWORD);
      expect([status, code]).toEqual([429, 'too_many_attempts']);
    }
    // The owner, elsewhere, does not.
    expect((await attempt('10.9.9.9', EMAIL, PASSWORD))[0]).toBe(200);
    clock.forward(5000);
    expect((await attempt('10.0.0.1', EMAIL, PASSWORD))[0]).toBe(200);
  });

  it('gets nowhere by asking many at once', async () => {
    const clock = new ShiftedClock();
    const gateway = await testGateway({ config, clock });
    const page = await setUp(gateway);
    // Who waits a second may try again, and a slow machine takes longer for twenty passwords.
    clock.stop();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        signIn(page, EMAIL, 'not it, not it').catch((e: { code: string }) => e.code),
      ),
    );
    expect(answers.filter((code) => code === 'sign_in_failed')).toHaveLength(5);
  });
});

describe('a session that nobody uses', () => {
  it('ends after half an hour, and any after half a day (K14)', async () => {
    const clock = new ShiftedClock();
    const gateway = await testGateway({ config, clock });
    const page = await setUp(gateway);
    const isIn = () =>
      page.call('GET /api/session').then(
        () => true,
        () => false,
      );
    const minutes = (count: number) => clock.forward(count * 60_000);
    minutes(31);
    expect(await isIn()).toBe(false);
    await signIn(page);
    for (let i = 0; i < 25; i += 1) {
      minutes(29);
      if (i < 24) expect([i, await isIn()]).toEqual([i, true]);
    }
    expect(await isIn()).toBe(false);
  });
});
