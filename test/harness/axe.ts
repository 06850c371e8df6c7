import axe from 'axe-core';
import type { Page } from 'playwright-core';

type Found = readonly (readonly [rule: string, places: readonly string[]])[];

/** A colour on its way to another has a contrast that nobody will read it at. */
const SETTLED = `new Promise((resolve) => requestAnimationFrame(resolve))
  .then(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))
  .then(() => {})`;

/** What axe objects to in a page, or in what a selector names of it: its rules, and where. */
export async function violationsIn(page: Page, within = 'html'): Promise<Found> {
  // Once for each document: reading axe anew takes longer than having it look.
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(axe.source);
  await page.evaluate(SETTLED);
  const asked = `axe.run(${JSON.stringify(within)}, { resultTypes: ['violations'] })`;
  return page.evaluate<Found>(
    `${asked}.then(({ violations }) =>
      violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))`,
  );
}
