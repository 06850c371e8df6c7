/** The console in a browser: built once, served as the admin listener would, looked at by Chromium. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { debianProgram } from './debian.ts';

const packageFolder = fileURLToPath(new URL('../../packages/console', import.meta.url));
export const demoFolder: string = join(packageFolder, 'demo/dist');
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

/** Written for people to look at. */
export const screenPath = (name: string, size: Size, scheme: Scheme): string =>
  join(screens, `${name}-${size}-${scheme}.png`);
