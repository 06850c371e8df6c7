/** Peers that are not ours: each in a process of its own, installed when first wanted. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, Subject } from './contenders/contender.ts';
import { BenchError } from './errors.ts';
import { Running } from './processes.ts';

const cache = join(import.meta.dirname, '.cache');
const INSTALL_MS = 300_000;
const READY_MS = 20_000;

/** A file that serves, given a folder with what it needs and the port of the upstream. */
export const served = (file: URL, folder = ''): Pick<Contender, 'start'> => ({
  async start({ upstreamPort, core, profiles }) {
    const profiling = profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profiles];
    const process = new Running(core, 'env', [
      'NODE_ENV=production',
      globalThis.process.execPath,
      '--conditions=vitalgate-source',
      ...profiling,
      fileURLToPath(file),
      folder,
      String(upstreamPort),
    ]);
    const [, port] = await process.says(/^port (\d+)$/m, READY_MS);
    return { port: Number(port), process, headers: {}, model: '' };
  },
});

/** Never a dependency of this repository; `platform` is what it runs on, with versions. */
export const peer = (
  subjects: readonly Subject[],
  file: URL,
  name: string,
  version: string,
  ...platform: readonly string[]
): Contender => {
  const folder = join(cache, `${name.replace('/', '-')}-${version}`);
  return {
    ...served(file, folder),
    name,
    subjects,
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
