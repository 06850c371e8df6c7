import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../errors.ts';
import { freePort, Running } from '../processes.ts';
import type { Contender } from './contender.ts';
import { waitForPort } from './listening.ts';

const version = '1.15.2';
const folder = join(import.meta.dirname, '..', '.cache', `portkey-${version}`);
const program = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
const INSTALL_MS = 300_000;

/** It would listen on every address of the machine; a bench stays on loopback. */
const loopbackOnly =
  'data:text/javascript,' +
  'import{Server}from"node:net";const{listen}=Server.prototype;' +
  'Server.prototype.listen=function(port,host,...rest){' +
  'return listen.call(this,port,"127.0.0.1",...rest.filter(Boolean),...(typeof host==="function"?[host]:[]))}';

/** The nearest peer: the gateway of Portkey, also TypeScript on Node, installed when first wanted. */
export const portkey: Contender = {
  name: 'portkey',

  async prepare() {
    try {
      if (!existsSync(program)) await install();
      return { version };
    } catch (error) {
      if (!(error instanceof BenchError)) throw error;
      return { missing: error.message };
    }
  },

  async start({ upstreamPort, core }) {
    const port = await freePort();
    const process = new Running(core, globalThis.process.execPath, [
      '--import',
      loopbackOnly,
      program,
      '--headless',
      `--port=${port}`,
    ]);
    await process.says(/Ready for connections/, 20_000);
    await waitForPort(port);
    return {
      port,
      process,
      headers: {
        authorization: 'Bearer sk-bench',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
      },
      model: 'bench-upstream',
    };
  },
};

/** @throws BenchError when npm cannot bring it. */
async function install(): Promise<void> {
  await mkdir(folder, { recursive: true });
  // A package of its own here keeps npm from adding to the repository's. With a newer node-server
  // than the one in Portkey's own lock file every stream is answered with a 500.
  const manifest = { private: true, overrides: { '@hono/node-server': '1.13.5' } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  const npm = new Running(undefined, 'npm', [
    'install',
    '--prefix',
    folder,
    '--no-workspaces',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    `@portkey-ai/gateway@${version}`,
  ]);
  await npm.result(INSTALL_MS);
}
