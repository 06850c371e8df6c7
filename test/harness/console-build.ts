/** Builds the console once for all tests that look at it: as it is served, and as a demonstration. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../../packages/console', import.meta.url));

export async function setup(): Promise<void> {
  await build({ root, logLevel: 'error', build: { emptyOutDir: true } });
  await build({
    root,
    mode: 'demo',
    logLevel: 'error',
    build: { outDir: 'demo/dist', emptyOutDir: true },
  });
}
