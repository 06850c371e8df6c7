import { fileURLToPath } from 'node:url';
import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, openPage } from '../harness/console.ts';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';

/**
 * One visit to a real gateway with its built console, from the set-up link on: what a newcomer sees,
 * and what an operator does.
 */
const CONFIG = `capture: { redact: [email] }
health: { fall: 2, rest: 1s, maxRest: 1s }
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

interface Listed {
  readonly items: readonly {
    readonly id: string;
    readonly name: string;
    readonly version: string;
  }[];
}

const admin = () => gateway.addresses.admin;

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
  // A step is done where it is told, and says so.
  await page.getByRole('button', { name: 'Add a provider' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('own');
  await page.getByRole('dialog').getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'Done: Name your provider' }).waitFor();
  await page.getByRole('button', { name: 'Make a key' }).click();
  await page.getByText(/^export VITALGATE_KEY=vg_/).waitFor();
  await page.getByRole('link', { name: 'Limits and budgets' }).last().click();
  await heading('Limits and budgets');

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
  // By its name: the last one is the drawer still, until the question over it is drawn.
  const question = page.getByRole('dialog', { name: /^Revoke/ });
  await question.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByText('Revoked', { exact: true }).first().waitFor();
  expect(await call()).toBe(401);
  await page.keyboard.press('Escape');
});

it('makes a key once, though the first answer was lost on its way', async () => {
  await goTo('Keys');
  const loseTheAnswer = async (route: Route): Promise<void> => {
    await route.fetch();
    await route.abort();
  };
  await page.route('**/api/keys', loseTheAnswer, { times: 1 });
  await page.getByRole('button', { name: 'Create a key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('asked-for-twice');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await dialog.getByText('the gateway does not answer').waitFor();
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await dialog.getByText(/^vg_/).first().waitFor();
  await dialog.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('row', { name: /asked-for-twice/ }).waitFor();
  expect(await page.getByRole('row', { name: /asked-for-twice/ }).count()).toBe(1);
});

it('tells a conflict, and overwrites nothing that somebody else has saved meanwhile', async () => {
  await page.getByRole('row', { name: /asked-for-twice/ }).click();
  const owner = page.getByRole('dialog').getByLabel('Owner');
  await owner.fill('mine');
  const { items } = (await (await page.request.get(`${admin()}/api/keys`)).json()) as Listed;
  const key = items.find(({ name }) => name === 'asked-for-twice');
  const saved = await page.request.patch(`${admin()}/api/keys/${key?.id ?? ''}`, {
    headers: { 'if-match': `"${key?.version ?? ''}"`, origin: admin() },
    data: { owner: 'theirs' },
  });
  expect(saved.status()).toBe(200);
  const save = page.getByRole('dialog').getByRole('button', { name: 'Save' });
  await save.click();
  await page.getByText('Keep a copy of what you typed').waitFor();
  expect(await owner.inputValue()).toBe('mine');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('row', { name: /asked-for-twice/ }).click();
  await expect.poll(() => owner.inputValue()).toBe('theirs');
  await owner.fill('mine');
  await save.click();
  await page.getByRole('dialog').getByText('Saved').waitFor();
  await page.keyboard.press('Escape');
});

it('makes a guardrail that was tried before, changes it, and takes it away', async () => {
  const call = async (content: string) => {
    const body = { model: 'demo', messages: [{ role: 'user', content }] };
    const answer = await post(gateway.url, '/v1/chat/completions', body);
    await answer.text();
    return answer.status;
  };
  await goTo('Guardrails');
  await page.getByRole('button', { name: 'Add a guardrail' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('birds');
  await dialog.getByLabel('Words and phrases').fill('Bluebird\nMagpie');
  await dialog.getByLabel('Text', { exact: true }).fill('all about Project Bluebird');
  await dialog.getByRole('button', { name: 'Try a text' }).click();
  await dialog.getByText('1 finding').waitFor();
  await dialog.getByText('It would go no further.').waitFor();
  // Tried is not kept.
  expect(await call('Bluebird')).toBe(200);
  await dialog.getByLabel('Patterns').first().fill('(');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText(/RE2/).last().waitFor();
  await dialog.getByLabel('Patterns').first().fill('');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row', { name: /birds/ });
  await row.getByText('Block').first().waitFor();
  expect(await call('Bluebird')).toBe(400);

  await row.getByRole('button', { name: 'Edit' }).click();
  await dialog.getByText('What is named').click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row.getByText('What is named').waitFor();
  expect(await call('Bluebird')).toBe(200);
  await row.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No guardrail is set').waitFor();
});

it('shows what was said to who asks for it, as text, and writes down that they looked', async () => {
  const content = 'Tell bob@example.com: <img src=x onerror="document.title = 1">';
  const body = { model: 'demo', messages: [{ role: 'user', content }] };
  const answer = await post(gateway.url, '/v1/chat/completions', body);
  await answer.text();
  const id = answer.headers.get('x-request-id') ?? '';
  // Written a moment later, and told to pages that listen by then.
  await expect
    .poll(async () => (await page.request.get(`${admin()}/api/requests/${id}`)).status())
    .toBe(200);
  await goTo('Requests');
  await page.locator(`a[href="/requests/${id}"]`).click();
  await heading('Receipt');
  await page.getByRole('button', { name: 'Show what was said' }).click();
  const asked = page.getByRole('region', { name: 'Asked' });
  await asked.getByText('Tell [EMAIL]: <img src=x onerror=').waitFor();
  expect(await asked.locator('img').count()).toBe(0);
  expect(await page.getByRole('region', { name: 'Answered' }).textContent()).toContain('choices');
  await goTo('Audit log');
  await page.getByText('GET /api/requests/{id}/capture').first().waitFor();
});

it('has shown hostile names as text, and asked the content policy for nothing', async () => {
  await page.getByText('Ada <script>alert(1)</script>').first().waitFor();
  // A refusal of the API is told by the browser, too; it is none of the page’s.
  expect(wrongs.filter((one) => !one.includes('Failed to load resource'))).toEqual([]);
});

it('keeps what was typed when the session is over, and calls nothing well that it cannot see', async () => {
  await goTo('Teams');
  await page.getByRole('button', { name: 'Create a team' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('typed-at-length');
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await dialog.getByText('Your session is over').waitFor();
  await page.context().addCookies(cookies);
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('row', { name: /typed-at-length/ }).waitFor();

  await goTo('Now');
  await page.getByText('Up for').waitFor();
  await gateway.stop();
  await page.getByText('Not known: the gateway does not answer').waitFor();
  expect(await page.getByRole('banner').getByText('Unknown').count()).toBe(1);
});
