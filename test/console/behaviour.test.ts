import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  demoFolder,
  launchBrowser,
  openPage,
  serveFolder,
  type Served,
} from '../harness/console.ts';

let browser: Browser;
let served: Served;

beforeAll(async () => {
  [browser, served] = await Promise.all([launchBrowser(), serveFolder(demoFolder)]);
});
afterAll(async () => {
  await browser.close();
  served.close();
});

it('goes anywhere by keyboard alone', async () => {
  const { page, context, wrongs } = await openPage(browser);
  await page.goto(served.url);
  await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').waitFor();
  await page.keyboard.type('limits');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Limits and budgets' }).waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

it('keeps in the URL what was chosen', async () => {
  const { page, context } = await openPage(browser);
  await page.goto(`${served.url}/targets?state=serving&q=claude`);
  const rows = page.getByRole('row', { name: /claude\// });
  await rows.first().waitFor();
  expect(await page.getByRole('row', { name: /openai\// }).count()).toBe(0);
  await page.getByLabel('State').selectOption('drained');
  await page.getByText('Nothing matches.').waitFor();
  expect(page.url()).toContain('state=drained');
  await context.close();
});

it.each([
  ['nobody', '/targets', 'Sign in'],
  ['member', '/', 'Now'],
])('sends %s where they belong', async (as, path, heading) => {
  const { page, context } = await openPage(browser);
  await page.goto(`${served.url}${path}?as=${as}`);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  expect(await page.getByRole('link', { name: 'Audit log' }).count()).toBe(0);
  await context.close();
});
