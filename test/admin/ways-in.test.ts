/** MK7: whichever way somebody comes in, the same is asked of them. */
import { createServer } from 'node:http';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints, type Endpoint, type EndpointKey } from '@vitalgate/contract/api';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { BrowserLike } from '../harness/browser-like.ts';
import { sharedGateway, type TestGateway } from '../harness/gateway.ts';

const PASSWORD = 'seven small turtles swim';
const WRONG = 'not it, not it';
const OWNER = 'owner@example.com';
const WRONG_TOKENS = 30;
/** More wrong ones than any way lets pass without a wait. */
const MANY = WRONG_TOKENS + 5;

let gateway: TestGateway;
let admin: string;
let owner: ApiClient;
let setUpToken: string;
const cookies: string[] = [];
/** A provider for single sign-on that knows nobody. */
const provider = createServer((request, response) => {
  const issuer = `http://${request.headers.host}`;
  const isDiscovery = request.url?.includes('openid-configuration') === true;
  response.writeHead(isDiscovery ? 200 : 400, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify(
      isDiscovery
        ? {
            issuer,
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            jwks_uri: `${issuer}/keys`,
            response_types_supported: ['code'],
          }
        : { error: 'invalid_grant' },
    ),
  );
});

const send = (
  method: string,
  path: string,
  address: string,
  body?: object,
  headers: Record<string, string> = {},
) =>
  fetch(admin + path, {
    method,
    redirect: 'manual',
    headers: {
      'x-forwarded-for': address,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

type Headers = Record<string, string>;

interface Way {
  readonly name: string;
  /** What it comes by; undefined for what is no endpoint of the API. */
  readonly key: EndpointKey | undefined;
  /** One attempt with what is not right. */
  readonly guess: (address: string, headers?: Headers) => Promise<Response>;
  /** A guess can be made on behalf of somebody by a page of another site. */
  readonly isForged: boolean;
}

const posted = (name: string, key: EndpointKey, path: string, body: () => object): Way => ({
  name,
  key,
  guess: (address, headers) => send('POST', path, address, body(), headers),
  isForged: true,
});

const ways: readonly Way[] = [
  posted('a password', 'POST /api/session', '/api/session', () => ({
    email: OWNER,
    password: WRONG,
  })),
  posted('a code of an authenticator', 'POST /api/session', '/api/session', () => ({
    email: 'coded@example.com',
    password: PASSWORD,
    code: '000000',
  })),
  posted('a passkey', 'POST /api/session/passkey', '/api/session/passkey', () => ({
    challengeId: 'x',
    response: { id: 'x' },
  })),
  posted(
    'a link of an invitation or a reset',
    'POST /api/invitations/accept',
    '/api/invitations/accept',
    () => ({ token: 'x'.repeat(43), password: PASSWORD }),
  ),
  posted('the link of the set-up', 'POST /api/setup', '/api/setup', () => ({
    token: 'x'.repeat(43),
    email: 'new@example.com',
    name: 'New',
    password: PASSWORD,
  })),
  {
    name: 'the link of the set-up, from a terminal',
    key: undefined,
    guess: (address, headers) =>
      send('POST', '/setup', address, { token: 'x'.repeat(43) }, headers),
    isForged: true,
  },
  {
    name: 'single sign-on',
    key: 'GET /api/session/oidc/callback',
    async guess(address) {
      const begun = await send('GET', '/api/session/oidc', address);
      const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state');
      const cookie = begun.headers.getSetCookie().map((one) => one.split(';', 1)[0]);
      const path = `/api/session/oidc/callback?state=${state}&code=wrong`;
      return send('GET', path, address, undefined, { cookie: cookie.join('; ') });
    },
    // Its state is bound to the browser that has begun it.
    isForged: false,
  },
  {
    name: 'an admin token',
    key: undefined,
    guess: (address) =>
      send('GET', '/api/overview', address, undefined, {
        authorization: `Bearer vga_${'x'.repeat(43)}`,
      }),
    // No browser sends one by itself.
    isForged: false,
  },
];

/** Public, and no way in: they tell what there is, or begin what another ends. */
const noWays: readonly EndpointKey[] = [
  'GET /api/setup',
  'POST /api/session/passkey/options',
  'GET /api/session/oidc',
];

function page(): { readonly browser: BrowserLike; readonly client: ApiClient } {
  const browser = new BrowserLike(admin);
  const fetchAndNote: typeof browser.fetch = async (...asked) => {
    const answer = await browser.fetch(...asked);
    cookies.push(...answer.headers.getSetCookie());
    return answer;
  };
  return { browser, client: createClient({ baseUrl: admin, fetch: fetchAndNote }) };
}

async function invited(email: string): Promise<{ id: string; token: string }> {
  const body = { email, name: email, role: 'viewer' as const, teams: [] };
  const { link, user } = await owner.call('POST /api/users', { body });
  return { id: user.id, token: new URL(link).hash.replace('#token=', '') };
}

beforeAll(async () => {
  provider.listen(0, '127.0.0.1');
  await new Promise((resolve) => provider.once('listening', resolve));
  const { port } = provider.address() as { port: number };
  gateway = await sharedGateway({
    config: `providers: [{ name: toy, dialect: simulator }]
models: [{ name: chat, targets: [{ provider: toy, model: toy-1 }] }]
access: { trustedProxies: [127.0.0.1], wrongKeys: ${WRONG_TOKENS} }
console:
  oidc: { name: Company, issuer: "http://127.0.0.1:${port}", clientId: vitalgate, clientSecret: of-vitalgate, private: true }
`,
  });
  admin = gateway.addresses.admin;
  setUpToken = new URL(gateway.setUpLink ?? '').searchParams.get('token') ?? '';
  const { client } = page();
  await client.call('POST /api/setup', {
    body: { token: setUpToken, name: 'Ada', email: OWNER, password: PASSWORD },
  });
  owner = client;
  const { token } = await invited('coded@example.com');
  const coded = page().client;
  await coded.call('POST /api/invitations/accept', { body: { token, password: PASSWORD } });
  const { secret } = await coded.call('POST /api/me/totp', { body: { password: PASSWORD } });
  const code = new TOTP({ secret }).generate();
  await coded.call('POST /api/me/totp/confirm', { body: { code } });
});
afterAll(async () => {
  await gateway.stop();
  provider.closeAllConnections();
  provider.close();
});

it('are all here: every endpoint that is open to strangers', () => {
  const open = Object.entries(endpoints as Readonly<Record<string, Endpoint>>)
    .filter(([, { allow }]) => allow === 'public')
    .map(([key]) => key);
  const listed = [...noWays, ...ways.flatMap(({ key }) => key ?? [])];
  expect(open.toSorted()).toEqual([...new Set<string>(listed)].toSorted());
});

/** An address of its own for each way and purpose. */
const at = (way: Way, n: number) => `10.${ways.indexOf(way)}.0.${n}`;
const each = (some: readonly Way[]) => some.map((way) => [way.name, way] as const);

describe('what is not right', () => {
  it.each(each(ways))(
    '%s: is no way in, and makes whoever goes on guessing wait, and nobody else',
    async (_, way) => {
      const statuses: number[] = [];
      for (let i = 0; i < MANY && statuses.at(-1) !== 429; i += 1) {
        const answer = await way.guess(at(way, 1));
        statuses.push(answer.status);
        expect(answer.headers.getSetCookie().join(';')).not.toMatch(/vitalgate=[\w-]/);
        if (answer.status === 429) {
          expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
          expect(await answer.json()).toMatchObject({ code: 'too_many_attempts' });
        } else await answer.text();
      }
      expect(statuses.at(-1)).toBe(429);
      expect(statuses.length).toBeGreaterThan(5);
      const elsewhere = await way.guess(at(way, 2));
      expect(elsewhere.status).not.toBe(429);
      await elsewhere.text();
    },
  );

  it.each(each(ways.filter(({ isForged }) => isForged)))(
    '%s: is refused when a page of another site sends it',
    async (_, way) => {
      const answer = await way.guess(at(way, 3), { 'sec-fetch-site': 'cross-site' });
      expect([answer.status, await answer.json()]).toEqual([
        403,
        expect.objectContaining({ code: 'cross_site' }),
      ]);
    },
  );

  it.each(each(ways.filter(({ key }) => key !== undefined)))(
    '%s: is written down',
    async (_, way) => {
      const { status } = await way.guess(at(way, 4));
      const { items } = await owner.call('GET /api/audit', { query: { limit: 50 } });
      expect(items).toContainEqual(
        expect.objectContaining({ action: way.key, address: at(way, 4), status }),
      );
    },
  );
});

it('whoever is disabled comes in by none, and a session is the same after each', async () => {
  const { id, token } = await invited('gone@example.com');
  const { client } = page();
  await client.call('POST /api/invitations/accept', { body: { token, password: PASSWORD } });
  const signIn = () =>
    page().client.call('POST /api/session', {
      body: { email: 'gone@example.com', password: PASSWORD },
    });
  await signIn();
  const { link } = await owner.call('POST /api/users/{id}/reset', { params: { id } });
  const { version } = await owner.call('GET /api/users/{id}', { params: { id } });
  await owner.call('PATCH /api/users/{id}', {
    params: { id },
    ifMatch: version,
    body: { disabled: true },
  });
  await expect(signIn()).rejects.toMatchObject({ code: 'sign_in_failed' });
  const reset = { token: new URL(link).hash.replace('#token=', ''), password: PASSWORD };
  await expect(
    page().client.call('POST /api/invitations/accept', { body: reset }),
  ).rejects.toMatchObject({ code: 'link_invalid' });
  await expect(client.call('GET /api/session')).rejects.toMatchObject({ code: 'not_signed_in' });

  // By set-up, invitation and password: one kind of cookie, with another secret each time.
  const made = cookies.filter((one) => /^vitalgate=[\w-]/.test(one));
  expect(made.length).toBeGreaterThanOrEqual(4);
  const attributes = made.map((one) => one.slice(one.indexOf(';')));
  expect(new Set(attributes).size).toBe(1);
  expect(attributes[0]).toMatch(/HttpOnly/);
  expect(attributes[0]).toMatch(/SameSite=Strict/);
  expect(new Set(made.map((one) => one.split(';', 1)[0])).size).toBe(made.length);
});
