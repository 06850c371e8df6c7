import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, openPage } from '../harness/console.ts';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';

/**
 * One visit to a real gateway with its built console, from the set-up link on: what a newcomer sees,
 * and what an operator does.
 */
const CONFIG = `health: { fall: 2, rest: 1s, maxRest: 1s }
providers:
  - { name: simulator, dialect: simulator }
  - { name: standby, dialect: simulator }
models:
  - name: demo
    targets: [{ provider: simulator, model: toy-1 }, { provider: standby, model: toy-1 }]
keys:
  - { name: client, secret: ${KEY} }
`;

let browser: Browser;
let gateway: TestGateway;
let page: Page;
let wrongs: string[];

beforeAll(async () => {
  [browser, gateway] = await Promise.all([
    launchBrowser(),
    sharedGateway({
      config: CONFIG,
      consoleFolder: fileURLToPath(new URL('../../packages/console/dist', import.meta.url)),
    }),
  ]);
  ({ page, wrongs } = await openPage(browser));
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
});

const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor();

/** By the menu, as people go: a page loaded anew would have forgotten the key. */
async function goTo(name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
  await heading(name);
}

async function ask(): Promise<void> {
  await page.getByRole('button', { name: 'Send' }).click();
  await expect.poll(() => page.getByRole('button', { name: 'Send' }).isEnabled()).toBe(true);
}

it('leads from the set-up link to the first call of one’s own', async () => {
  await page.goto(gateway.setUpLink ?? '');
  await page.getByLabel('Your name').fill('Ada <script>alert(1)</script>');
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').first().fill('a sentence of my own');
  await page.getByRole('button', { name: 'Begin' }).click();
  await heading('Set-up guide');

  await goTo('Playground');
  await page.getByLabel('Key').first().fill(KEY);
  await ask();
  await page.getByText(/^200$/).waitFor();
  await goTo('Requests');
  await page.getByRole('row', { name: /Completed 200/ }).waitFor();
  expect(await page.getByRole('row', { name: /demo/ }).count()).toBe(1);
});

it('shows an answer as it comes, and breaks it off for who has seen enough', async () => {
  // Words, then silence: what shows by then has come before the end.
  const faults = new URL('/_simulator/faults', gateway.simulators.get('simulator'));
  const body = JSON.stringify({ model: '*', stallAfterChunks: 6, times: 1 });
  const headers = { 'content-type': 'application/json' };
  await fetch(faults, { method: 'PUT', headers, body });
  await goTo('Playground');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('coming in').waitFor();
  const answer = page.getByRole('tabpanel', { name: 'Text' });
  await expect.poll(() => answer.textContent()).toMatch(/\w/);
  const seen = (await answer.textContent()) ?? '';
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('broke off').waitFor();
  expect(await answer.textContent()).toBe(seen);
  // The model is not left to talk to nobody.
  await goTo('Requests');
  await page.getByRole('row', { name: /Abandoned/ }).waitFor();
});

it('shows a target that fails, live, and that it is well again', async () => {
  const toy = gateway.simulators.get('simulator');
  const faults = new URL('/_simulator/faults', toy);
  const body = JSON.stringify({ model: '*', status: 500 });
  const headers = { 'content-type': 'application/json' };
  await fetch(faults, { method: 'PUT', headers, body });
  await goTo('Playground');
  await ask();
  await ask();
  await goTo('Targets');
  const row = page.getByRole('row', { name: /simulator\/toy-1/ });
  await row.getByText(/Resting|Probing/).waitFor({ timeout: 20_000 });
  await row.getByText('http_500').waitFor();

  // Mended, and an operator does not want to wait for the next trial.
  await fetch(faults, { method: 'DELETE' });
  await row.getByRole('link').click();
  await heading('simulator/toy-1');
  await page.getByRole('button', { name: 'Serve' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Serve' }).click();
  await page.getByText('Serving', { exact: true }).first().waitFor();
  // What it is now, and that its history says what it was.
  const history = page.locator('section', { hasText: 'History of states' }).last();
  await history.getByText('Resting', { exact: true }).waitFor();
  await history
    .getByText(/operator_serve/)
    .first()
    .waitFor();
  expect(await history.getByRole('listitem').count()).toBeGreaterThan(1);
});

it('revokes a key, and the next call with it is refused', async () => {
  await goTo('Keys');
  await page.getByRole('button', { name: 'Create a key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('short-lived');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  const secret = await dialog.getByText(/^vg_/).first().textContent();
  await dialog.getByRole('button', { name: 'I have kept it' }).click();
  const call = async () => {
    const body = { model: 'demo', messages: [{ role: 'user', content: 'hello' }] };
    const headers = { authorization: `Bearer ${secret ?? ''}` };
    const answer = await post(gateway.url, '/v1/chat/completions', body, headers);
    await answer.text();
    return answer.status;
  };
  expect(await call()).toBe(200);

  await page.getByRole('row', { name: /short-lived/ }).click();
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').last().getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByText('Revoked', { exact: true }).first().waitFor();
  expect(await call()).toBe(401);
  await page.keyboard.press('Escape');
});

it('has shown hostile names as text, and asked the content policy for nothing', async () => {
  await page.getByText('Ada <script>alert(1)</script>').first().waitFor();
  // A refusal of the API is told by the browser, too; it is none of the page’s.
  expect(wrongs.filter((one) => !one.includes('Failed to load resource'))).toEqual([]);
});
