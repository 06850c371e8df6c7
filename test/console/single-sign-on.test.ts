import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { Provider } from 'oidc-provider';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, openPage } from '../harness/console.ts';
import { sharedGateway, type TestGateway } from '../harness/gateway.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const SECRET = 'the-secret-of-this-client';

let browser: Browser;
let gateway: TestGateway;
let server: Server;
let call: ApiClient['call'];

beforeAll(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  [browser, gateway] = await Promise.all([
    launchBrowser(),
    sharedGateway({
      config: `providers: [{ name: toy, dialect: simulator }]
models: [{ name: chat, targets: [{ provider: toy, model: toy-1 }] }]
console:
  oidc: { name: Company, issuer: "${issuer}", clientId: vitalgate, clientSecret: ${SECRET}, private: true }
`,
      environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
      consoleFolder: fileURLToPath(new URL('../../packages/console/dist', import.meta.url)),
    }),
  ]);
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'vitalgate',
        client_secret: SECRET,
        redirect_uris: [`${gateway.addresses.admin}/api/session/oidc/callback`],
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        name: id,
        email: `${id.replace(/^unverified-/, '')}@example.com`,
        email_verified: !id.startsWith('unverified-'),
      }),
    }),
  });
  const answer = provider.callback();
  server.on('request', (request, response) => void answer(request, response));
  ({ call } = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN }));
  const ada = { email: 'ada@example.com', name: 'Ada', role: 'operator', teams: [] as string[] };
  await call('POST /api/users', { body: { ...ada, role: 'operator' } });
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
  server.closeAllConnections();
  server.close();
});

async function signInAs(page: Page, login: string): Promise<void> {
  await page.goto(`${gateway.addresses.admin}/sign-in`);
  await page.getByRole('link', { name: 'Sign in with Company' }).click();
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

it('lets in by single sign-on who was invited, and nobody else', async () => {
  const { page, context } = await openPage(browser);
  await signInAs(page, 'ada');
  await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();
  expect(await page.evaluate('document.cookie')).toBe('');
  await context.close();

  for (const stranger of ['mallory', 'unverified-ada']) {
    const other = await openPage(browser);
    await signInAs(other.page, stranger);
    await other.page.getByText('ask an owner whether you are invited').waitFor();
    await other.context.close();
  }
  const { items } = await call('GET /api/users');
  expect(items.map(({ email }) => email)).toEqual(['ada@example.com']);
  expect(gateway.logged.join('\n')).not.toContain(SECRET);
});

it('takes back only what this browser has begun', async () => {
  const callback = `${gateway.addresses.admin}/api/session/oidc/callback`;
  const begun = await fetch(`${gateway.addresses.admin}/api/session/oidc`, { redirect: 'manual' });
  const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? '';
  // Somebody else's link, in the browser of a victim.
  for (const query of [`?state=${state}&code=x`, '?code=x', `?state=${state}`]) {
    const answer = await fetch(callback + query, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/sign-in?sso=failed']);
    expect(answer.headers.getSetCookie().join()).not.toMatch(/vitalgate=[\w-]/);
  }
});
