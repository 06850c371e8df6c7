import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsIn } from '../harness/axe.ts';
import {
  demoFolder,
  screenPath,
  seeAs,
  showFolder,
  sizes,
  visit,
  type Scheme,
  type Shown,
  type Size,
} from '../harness/console.ts';
import { pages } from './pages.ts';

/**
 * Every page as it looks over the contract's mock, at two sizes, light and dark: nothing refused by
 * the content policy, nothing that axe objects to, nothing that has to be scrolled sideways, at 400 %
 * neither (WCAG 2.2, 1.4.10: a window of 1280 by 1024 is one of 320 by 256 then).
 */
let shown: Shown;
beforeAll(async () => {
  shown = await showFolder(demoFolder);
});
afterAll(() => shown.close());

/** What can be chosen and does not show, because what it is in ends before and does not scroll. */
const CUT_OFF = `[...document.querySelectorAll('main :is(a, button, input, select, textarea, label)')]
  .filter((one) => {
    const { right, width } = one.getBoundingClientRect();
    const isIn = (box) => box.getBoundingClientRect().right < right - 1;
    const scrolls = (box) => /auto|scroll/.test(getComputedStyle(box).overflowX);
    const boxes = [];
    for (let box = one.parentElement; box !== null; box = box.parentElement) boxes.push(box);
    return width > 1 && !boxes.some(scrolls) && boxes.some(isIn);
  })
  .map((one) => one.textContent)`;

/** In this order a page changes one thing at a time; axe looks at each size and each scheme once. */
const looks: readonly [size: Size, scheme: Scheme, isAsked: boolean][] = [
  ['wide', 'light', true],
  ['wide', 'dark', false],
  ['narrow', 'dark', true],
  ['narrow', 'light', false],
];

it.each(pages)('%s', async (name, path, heading) => {
  const { page, url, wrongs } = shown;
  await page.setViewportSize(sizes.wide);
  await page.emulateMedia({ colorScheme: 'light' });
  await visit(page, url, path);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  for (const [size, scheme, isAsked] of looks) {
    await seeAs(page, size, scheme);
    await page.screenshot({ path: screenPath(name, size, scheme), fullPage: true });
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect([size, overflow]).toEqual([size, 0]);
    if (!isAsked) continue;
    expect(await violationsIn(page), `${size}, ${scheme}`).toEqual([]);
  }
  await page.setViewportSize({ width: 320, height: 256 });
  await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  expect(await page.evaluate(CUT_OFF)).toEqual([]);
  expect(wrongs.splice(0)).toEqual([]);
});
