/**
 * Builds the console after `npm ci`, so that `npm start` has it at once. Where only what runs was
 * installed (`--omit=dev`), there is nothing to build it with: it comes built.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

const folder = fileURLToPath(new URL('../packages/console', import.meta.url));

function isInstalled(name: string): boolean {
  try {
    createRequire(`${folder}/`).resolve(name);
    return true;
  } catch {
    return false;
  }
}

if (isInstalled('vite')) {
  const run = spawnSync('vite', ['build', '--logLevel', 'warn'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.exitCode = run.status ?? 1;
}
