/** The library as others get it: packed, unpacked into an empty project, compiled and run. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
const source = join(root, 'packages/health');
const bin = join(root, 'node_modules/.bin');
let project: string;

const run = (command: string, args: string[], cwd: string): string => {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return `${stdout}${stderr}`;
  }
};

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'empty-project-'));
  run(join(bin, 'tsc'), ['-b', source], root);
  const packed = run('npm', ['pack', source, '--pack-destination', project, '--silent'], project);
  const modules = join(project, 'node_modules');
  await mkdir(join(modules, '@vitalgate/health'), { recursive: true });
  const target = join(modules, '@vitalgate/health');
  run('tar', ['-xzf', packed.trim(), '-C', target, '--strip-components=1'], project);
  await mkdir(join(modules, '@types'));
  // What the README's application has installed besides.
  const others = ['express', '@types/node', '@types/express'];
  const kin = [
    'express-serve-static-core',
    'serve-static',
    'body-parser',
    'connect',
    'qs',
    'range-parser',
    'send',
    'http-errors',
    'mime',
  ];
  for (const name of [...others, ...kin.map((one) => `@types/${one}`)]) {
    await symlink(join(root, 'node_modules', name), join(modules, name)).catch(() => {});
  }
  await writeFile(
    join(project, 'pg.d.ts'),
    "declare module 'pg' { const pg: { Pool: new () => { query(text: string): Promise<unknown> } }; export default pg; }",
  );
  await writeFile(join(project, 'package.json'), '{"type":"module","private":true}');
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'es2024',
        module: 'nodenext',
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        verbatimModuleSyntax: true,
        noEmit: true,
      },
      include: ['*.ts'],
    }),
  );
});
afterAll(() => rm(project, { recursive: true }));

test('every example of the README compiles in a strict project', async () => {
  const readme = await readFile(join(source, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
  expect(examples.length).toBeGreaterThan(1);
  for (const [n, code] of examples.entries())
    await writeFile(join(project, `example-${n}.ts`), code);
  expect(run(join(bin, 'tsc'), ['-p', project], project)).toBe('');
});

test('the first one runs, by import and by require', async () => {
  const body = `
    const server = createServer((_request, response) => response.end('shop'));
    const health = createHealth({ name: 'shop', version: '1.2.3' });
    health.readiness.add(check('database', { scope: 'shared', run: () => true }));
    serveHealth(server, health);
    server.listen(0, '127.0.0.1', async () => {
      await health.refresh();
      const answer = await fetch('http://127.0.0.1:' + server.address().port + '/health/database');
      console.log(answer.status, (await answer.json()).status);
      process.exit();
    });`;
  const esm = `
    import { check, createHealth } from '@vitalgate/health';
    import { serveHealth } from '@vitalgate/health/serve/node';
    import { createServer } from 'node:http';`;
  const cjs = `
    const { check, createHealth } = require('@vitalgate/health');
    const { serveHealth } = require('@vitalgate/health/serve/node');
    const { createServer } = require('node:http');`;
  await writeFile(join(project, 'run.mjs'), esm + body);
  await writeFile(join(project, 'run.cjs'), cjs + body);
  for (const file of ['run.mjs', 'run.cjs']) {
    expect(run(process.execPath, [file], project)).toBe('200 healthy\n');
  }
});

test('it brings nothing with it, and every entry it names is there', async () => {
  const folder = join(project, 'node_modules/@vitalgate/health');
  const { dependencies, peerDependencies, exports } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  ) as {
    dependencies?: object;
    peerDependencies?: object;
    exports: Record<string, Record<string, string>>;
  };
  expect([dependencies, peerDependencies]).toEqual([undefined, undefined]);
  const names = Object.keys(exports).map((name) => join('@vitalgate/health', name));
  const code = names.map((name) => `await import('${name}');`).join('\n');
  await writeFile(join(project, 'all.mjs'), `${code}\nconsole.log('all');process.exit();`);
  expect(run(process.execPath, ['all.mjs'], project)).toBe('all\n');
});
