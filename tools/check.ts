/**
 * Runs every rule the machine keeps, in one go, and says how each ended. All of them run even
 * when one fails, so that one round of mending suffices. Last line: `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';

const packages = [
  'health',
  'dialects',
  'formats',
  'simulator',
  'contract',
  'gateway',
  'cli',
  'console',
];

const checks: readonly [name: string, command: string, ...args: string[]][] = [
  ['types and build', 'tsc', '-b'],
  ['types of tests, tools and bench', 'tsc', '-p', 'tsconfig.tests.json'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['format', 'oxfmt', '--check', '.'],
  ['layers and cycles', 'depcruise', '--config', '.dependency-cruiser.js', 'packages'],
  ['dead code and unused dependencies', 'knip'],
  ...packages.map(
    (name) => [`package ${name}`, 'publint', '--strict', `packages/${name}`] as const,
  ),
  ['tables of docs/dialects.md', 'node', 'tools/dialects-docs.ts', '--check'],
  ['first page of the console', 'node', 'tools/console-size.ts'],
  ['types as consumers resolve them', 'attw', '--pack', 'packages/health', '--profile', 'esm-only'],
].map((row) => row as [string, string, ...string[]]);

let failed = 0;
for (const [name, command, ...args] of checks) {
  const started = process.hrtime.bigint();
  const run = spawnSync(command, args, { encoding: 'utf8' });
  const ms = Number((process.hrtime.bigint() - started) / 1_000_000n);
  const ok = run.status === 0;
  if (!ok) failed += 1;
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${ms} ms)`);
  if (!ok) console.log(`${run.stdout ?? ''}${run.stderr ?? ''}${run.error?.message ?? ''}`.trim());
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
