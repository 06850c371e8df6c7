/**
 * What a browser loads before it shows the first page of the console, gzipped. Built anew, for what
 * lies in `dist` may be older than the sources.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Manifest } from 'vite';

const MOST_KB = 230;
/** Loaded whatever page is shown, and the page that is shown first. */
const FIRST = ['index.html', 'src/pages/now/now.tsx'];

const root = fileURLToPath(new URL('../packages/console', import.meta.url));
const outDir = mkdtempSync(join(tmpdir(), 'vitalgate-console-'));
try {
  await build({ root, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  const manifest = JSON.parse(readFileSync(join(outDir, 'manifest.json'), 'utf8')) as Manifest;
  const files = new Set<string>(['index.html']);
  const seen = new Set<string>();
  const load = (name: string): void => {
    const chunk = manifest[name];
    if (chunk === undefined || seen.has(name)) return;
    seen.add(name);
    files.add(chunk.file);
    for (const sheet of chunk.css ?? []) files.add(sheet);
    chunk.imports?.forEach(load);
  };
  for (const name of FIRST) {
    if (manifest[name] === undefined) {
      console.error(`the console has no ${name}; name its first page in tools/console-size.ts`);
      process.exitCode = 1;
    }
    load(name);
  }
  const bytes = [...files]
    .map((file) => gzipSync(readFileSync(join(outDir, file))).length)
    .reduce((sum, one) => sum + one, 0);
  const kb = Math.round(bytes / 1024);
  console.log(`first page: ${kb} KB gzipped of ${MOST_KB}, in ${files.size} files`);
  if (kb > MOST_KB) process.exitCode = 1;
} finally {
  rmSync(outDir, { recursive: true, force: true });
}
