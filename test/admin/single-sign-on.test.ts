import { createClient } from '@vitalgate/contract/api/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import {
  agree,
  SIGN_ON_SECRET,
  signOnProvider,
  type SignOnProvider,
} from '../harness/sign-on-provider.ts';

/** Single sign-on by its addresses: what a browser brings along, and what may go wrong on the way. */

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const COOKIE = 'vitalgate-sign-on';
const clock = new ShiftedClock();

let provider: SignOnProvider;
let gateway: TestGateway;
let address = 0;

beforeAll(async () => {
  provider = await signOnProvider();
  gateway = await sharedGateway({
    config: `providers: [{ name: toy, dialect: simulator }]
models: [{ name: chat, targets: [{ provider: toy, model: toy-1 }] }]
access: { trustedProxies: [127.0.0.1] }
console:
  oidc: { name: Company, issuer: "${provider.issuer}", clientId: vitalgate, clientSecret: ${SIGN_ON_SECRET}, private: true }
`,
    clock,
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  const { admin } = gateway.addresses;
  provider.serve(admin);
  const { call } = createClient({ baseUrl: admin, token: TOKEN });
  const ada = { email: 'ada@example.com', name: 'Ada', role: 'operator' as const, teams: [] };
  await call('POST /api/users', { body: ada });
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});

const at = (path: string, headers: Record<string, string>) =>
  fetch(gateway.addresses.admin + path, { redirect: 'manual', headers });

/** What a browser has after it began: where it is led to, and the cookie it keeps. */
async function begin(headers: Record<string, string> = {}) {
  const answer = await at('/api/session/oidc', headers);
  await answer.text();
  const [cookie = ''] = answer.headers.getSetCookie();
  return { leadsTo: answer.headers.get('location') ?? '', cookie };
}

/** Comes back, each time from another address, so that no attempt makes the next wait. */
async function comeBack(url: URL, cookie: string) {
  address += 1;
  const answer = await at(url.pathname + url.search, {
    cookie: cookie.split(';', 1)[0] ?? '',
    'x-forwarded-for': `10.9.0.${address}`,
  });
  const cookies = answer.headers.getSetCookie();
  return {
    status: answer.status,
    to: answer.headers.get('location'),
    isSignedIn: cookies.some((one) => /^vitalgate=[\w-]{43};/.test(one)),
    forgets: cookies.some((one) => one.startsWith(`${COOKIE}=;`)),
    text: await answer.text(),
  };
}

const failed = (why: string) => ({
  status: 302,
  to: `/sign-in?sso=${why}`,
  isSignedIn: false,
  forgets: true,
  text: '',
});

describe('a sign-on that was begun', () => {
  it('is ended by its browser, however many strangers have begun theirs meanwhile', async () => {
    const { leadsTo, cookie } = await begin();
    const url = await agree(leadsTo, 'ada');
    for (let i = 0; i < 1500; i += 50) await Promise.all(Array.from({ length: 50 }, () => begin()));
    expect(await comeBack(url, cookie)).toEqual({
      status: 302,
      to: '/',
      isSignedIn: true,
      forgets: true,
      text: '',
    });
  });

  it('is sealed: the cookie tells nothing, and behind TLS no other host can set it', async () => {
    const { leadsTo, cookie } = await begin();
    const { searchParams } = new URL(leadsTo);
    for (const secret of ['state', 'nonce', 'code_challenge']) {
      expect(cookie).not.toContain(searchParams.get(secret));
    }
    expect(cookie).toMatch(/^vitalgate-sign-on=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; /);
    const behindTls = await begin({ 'x-forwarded-proto': 'https' });
    expect(behindTls.cookie).toMatch(/^__Host-vitalgate-sign-on=[\w.-]+; Path=\/; .*; Secure$/);
  });
});

describe('coming back', () => {
  const tampered = (change: (query: URLSearchParams) => void) => async (url: URL) => {
    const other = new URL(url);
    change(other.searchParams);
    return other;
  };

  it.each([
    ['with another state', 'expired', tampered((query) => query.set('state', 'another'))],
    ['without a state', 'expired', tampered((query) => query.delete('state'))],
    ['with a state of somebody else', 'expired', async () => agree((await begin()).leadsTo, 'ada')],
    ['with a code that was made up', 'failed', tampered((query) => query.set('code', 'made-up'))],
    ['without a code', 'failed', tampered((query) => query.delete('code'))],
    [
      'from another issuer (RFC 9207)',
      'failed',
      tampered((query) => query.set('iss', 'https://evil.example')),
    ],
    ['without the issuer that tells it always', 'failed', tampered((query) => query.delete('iss'))],
    [
      'refused, whatever the refusal says',
      'refused',
      tampered((query) => {
        query.delete('code');
        query.set('error', 'access_denied');
        query.set('error_description', '<script>canary</script>');
      }),
    ],
  ] as const)('%s: leads to a page that says %s', async (_how, why, change) => {
    const { leadsTo, cookie } = await begin();
    const url = await agree(leadsTo, 'ada');
    expect(await comeBack(await change(url), cookie)).toEqual(failed(why));
  });

  it('as somebody whom nobody has invited leads to a page that says so', async () => {
    const { leadsTo, cookie } = await begin();
    expect(await comeBack(await agree(leadsTo, 'mallory'), cookie)).toEqual(failed('unknown'));
  });

  it('without a cookie, or with one that is none of ours, is none of this browser', async () => {
    const { leadsTo, cookie } = await begin();
    const url = await agree(leadsTo, 'ada');
    const [, sealed = ''] = /=([^;]*)/.exec(cookie) ?? [];
    const changed = `${sealed.slice(0, -1)}${sealed.endsWith('A') ? 'Q' : 'A'}`;
    const shorter = sealed.split('.').slice(0, 3).join('.');
    for (const other of ['', changed, shorter, 'x'.repeat(200)]) {
      expect((await comeBack(url, other && `${COOKIE}=${other}`)).to).toBe('/sign-in?sso=expired');
    }
    expect(await comeBack(url, cookie)).toMatchObject({ to: '/', isSignedIn: true });
  });

  it('twice is once: the second asks the provider for nothing', async () => {
    const { leadsTo, cookie } = await begin();
    const url = await agree(leadsTo, 'ada');
    expect(await comeBack(url, cookie)).toMatchObject({ isSignedIn: true });
    const before = provider.asked.length;
    expect(await comeBack(url, cookie)).toEqual(failed('expired'));
    expect(provider.asked.length).toBe(before);
  });

  it('after five minutes is too late', async () => {
    const { leadsTo, cookie } = await begin();
    const url = await agree(leadsTo, 'ada');
    clock.forward(5 * 60_000 + 2000);
    expect(await comeBack(url, cookie)).toEqual(failed('expired'));
  });

  it('with a field told twice is refused as a request, and is no defect', async () => {
    const { leadsTo, cookie } = await begin();
    const url = await agree(leadsTo, 'ada');
    url.searchParams.append('state', 'another');
    const { status, text } = await comeBack(url, cookie);
    expect([status, JSON.parse(text)]).toEqual([
      400,
      expect.objectContaining({ code: 'invalid_request' }),
    ]);
  });

  it('has told the log no secret on any of these ways', () => {
    const logged = gateway.logged.join('\n');
    expect(logged).toContain('refused somebody');
    for (const secret of [SIGN_ON_SECRET, 'canary', 'code=']) expect(logged).not.toContain(secret);
  });
});
