import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsIn } from '../harness/axe.ts';
import {
  demoFolder,
  seeAs,
  showFolder,
  sizes,
  visit,
  type Scheme,
  type Shown,
  type Size,
} from '../harness/console.ts';
import { dialogs, take } from './dialogs.ts';

/**
 * All that opens over a page, over the contract's mock: nothing that axe objects to, in a large
 * window and a small one, light and dark; nothing cut off; and Escape closes
 * the one on top and no other.
 */
let shown: Shown;
beforeAll(async () => {
  shown = await showFolder(demoFolder);
});
afterAll(() => shown.close());

/** What is open and would have to be scrolled sideways. */
const SIDEWAYS = `[...document.querySelectorAll('[role=dialog]')]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)`;

/** Whether something has the focus. */
const IS_ANYWHERE = 'document.activeElement !== document.body';

const looks: readonly [size: Size, scheme: Scheme][] = [
  ['wide', 'light'],
  ['narrow', 'dark'],
];

it.each(dialogs)('%s', async (name, path, ...steps) => {
  const { page, url, wrongs } = shown;
  const open = page.getByRole('dialog');
  // What a test that failed has left.
  if ((await open.count()) > 0) await page.reload();
  // The menu opens where there is no room for it beside the page.
  await page.setViewportSize(sizes[name === 'menu' ? 'narrow' : 'wide']);
  await page.emulateMedia({ colorScheme: 'light' });
  await visit(page, url, path);
  for (const [i, step] of steps.entries()) {
    await take(page, step);
    // A question stands over what it was asked from; none has a third. The next step is taken on top.
    await expect.poll(() => open.count()).toBe(Math.min(i + 1, 2));
  }
  for (const [size, scheme] of looks) {
    await seeAs(page, size, scheme);
    expect(await violationsIn(page, '[role="dialog"]'), `${size}, ${scheme}`).toEqual([]);
    expect(await page.evaluate(SIDEWAYS)).toEqual([]);
  }
  for (let left = await open.count(); left > 0; left -= 1) {
    // What is shown once does not go by a key that was meant for something else.
    const kept = page.getByRole('button', { name: 'I have kept it' });
    await page.keyboard.press('Escape');
    if (await kept.isVisible()) await kept.click();
    await expect.poll(() => open.count()).toBe(left - 1);
  }
  // Whoever goes by keyboard goes on from where they were.
  if (typeof steps[0] === 'string' || 'row' in (steps[0] ?? {})) {
    await expect.poll(() => page.evaluate(IS_ANYWHERE)).toBe(true);
  }
  expect(wrongs.splice(0)).toEqual([]);
});
