import { fileURLToPath } from 'node:url';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, openPage } from '../harness/console.ts';
import { sharedGateway, type TestGateway } from '../harness/gateway.ts';
import {
  SIGN_ON_SECRET,
  signOnProvider,
  type SignOnProvider,
} from '../harness/sign-on-provider.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';

let browser: Browser;
let gateway: TestGateway;
let provider: SignOnProvider;
let call: ApiClient['call'];

beforeAll(async () => {
  provider = await signOnProvider();
  [browser, gateway] = await Promise.all([
    launchBrowser(),
    sharedGateway({
      config: `providers: [{ name: toy, dialect: simulator }]
models: [{ name: chat, targets: [{ provider: toy, model: toy-1 }] }]
console:
  oidc: { name: Company, issuer: "${provider.issuer}", clientId: vitalgate, clientSecret: ${SIGN_ON_SECRET}, private: true }
`,
      environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
      consoleFolder: fileURLToPath(new URL('../../packages/console/dist', import.meta.url)),
    }),
  ]);
  provider.serve(gateway.addresses.admin);
  ({ call } = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN }));
  const ada = { email: 'ada@example.com', name: 'Ada', role: 'operator', teams: [] as string[] };
  await call('POST /api/users', { body: { ...ada, role: 'operator' } });
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
  provider.close();
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
  expect(gateway.logged.join('\n')).not.toContain(SIGN_ON_SECRET);
});
