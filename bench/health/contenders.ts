/** Libraries that tell of a service's health, each in a process that serves nothing else. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../contenders/contender.ts';
import { BenchError } from '../errors.ts';
import { Running } from '../processes.ts';

const cache = join(import.meta.dirname, '..', '.cache');
const INSTALL_MS = 300_000;
const READY_MS = 20_000;

const served = (file: URL, folder?: string): Pick<Contender, 'subject' | 'start'> => ({
  subject: 'health',
  async start({ core, profiles }) {
    const profiling = profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profiles];
    const process = new Running(core, 'env', [
      'NODE_ENV=production',
      globalThis.process.execPath,
      '--conditions=vitalgate-source',
      ...profiling,
      fileURLToPath(file),
      ...(folder === undefined ? [] : [folder]),
    ]);
    const [, port] = await process.says(/^port (\d+)$/m, READY_MS);
    return { port: Number(port), process, headers: {}, model: '' };
  },
});

/** Installed when first wanted, never a dependency of this repository. */
const peer = (
  file: URL,
  name: string,
  version: string,
  ...platform: readonly string[]
): Contender => {
  const folder = join(cache, `${name.replace('/', '-')}-${version}`);
  return {
    ...served(file, folder),
    name,
    async prepare() {
      try {
        if (!existsSync(join(folder, 'node_modules', name))) {
          await install(folder, [`${name}@${version}`, ...platform]);
        }
        return { version };
      } catch (error) {
        if (!(error instanceof BenchError)) throw error;
        return { missing: error.message };
      }
    },
  };
};

export const healthContenders: readonly Contender[] = [
  {
    ...served(new URL('serve-node.ts', import.meta.url)),
    name: 'node:http',
    prepare: () => Promise.resolve({ version: 'no library' }),
  },
  {
    ...served(new URL('serve-vitalgate.ts', import.meta.url)),
    name: '@vitalgate/health',
    prepare() {
      const manifest = new URL('../../packages/health/package.json', import.meta.url);
      return Promise.resolve(JSON.parse(readFileSync(manifest, 'utf8')) as { version: string });
    },
  },
  peer(
    new URL('serve-nest-terminus.ts', import.meta.url),
    '@nestjs/terminus',
    '12.1.0',
    '@nestjs/common@12.5.1',
    '@nestjs/core@12.5.1',
    '@nestjs/platform-express@12.5.1',
    'reflect-metadata@0.2.2',
    'rxjs@7.8.2',
  ),
  peer(new URL('serve-godaddy-terminus.ts', import.meta.url), '@godaddy/terminus', '4.12.1'),
  peer(
    new URL('serve-fastify-healthcheck.ts', import.meta.url),
    'fastify-healthcheck',
    '5.1.0',
    'fastify@5.12.8',
  ),
];

/** @throws BenchError when npm cannot bring them. */
async function install(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  // A package of its own here keeps npm from adding to the repository's.
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
  const npm = new Running(undefined, 'npm', [
    'install',
    '--prefix',
    folder,
    '--no-workspaces',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    // Terminus names every database client of Nest as a peer; none of them is wanted.
    '--legacy-peer-deps',
    ...packages,
  ]);
  await npm.result(INSTALL_MS);
}
