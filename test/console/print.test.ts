import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoFolder, openPage, showFolder, visit, type Shown } from '../harness/console.ts';

/** What is handed on as paper or PDF: all of it, and legible, whatever the screen looks like. */
let shown: Shown;
beforeAll(async () => {
  shown = await showFolder(demoFolder);
});
afterAll(() => shown.close());

/** Whether a page's plots are in the colours of what surrounds them. */
const PLOT_COLOUR = `[...document.querySelectorAll('.u-legend .u-marker')].map((one) =>
  getComputedStyle(one).borderTopColor)`;

/** What the page is like the moment before it is printed. */
const WHEN_PRINTED = `addEventListener('beforeprint', () => {
  globalThis.printed = {
    scheme: document.documentElement.dataset.mantineColorScheme,
    text: getComputedStyle(document.body).color,
    rows: document.querySelectorAll('[role=grid] [data-index]').length,
    plots: ${PLOT_COLOUR},
  };
});`;

/** What of it stands around the page, and what would have to be scrolled, as the sheet for paper has it. */
const ON_PAPER = `{
  columns: [...document.querySelectorAll('[role=columnheader]')]
    .filter((one) => one.getClientRects().length === 0)
    .map((one) => one.textContent),
  beyond: [...document.querySelectorAll('[role=gridcell]')]
    .filter((one) => one.getBoundingClientRect().right > innerWidth)
    .map((one) => one.textContent),
  around: [...document.querySelectorAll('aside, header:not(main *), nav')]
    .filter((one) => one.getClientRects().length > 0)
    .map((one) => one.textContent),
  scrolled: [...document.querySelectorAll('main *')]
    .filter((one) => /auto|scroll/.test(getComputedStyle(one).overflowY))
    .map((one) => one.className),
}`;

it.each([
  ['/usage', 'Usage and cost', 7],
  ['/audit', 'Audit log', 40],
  ['/requests', 'Requests', 40],
])('prints %s whole, light and by itself', async (path, heading, least) => {
  const { page, context, wrongs } = await openPage(shown.browser);
  await page.emulateMedia({ colorScheme: 'dark' });
  await visit(page, shown.url, path);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await page.locator('[data-mantine-color-scheme="dark"]').waitFor();
  await page.getByRole('row').nth(1).waitFor();
  const plots: readonly string[] = await page.evaluate(PLOT_COLOUR);
  await page.evaluate(WHEN_PRINTED);
  await page.pdf();
  const printed: { rows: number; plots: readonly string[] } = await page.evaluate('printed');
  expect(printed).toMatchObject({ scheme: 'light', text: 'rgb(21, 33, 29)' });
  expect(printed.rows).toBeGreaterThanOrEqual(least);
  // A sheet of A4 within its margins.
  await page.setViewportSize({ width: 718, height: 1000 });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  expect(await page.evaluate(`(${ON_PAPER})`)).toEqual({
    columns: [],
    beyond: [],
    around: [],
    scrolled: [],
  });
  await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
  // On the screen all is as it was.
  await page.locator('[data-mantine-color-scheme="dark"]').waitFor();
  await expect.poll(() => page.evaluate(PLOT_COLOUR)).toEqual(plots);
  if (plots.length > 0) expect(printed.plots).not.toEqual(plots);
  expect(wrongs).toEqual([]);
  await context.close();
});

it('shows what a ground alone tells on paper too, and in the reader’s own colours', async () => {
  const { page, context } = await openPage(shown.browser);
  await visit(page, shown.url, '/health');
  await page.getByText('Unknown').waitFor();
  expect(await page.locator('.drawn').count()).toBeGreaterThan(90);
  const looks = (): Promise<Record<'printed' | 'ground', string>> =>
    page.evaluate(`(({ printColorAdjust, backgroundColor }) => ({
      printed: printColorAdjust, ground: backgroundColor,
    }))(getComputedStyle(document.querySelector('.drawn')))`);
  const before = await looks();
  expect(before.printed).toBe('exact');
  const outline = () =>
    page.evaluate(
      "getComputedStyle(document.querySelector('.mantine-SegmentedControl-label[data-active]')).outlineStyle",
    );
  expect(await outline()).toBe('none');
  await page.emulateMedia({ forcedColors: 'active' });
  expect(await looks()).toEqual(before);
  expect(await outline()).toBe('solid');
  await context.close();
});
