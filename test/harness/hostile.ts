/** Text that somebody means harm with, and what it must not come to in a page. */
import type { Page } from 'playwright-core';

/** Markup, script, a markdown link, colours of a terminal, a reversed name of a file. */
export const HOSTILE =
  '<img src="x" onerror="window.owned=1"><script>window.owned=1</script>' +
  '[click](javascript:window.owned=1)\u001B[31mred\u001B[0m\u202Egnp.exe';

/** A line that takes seconds to lay out, if somebody lays it out. */
export const ENDLESS: string = `${HOSTILE}${'M'.repeat(1024 * 1024)}`;

/** What of it a page has let through; nothing, if all is well. */
export const harmOf = (page: Page): Promise<string[]> => page.evaluate(LOOK);

const LOOK = `(() => {
  const harm = [];
  const text = document.body.innerText;
  if ('owned' in window) harm.push('script ran');
  if (document.querySelector('img[src="x"], [onerror]') !== null) harm.push('markup');
  if (document.querySelector('a[href^="javascript:"]') !== null) harm.push('a link');
  if (text.includes('\\u001B')) harm.push('colours of a terminal');
  if (text.includes('\\u202E')) harm.push('a change of direction');
  if (text.length > 200_000) harm.push(text.length + ' characters laid out');
  const sideways = document.documentElement.scrollWidth - innerWidth;
  if (sideways > 0) harm.push(sideways + ' pixels too wide');
  return harm;
})()`;
