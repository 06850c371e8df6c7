import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Where the built console lies; undefined where it has not been built. */
export function findConsole(): string | undefined {
  const manifest = createRequire(import.meta.url).resolve('@vitalgate/console/package.json');
  const folder = join(dirname(manifest), 'dist');
  return existsSync(join(folder, 'index.html')) ? folder : undefined;
}
