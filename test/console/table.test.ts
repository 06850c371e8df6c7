import { createMock } from '@vitalgate/contract/api/mock';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  answerFrom,
  consoleFolder,
  demoFolder,
  launchBrowser,
  openPage,
  serveFolder,
  type Served,
} from '../harness/console.ts';

/** Tables of a hundred thousand rows, told by counts: how many are laid out, and which. */
const ROWS = 100_000;
/** A window full, and some to either side. */
const MOST_LAID_OUT = 60;

/** A machine that does other work too takes its time; nothing is asserted by it. */
const PATIENT = { timeout: 15_000 };

let browser: Browser;
let served: Served;
let demo: Served;

beforeAll(async () => {
  [browser, served, demo] = await Promise.all([
    launchBrowser(),
    serveFolder(consoleFolder),
    serveFolder(demoFolder),
  ]);
});
afterAll(async () => {
  await browser.close();
  served.close();
  demo.close();
});

/** Targets are told all at once: made in the page, for 30 MB would take their time on the way. */
const manyTargets = (first: unknown): string => `
  const plain = globalThis.fetch;
  const first = ${JSON.stringify(first)};
  let told;
  globalThis.fetch = async (url, init) => {
    // A line that stays: each new one would have everything read anew.
    if (url.startsWith('/api/events')) {
      const headers = { 'content-type': 'text/event-stream' };
      return new Response(new ReadableStream({ start() {} }), { headers });
    }
    if (url !== '/api/targets') return plain(url, init);
    told ??= JSON.stringify({
      items: Array.from({ length: ${ROWS} }, (_, i) => ({
        ...first, id: 'provider/model-' + i, inFlight: i,
      })),
    });
    return new Response(told, { headers: { 'content-type': 'application/json' } });
  };`;

const rowsOf = (page: Page) => page.locator('[role="row"][data-index]');
/** Where the focus is, counted from 1 behind the heading. */
const focused = (page: Page) =>
  page.evaluate('Number(document.activeElement.getAttribute("aria-rowindex")) - 1');

it('lays out what is in view of 100,000 rows; wheel, keys and sorting go on working', async () => {
  const mock = createMock({ every: () => () => {} });
  const { page, context, wrongs } = await openPage(browser);
  await page.addInitScript(manyTargets(mock.state.targets[0]));
  await answerFrom(page, mock);
  await page.goto(`${served.url}/targets`);
  const table = page.getByRole('grid');
  await table.getByText('provider/model-0', { exact: true }).waitFor();
  expect(await table.getAttribute('aria-rowcount')).toBe(String(ROWS + 1));
  const laidOut = [await rowsOf(page).count()];

  await table.getByText('provider/model-3', { exact: true }).hover();
  await page.mouse.wheel(0, 1_000_000);
  await expect
    .poll(async () => Number(await rowsOf(page).first().getAttribute('data-index')), PATIENT)
    .toBeGreaterThan(10_000);
  laidOut.push(await rowsOf(page).count());

  await rowsOf(page).nth(12).focus();
  const moves = ['End', 'ArrowUp', 'Home', 'ArrowDown', 'PageDown'] as const;
  const places: unknown[] = [];
  for (const key of moves) {
    const before = await focused(page);
    await page.keyboard.press(key);
    await expect.poll(() => focused(page), PATIENT).not.toBe(before);
    places.push(await focused(page));
    laidOut.push(await rowsOf(page).count());
  }
  expect(places).toEqual([ROWS, ROWS - 1, 1, 2, 12]);

  const heading = table.getByRole('columnheader', { name: 'In flight' });
  const sorted = () => heading.getAttribute('aria-sort');
  while ((await sorted()) !== 'descending') {
    const before = await sorted();
    await heading.getByRole('button').click();
    await expect.poll(sorted, PATIENT).not.toBe(before);
  }
  await table.getByText(`provider/model-${ROWS - 1}`, { exact: true }).waitFor();
  laidOut.push(await rowsOf(page).count());
  expect(Math.min(...laidOut)).toBeGreaterThan(5);
  expect(Math.max(...laidOut)).toBeLessThanOrEqual(MOST_LAID_OUT);
  // And a row still opens.
  await rowsOf(page).first().focus();
  await page.keyboard.press('Enter');
  await page
    .getByRole('heading', { level: 1, name: `provider/model-${ROWS - 1}` })
    .or(page.getByText('there is no'))
    .first()
    .waitFor();
  expect(wrongs.filter((one) => !one.includes('Failed to load resource'))).toEqual([]);
  await context.close();
});

it('reads page after page of 100,000 requests, and lays out no more for it', async () => {
  const { page, context } = await openPage(browser);
  await page.goto(`${demo.url}/requests?requests=${ROWS}`);
  const table = page.getByRole('grid');
  await rowsOf(page).first().focus();
  const known = async () => Number(await table.getAttribute('aria-rowcount')) - 1;
  for (let pages = 0; pages < 6; pages += 1) {
    const before = await known();
    await page.keyboard.press('End');
    await expect.poll(known, PATIENT).toBeGreaterThan(before);
    expect(await rowsOf(page).count()).toBeLessThanOrEqual(MOST_LAID_OUT);
  }
  expect(await known()).toBeGreaterThanOrEqual(600);
  await context.close();
});
