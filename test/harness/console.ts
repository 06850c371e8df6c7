/** The console in a browser: built once, served as the admin listener would, looked at by Chromium. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mock } from '@vitalgate/contract/api/mock';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { debianProgram } from './debian.ts';

const packageFolder = fileURLToPath(new URL('../../packages/console', import.meta.url));
export const demoFolder: string = join(packageFolder, 'demo/dist');
/** As the admin listener serves it. */
export const consoleFolder: string = join(packageFolder, 'dist');
const screens = fileURLToPath(new URL('../../screenshots', import.meta.url));

/** The policy that the admin listener sends. */
export const CONTENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface Served {
  readonly url: string;
  close(): void;
}

/** A folder with the pages' paths all leading to its index, as the admin listener serves it. */
export async function serveFolder(folder: string): Promise<Served> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    // Names of targets have dots, too.
    const file = extname(pathname) in types ? pathname : '/index.html';
    try {
      const body = readFileSync(join(folder, normalize(file)));
      response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
      response.setHeader('content-security-policy', CONTENT_POLICY);
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await debianProgram('chromium', 'chromium'),
    args: ['--no-sandbox', '--disable-gpu'],
  });
}

export const sizes = {
  wide: { width: 1440, height: 900 },
  narrow: { width: 380, height: 800 },
} as const;
export type Size = keyof typeof sizes;
export type Scheme = 'light' | 'dark';

/** A page that keeps what went wrong in it: errors of scripts, refusals of the content policy. */
export async function openPage(
  browser: Browser,
): Promise<{ page: Page; context: BrowserContext; wrongs: string[] }> {
  const context = await browser.newContext({
    viewport: sizes.wide,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  // A machine that runs the whole suite beside takes its time; nothing is asserted by it.
  page.setDefaultTimeout(30_000);
  const wrongs: string[] = [];
  page.on('pageerror', (error) => wrongs.push(`error: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') wrongs.push(`console: ${message.text()}`);
  });
  return { page, context, wrongs };
}

/** Makes the first owner, Ada, by the link that is printed at the start. */
export async function setUp(page: Page, link: string | undefined): Promise<void> {
  await page.goto(link ?? '');
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').first().fill('a sentence of my own');
  await page.getByRole('button', { name: 'Begin' }).click();
  await page.getByRole('heading', { level: 1, name: 'Set-up guide' }).waitFor();
}

export interface Shown {
  readonly browser: Browser;
  readonly page: Page;
  readonly wrongs: string[];
  readonly url: string;
  close(): Promise<void>;
}

/** A folder in a browser, with a page for all tests of a file. */
export async function showFolder(folder: string): Promise<Shown> {
  const [browser, served] = await Promise.all([launchBrowser(), serveFolder(folder)]);
  const { page, wrongs } = await openPage(browser);
  return {
    browser,
    page,
    wrongs,
    url: served.url,
    async close() {
      await browser.close();
      served.close();
    },
  };
}

/** Sees a page in a window of this size, in this light. */
export async function seeAs(page: Page, size: Size, scheme: Scheme): Promise<void> {
  await page.setViewportSize(sizes[size]);
  await page.emulateMedia({ colorScheme: scheme });
  await page.locator(`[data-mantine-color-scheme="${scheme}"]`).waitFor();
}

/**
 * Shows another page of the console, without loading it all anew unless somebody else signs in, and
 * waits until what it shows has come.
 */
export async function visit(page: Page, origin: string, path: string): Promise<void> {
  if (path.includes('as=') || !page.url().startsWith(origin) || page.url().includes('as=')) {
    await page.goto(origin + path);
  } else {
    await page.evaluate(`history.pushState({}, '', ${JSON.stringify(path)})`);
    // Nothing of the page before can be taken for it.
    await page.waitForURL(origin + path);
  }
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  const loading = page.getByRole('status', { name: 'Loading' });
  while ((await loading.count()) > 0) await loading.first().waitFor({ state: 'detached' });
}

/** Answers what a page asks of the admin API from a mock, changed as a test wants it. */
export async function answerFrom(
  page: Page,
  mock: Mock,
  change: {
    /** Path and query that the mock is asked for, by those of the page. */
    readonly asked?: (path: string) => string;
    readonly answer?: (answer: unknown) => unknown;
  } = {},
): Promise<void> {
  const { asked = (path) => path, answer = (told) => told } = change;
  await page.route('**/api/**', async (route) => {
    const request = route.request();
    const { pathname, search } = new URL(request.url());
    if (pathname === '/api/openapi.json') return route.fulfill({ json: {} });
    if (pathname === '/api/events') {
      return route.fulfill({ contentType: 'text/event-stream', body: '' });
    }
    const body = request.postData();
    const told = await mock.fetch(asked(pathname + search), {
      method: request.method(),
      headers: request.headers(),
      ...(body !== null && { body }),
    });
    const text = await told.text();
    const isJson = told.headers.get('content-type')?.includes('json') === true;
    return route.fulfill({
      status: told.status,
      headers: Object.fromEntries(told.headers),
      body: isJson ? JSON.stringify(answer(JSON.parse(text))) : text,
    });
  });
}

/** Written for people to look at. */
export const screenPath = (name: string, size: Size, scheme: Scheme): string =>
  join(screens, `${name}-${size}-${scheme}.png`);
