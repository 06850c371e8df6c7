import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { consoleFolder, launchBrowser, openPage, setUp } from '../harness/console.ts';
import { sharedGateway, type TestGateway } from '../harness/gateway.ts';

/** Two people at one gateway: one has a form open while the other saves. */
let browser: Browser;
let gateway: TestGateway;
let page: Page;

beforeAll(async () => {
  [browser, gateway] = await Promise.all([
    launchBrowser(),
    sharedGateway({
      config: `providers: [{ name: toy, dialect: simulator }]
models: [{ name: chat, targets: [{ provider: toy, model: toy-1 }] }]
`,
      consoleFolder,
    }),
  ]);
  ({ page } = await openPage(browser));
  await setUp(page, gateway.setUpLink);
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
});

interface Made {
  readonly name: string;
  readonly version: string;
}

/** What somebody else makes of the newest one there is. */
async function change(of: string, name: string, data: object): Promise<void> {
  const origin = gateway.addresses.admin;
  const path = `${origin}/api/alerts/${of}`;
  const { items } = (await (await page.request.get(path)).json()) as { items: Made[] };
  const version = items.find((one) => one.name === name)?.version ?? '';
  const headers = { 'if-match': `"${version}"`, origin };
  const answer = await page.request.patch(`${path}/${name}`, { headers, data });
  expect([answer.status(), await answer.json()]).toMatchObject([200, { name }]);
}

it('tells a conflict over alerts, and overwrites neither what was saved nor what is typed', async () => {
  await page.goto(`${gateway.addresses.admin}/alerts`);
  const dialog = page.getByRole('dialog');
  const save = dialog.getByRole('button', { name: 'Save' });
  const edit = (name: string) =>
    page.getByRole('listitem').filter({ hasText: name }).getByRole('button', { name: 'Edit' });

  await page.getByRole('button', { name: 'Add a channel' }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('room');
  await dialog.getByLabel('URL').fill('https://chat.example/of-mine');
  await save.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Add a rule' }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('spent');
  await dialog.getByLabel('Kind').selectOption('budget');
  const above = dialog.getByLabel('From so many percent of a budget');
  await above.fill('50');
  await dialog.getByRole('combobox').last().fill('room');
  await page.keyboard.press('Enter');
  await save.click();
  await dialog.waitFor({ state: 'detached' });

  // A name that is taken is somebody's.
  await page.getByRole('button', { name: 'Add a channel' }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('room');
  await dialog.getByLabel('URL').fill('https://chat.example/of-another');
  await save.click();
  await dialog.getByText('there is a channel "room" already').waitFor();
  await page.keyboard.press('Escape');

  await edit('spent').click();
  await above.fill('60');
  await change('rules', 'spent', {
    kind: 'budget',
    settings: { above: 0.9 },
    channels: ['room'],
  });
  await save.click();
  await dialog.getByText('Keep a copy of what you typed').waitFor();
  // What is read again beneath takes nothing of it away, and makes no second try an overwriting.
  expect(await above.inputValue()).toBe('60');
  await save.click();
  await dialog.getByText('Keep a copy of what you typed').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await edit('spent').click();
  await expect.poll(() => above.inputValue()).toBe('90');
  await above.fill('60');
  await save.click();
  await dialog.waitFor({ state: 'detached' });

  // Where a webhook leads is not shown; that it leads elsewhere by now is a change all the same.
  await edit('chat.example').click();
  await dialog.getByLabel('URL').fill('https://chat.example/of-mine-again');
  await change('channels', 'room', {
    kind: 'slack',
    settings: { webhookUrl: 'https://chat.example/of-theirs' },
  });
  await save.click();
  await dialog.getByText('Keep a copy of what you typed').waitFor();
  expect(await dialog.getByLabel('URL').inputValue()).toContain('of-mine-again');
  await page.keyboard.press('Escape');
});

it('keeps what is typed when another tab signs out, says so, and goes on when one is back', async () => {
  const origin = gateway.addresses.admin;
  const headers = { origin };
  await page.goto(`${origin}/teams`);
  await page.getByRole('button', { name: 'Create a team' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('typed-at-length');
  expect((await page.request.delete(`${origin}/api/session`, { headers })).status()).toBe(204);
  // The line is ended within ten seconds: the page knows by then, and does not blame the gateway.
  const over = page.getByText('Your session is over');
  await over.waitFor();
  expect(await page.getByText('The gateway does not answer').count()).toBe(0);
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await dialog.getByText('Your session is over').waitFor();
  expect(await dialog.getByLabel('Name').inputValue()).toBe('typed-at-length');

  const data = { email: 'ada@example.com', password: 'a sentence of my own' };
  expect((await page.request.post(`${origin}/api/session`, { headers, data })).ok()).toBe(true);
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('row', { name: /typed-at-length/ }).waitFor();
  // Back from the other tab.
  await page.evaluate("dispatchEvent(new Event('visibilitychange'))");
  await over.waitFor({ state: 'detached' });
  await page.getByRole('banner').getByText('Well').waitFor();
});

it('begins anew for somebody else who has signed in in another tab', async () => {
  const origin = gateway.addresses.admin;
  const headers = { origin };
  await page.goto(`${origin}/playground`);
  const key = page.getByLabel('Key').first();
  await key.fill('what-ada-has-typed');
  const invited = { email: 'bob@example.com', name: 'Bob', role: 'operator', teams: [] };
  const made = await page.request.post(`${origin}/api/users`, { headers, data: invited });
  const { link } = (await made.json()) as { link: string };
  const token = new URL(link).hash.replace('#token=', '');
  const data = { token, name: 'Bob', password: 'a sentence of his own' };
  const accepted = await page.request.post(`${origin}/api/invitations/accept`, { headers, data });
  expect(accepted.ok()).toBe(true);
  await page.evaluate("dispatchEvent(new Event('visibilitychange'))");
  await page.getByText('Bob').waitFor();
  await expect.poll(() => key.inputValue()).toBe('');
});
