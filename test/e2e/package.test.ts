import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

interface Packed {
  readonly filename: string;
  readonly integrity: string;
  readonly files: readonly { readonly path: string }[];
}

async function pack(name: string, folder: string): Promise<Packed> {
  const cwd = join(root, 'packages', name);
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd });
  const [packed] = JSON.parse(stdout) as Packed[];
  if (packed === undefined) throw new Error(`npm packed nothing of ${name}: ${stdout}`);
  return packed;
}

/** All that is published: what was built, what it was built from, and what is said about it. */
const published =
  /^(?:(?:dist|src)\/(?:[\w-]+\/)*[\w-]+(?:\.d)?\.(?:js|ts)|dist\/(?:index\.html|manifest\.json|assets\/[\w-]+\.(?:js|css|svg))|package\.json|README\.md|LICENSE)$/;

describe('the packages as they would be published', () => {
  let folder: string;
  let packed: readonly Packed[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
    await run('npm', ['run', 'build'], { cwd: root });
    packed = await Promise.all(packages.map((name) => pack(name, folder)));
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('MR1: hold what is on the list, and nothing else', () => {
    for (const { filename, files } of packed) {
      const paths = files.map(({ path }) => path);
      expect([filename, paths.filter((path) => !published.test(path))]).toEqual([filename, []]);
      expect(paths.filter((path) => /\.test\.|\.map$/.test(path))).toEqual([]);
      expect(paths).toContain('package.json');
    }
  });

  // One that the compiler makes, and the one that the bundler makes.
  it.each([
    ['health', 'tsc', '-p', '.', '--incremental', 'false', '--composite', 'false', '--outDir'],
    ['console', 'vite', 'build', '--outDir'],
  ])('MR1: are the same, made again: %s', async (name, command, ...args) => {
    const cwd = join(root, 'packages', name);
    const again = join(temporaryFolder(), 'again');
    const first = packed[packages.indexOf(name)];
    expect((await pack(name, temporaryFolder())).integrity).toBe(first?.integrity);
    await run(join(root, 'node_modules/.bin', command), [...args, again], { cwd });
    const built = globSync('**/*.*', { cwd: again });
    const differs = built.filter(
      (file) => !readFileSync(join(again, file)).equals(readFileSync(join(cwd, 'dist', file))),
    );
    expect([built.length > 50, differs]).toEqual([true, []]);
  });

  it('install into an empty folder and start with npx', async () => {
    const project = temporaryFolder();
    const files = packed.map(({ filename }) => join(folder, filename));
    await run('npm', ['init', '-y'], { cwd: project });
    await run('npm', ['install', '--no-audit', '--prefer-offline', ...files], { cwd: project });

    const bin = join(project, 'node_modules/.bin/vitalgate');
    const started = new Process(bin, ['start'], onFreePorts(join(project, 'data')));
    const printed = await started.until(/^ready$/m);
    const line = /^curl .*chat\/completions.*$/m.exec(printed)?.[0] ?? '';
    const { stdout } = await run('sh', ['-c', `${line} -s`]);
    expect(stdout).toContain('[simulated]');
    started.child.kill('SIGTERM');
    expect((await started.ended).code).toBe(0);
  }, 240_000);
});
