import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoFolder, openPage, showFolder, type Shown } from '../harness/console.ts';

let shown: Shown;

beforeAll(async () => {
  shown = await showFolder(demoFolder);
});
afterAll(() => shown.close());

it('goes anywhere by keyboard alone', async () => {
  const { page, context, wrongs } = await openPage(shown.browser);
  await page.goto(shown.url);
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
  const { page, context } = await openPage(shown.browser);
  await page.goto(`${shown.url}/targets?state=serving&q=claude`);
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
  const { page, context } = await openPage(shown.browser);
  await page.goto(`${shown.url}${path}?as=${as}`);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  expect(await page.getByRole('link', { name: 'Audit log' }).count()).toBe(0);
  await context.close();
});
