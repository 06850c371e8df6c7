import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  demoFolder,
  launchBrowser,
  openPage,
  screenPath,
  serveFolder,
  sizes,
  type Scheme,
  type Served,
  type Size,
} from '../harness/console.ts';

/**
 * Every page as it looks over the contract's mock, at two sizes, light and dark: nothing refused by
 * the content policy, nothing that axe objects to, nothing that has to be scrolled sideways.
 */
const pages: readonly [name: string, path: string, heading: string][] = [
  ['now', '/', 'Now'],
  ['targets', '/targets', 'Targets'],
  ['target', '/targets/openai%2Fgpt-4.1-mini', 'openai/gpt-4.1-mini'],
  ['requests', '/requests', 'Requests'],
  ['keys', '/keys', 'Keys'],
  ['teams', '/teams', 'Teams'],
  ['limits', '/limits', 'Limits and budgets'],
  ['usage', '/usage', 'Usage and cost'],
  ['health', '/health', 'Health'],
  ['guide', '/guide', 'Set-up guide'],
  ['playground', '/playground', 'Playground'],
  ['providers', '/providers', 'Providers and models'],
  ['guardrails', '/guardrails', 'Guardrails'],
  ['alerts', '/alerts', 'Alerts'],
  ['drills', '/drills', 'Drills'],
  ['configuration', '/configuration', 'Configuration'],
  ['users', '/users', 'Users'],
  ['tokens', '/tokens', 'Admin tokens'],
  ['audit', '/audit', 'Audit log'],
  ['setup', '/setup?as=new&token=link', 'Make it yours'],
  ['me', '/me', 'Your profile'],
  ['sign-in', '/sign-in?as=nobody', 'Sign in'],
];
let browser: Browser;
let served: Served;

beforeAll(async () => {
  [browser, served] = await Promise.all([launchBrowser(), serveFolder(demoFolder)]);
});
afterAll(async () => {
  await browser.close();
  served.close();
});

it.each(pages)('%s', async (name, path, heading) => {
  const { page, context, wrongs } = await openPage(browser);
  await page.goto(served.url + path);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  for (const size of Object.keys(sizes) as Size[]) {
    await page.setViewportSize(sizes[size]);
    for (const scheme of ['light', 'dark'] as Scheme[]) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.locator(`[data-mantine-color-scheme="${scheme}"]`).waitFor();
      await page.waitForLoadState('networkidle');
      await page.screenshot({ path: screenPath(name, size, scheme), fullPage: true });
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
      expect(found, `${size}, ${scheme}`).toEqual([]);
    }
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect([size, overflow]).toEqual([size, 0]);
  }
  expect(wrongs).toEqual([]);
  await context.close();
});
