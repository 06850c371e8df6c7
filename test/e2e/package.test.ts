import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/gateway.ts';
import { onFreePorts, Process } from '../harness/process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

const packages = [
  'health',
  'dialects',
  'formats',
  'simulator',
  'contract',
  'gateway',
  'console',
  'cli',
];

describe('the packages as they would be published', () => {
  it('install into an empty folder and start with npx', async () => {
    await run('npm', ['run', 'build'], { cwd: root });
    const folder = temporaryFolder();
    const tarballs = join(folder, 'tarballs');
    const project = join(folder, 'project');
    mkdirSync(tarballs);
    mkdirSync(project);
    for (const name of packages) {
      const cwd = join(root, 'packages', name);
      await run('npm', ['pack', '--pack-destination', tarballs], { cwd });
    }
    const files = readdirSync(tarballs).map((name) => join(tarballs, name));
    expect(files).toHaveLength(packages.length);
    await run('npm', ['init', '-y'], { cwd: project });
    await run('npm', ['install', '--no-audit', '--prefer-offline', ...files], { cwd: project });

    const bin = join(project, 'node_modules/.bin/vitalgate');
    const started = new Process(bin, ['start'], onFreePorts(join(folder, 'data')));
    const printed = await started.until(/^ready$/m);
    const line = /^curl .*chat\/completions.*$/m.exec(printed)?.[0] ?? '';
    const { stdout } = await run('sh', ['-c', `${line} -s`]);
    expect(stdout).toContain('[simulated]');
    started.child.kill('SIGTERM');
    expect((await started.ended).code).toBe(0);
  }, 240_000);
});
