/** Libraries that tell of a service's health, each in a process that serves nothing else. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contender } from '../contenders/contender.ts';
import { BenchError } from '../errors.ts';
import { Running } from '../processes.ts';

const cache = join(import.meta.dirname, '..', '.cache');
const INSTALL_MS = 300_000;
const READY_MS = 20_000;

/** The same for all whose platform it is, so that libraries are compared and not platforms' ages. */
const nest = ['common', 'core', 'platform-express'].map((name) => `@nestjs/${name}@12.5.1`);

export const healthContenders: readonly Contender[] = [
  { ...served('serve-node.ts'), name: 'node:http', prepare: ours('no library') },
  { ...served('serve-vitalgate.ts'), name: '@vitalgate/health', prepare: ours(ownVersion()) },
  peer('@nestjs/terminus', '12.1.0', ...nest, 'reflect-metadata@0.2.2', 'rxjs@7.8.2'),
  peer('@godaddy/terminus', '4.12.1'),
  peer('fastify-healthcheck', '5.1.0', 'fastify@5.12.8'),
];

function ours(version: string): Contender['prepare'] {
  return () => Promise.resolve({ version });
}

function ownVersion(): string {
  const manifest = join(import.meta.dirname, '../../packages/health/package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** Installed when first wanted, never a dependency of this repository. */
function peer(name: string, version: string, ...platform: readonly string[]): Contender {
  const stem = name.replace('@', '').replace('js/', '-').replace('/', '-');
  const folder = join(cache, `${stem}-${version}`);
  return {
    ...served(`serve-${stem}.ts`, folder),
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
}

function served(file: string, folder = ''): Pick<Contender, 'subject' | 'start'> {
  return {
    subject: 'health',
    async start({ core, profiles }) {
      const profiling = profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profiles];
      const process = new Running(core, 'env', [
        'NODE_ENV=production',
        globalThis.process.execPath,
        '--conditions=vitalgate-source',
        ...profiling,
        join(import.meta.dirname, file),
        folder,
      ]);
      const [, port] = await process.says(/^port (\d+)$/m, READY_MS);
      return { port: Number(port), process, headers: {}, model: '' };
    },
  };
}

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
