import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoFolder, openPage, showFolder, visit, type Shown } from '../harness/console.ts';

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

it('edits a guardrail on the mock too', async () => {
  const { page, context, wrongs } = await openPage(shown.browser);
  await page.goto(`${shown.url}/guardrails`);
  const row = page.getByRole('row', { name: /personal-data/ });
  await row.getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Text', { exact: true }).fill('write to bob@example.com');
  await dialog.getByRole('button', { name: 'Try a text' }).click();
  await dialog.getByText('write to [EMAIL]').waitFor();
  await dialog.getByText('Flag', { exact: true }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row.getByText('Flag', { exact: true }).waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

it('shows what was said on the mock too, and offers it to operators alone', async () => {
  const { page, context, wrongs } = await openPage(shown.browser);
  await page.goto(`${shown.url}/requests`);
  await page
    .getByRole('row', { name: /Completed/ })
    .first()
    .getByRole('link')
    .first()
    .click();
  await page.getByRole('button', { name: 'Show what was said' }).click();
  const asked = page.getByRole('region', { name: 'Asked' });
  await asked.getByText('<img src=x').waitFor();
  expect(await asked.locator('img').count()).toBe(0);
  await page.goto(`${page.url()}?as=viewer`);
  await page.getByText('Ask again').waitFor();
  expect(await page.getByText('What was said').count()).toBe(0);
  expect(wrongs).toEqual([]);
  await context.close();
});

it('adds a team and a model, and forgets what was typed before', async () => {
  const { page, context, wrongs } = await openPage(shown.browser);
  const dialog = page.getByRole('dialog');
  await page.goto(`${shown.url}/teams`);
  await page.getByRole('button', { name: 'Create a team' }).click();
  await dialog.getByLabel('Name').fill('Sales');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('row', { name: /Sales/ }).first().waitFor();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Create a team' }).click();
  expect(await dialog.getByLabel('Name').inputValue()).toBe('');
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await visit(page, shown.url, '/providers');
  await page.getByRole('button', { name: 'Add a model' }).click();
  await dialog.getByRole('textbox').first().fill('cheap');
  await dialog.getByRole('textbox').last().fill('gpt-4.1-nano');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('row', { name: /cheap.*openai\/gpt-4\.1-nano/ }).waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

it('plays a drill on the mock too, one scenario after the other', async () => {
  const { page, context, wrongs } = await openPage(shown.browser);
  await page.goto(`${shown.url}/drills`);
  await page.getByRole('button', { name: 'Run a drill' }).click();
  const card = page.getByRole('region', { name: 'Scorecard' });
  await card.getByText('Passed').first().waitFor();
  await card.getByText('Waiting').first().waitFor();
  await page.getByText('Finished', { exact: true }).first().waitFor();
  expect(await card.getByText('Passed').count()).toBe(4);
  await page.getByRole('button', { name: 'Run a drill' }).and(page.locator(':enabled')).waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

it('shows whoever asks what a number counts, and Escape closes it', async () => {
  const { page, context, wrongs } = await openPage(shown.browser);
  await page.goto(shown.url);
  await page.getByRole('button', { name: 'What Failed requests means' }).press('Enter');
  const meaning = page.getByText('refused for their own sake');
  await meaning.waitFor();
  await page.keyboard.press('Escape');
  await meaning.waitFor({ state: 'hidden' });
  expect(wrongs).toEqual([]);
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
