import { TOTP } from 'otpauth';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { consoleFolder, launchBrowser, openPage } from '../harness/console.ts';
import { sharedGateway, type TestGateway } from '../harness/gateway.ts';

const PASSWORD = 'a sentence of my own';
const config = `providers: [{ name: toy, dialect: simulator }]
models: [{ name: chat, targets: [{ provider: toy, model: toy-1 }] }]
`;

let browser: Browser;
let gateway: TestGateway;

beforeAll(async () => {
  [browser, gateway] = await Promise.all([
    launchBrowser(),
    sharedGateway({
      config,
      consoleFolder,
    }),
  ]);
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
});

const post = (url: URL, body: string) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

it('signs in with a code of an authenticator, and with a passkey', async () => {
  const { page, context, wrongs } = await openPage(browser);
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const authenticatorOf = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  // Passkeys belong to a name.
  const link = new URL(gateway.setUpLink ?? '');
  link.hostname = 'localhost';
  const begun = async () =>
    (await post(new URL('/api/session/passkey/options', link), '{}')).text();
  await page.goto(link.href);
  const focused = () => page.evaluate('document.activeElement.autocomplete');
  await expect.poll(focused).toBe('name');
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').first().fill(PASSWORD);
  await page.getByRole('button', { name: 'Begin' }).click();
  await page.getByRole('heading', { level: 1, name: 'Set-up guide' }).waitFor();

  await page.goto(new URL('/me', link).href);
  const authenticator = page.locator('section', { hasText: 'Authenticator' }).last();
  await authenticator.getByLabel('Your password').fill(PASSWORD);
  await authenticator.getByRole('button', { name: 'Set up an authenticator' }).click();
  const uri = await authenticator.getByRole('link').getAttribute('href');
  const secret = new URL(uri ?? '').searchParams.get('secret') ?? '';
  // Of the step before: the next sign-in then has one that was not used.
  const codeAt = (ago: number) =>
    new TOTP({ secret }).generate({ timestamp: Date.now() - ago * 30_000 });
  await authenticator.getByRole('textbox').last().fill(codeAt(1));
  await authenticator.getByRole('button', { name: 'Confirm' }).click();
  await page
    .getByText(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}/)
    .first()
    .waitFor();

  const passkeys = page.locator('section', { hasText: 'Passkeys' }).last();
  await passkeys.getByRole('textbox').first().fill('This machine');
  await passkeys.getByLabel('Your password').fill(PASSWORD);
  await passkeys.getByRole('button', { name: 'Add a passkey' }).click();
  await passkeys.getByText('This machine').waitFor();

  // The same device again, and somebody who thinks better of it: each is told what it was.
  await passkeys.getByRole('textbox').first().fill('Once more');
  await passkeys.getByLabel('Your password').fill(PASSWORD);
  await passkeys.getByRole('button', { name: 'Add a passkey' }).click();
  await passkeys.getByText('This device has a passkey for you here already.').waitFor();
  expect(await passkeys.getByRole('textbox').first().inputValue()).toBe('Once more');

  // A link that has been used says so before anything is typed, and leads on.
  await page.goto(link.href);
  await page.getByText('This Vitalgate has an owner already').waitFor();
  expect(await page.getByLabel('Your name').count()).toBe(0);
  await page.getByRole('link', { name: 'Go on to the console' }).click();
  await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();

  await context.clearCookies();
  await page.goto(new URL('/sign-in', link).href);
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').first().fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel(/code/i).fill(codeAt(0));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();

  await context.clearCookies();
  await page.goto(new URL('/sign-in', link).href);
  await expect.poll(focused).toContain('webauthn');
  const withPasskey = page.getByRole('button', { name: /passkey/i });
  const { authenticatorId } = authenticatorOf;
  // It is asked for, and not given.
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await withPasskey.click();
  await page.getByText('that was cancelled, or took too long').waitFor();
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
  let answered = '';
  await page.route('**/api/session/passkey', async (route) => {
    answered = route.request().postData() ?? '';
    // Whoever begins a sign-in, however often, takes nobody else's away.
    for (let i = 0; i < 1500; i += 50) await Promise.all(Array.from({ length: 50 }, begun));
    await route.continue();
  });
  await withPasskey.click();
  await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();
  const again = await post(new URL('/api/session/passkey', link), answered);
  expect([again.status, await again.json()]).toEqual([
    401,
    expect.objectContaining({ detail: expect.stringContaining('answered already') as unknown }),
  ]);
  expect(wrongs.filter((one) => !one.includes('Failed to load resource'))).toEqual([]);
  await context.close();
});
