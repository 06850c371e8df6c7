import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../harness/free-port.ts';

const tool = resolve('tools/dependency-age.ts');

const lock = {
  packages: {
    '': { name: 'root', version: '1.0.0' },
    'packages/ours': { name: '@ours/package', version: '1.0.0' },
    'node_modules/@ours/package': { resolved: 'packages/ours', link: true },
    'node_modules/old': { version: '1.0.0' },
    'node_modules/old/node_modules/@some/young': { version: '2.0.0' },
    'packages/ours/node_modules/@some/young': { version: '1.9.0' },
    'node_modules/alias': { name: 'old', version: '3.0.0' },
  },
};

/** Runs the tool over a lock, with npm told to ask this registry. */
const check = async (registry: string, packages: object): Promise<[code: number, said: string]> => {
  const cwd = mkdtempSync(join(tmpdir(), 'vitalgate-age-'));
  writeFileSync(join(cwd, 'package-lock.json'), JSON.stringify({ packages }));
  const env = { ...process.env, npm_config_registry: registry };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [tool], { cwd, env });
    return [0, stderr + stdout];
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return [code, stderr + stdout];
  }
};

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();

/** A registry of two packages, under a path as a company's mirror has it. */
const registryOf = async (young: number): Promise<string> => {
  const known: Record<string, object> = {
    '/npm/old': { '1.0.0': daysAgo(900), '3.0.0': daysAgo(14.1), '9.9.9': daysAgo(1) },
    '/npm/@some%2fyoung': { '1.9.0': daysAgo(800), '2.0.0': daysAgo(young) },
  };
  const server = createServer(({ url = '' }, response) => {
    const time = known[url];
    response.writeHead(time === undefined ? 404 : 200).end(JSON.stringify({ time }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm/`;
};

describe('R04: a release', () => {
  it('is refused for a version of the lock that is younger than 14 days', async () => {
    const registry = await registryOf(13.9);
    const [code, said] = await check(registry, lock.packages);
    expect(code).toBe(1);
    expect(said).toContain('@some/young@2.0.0: 13.9 days');
    expect(said).not.toMatch(/old@|1\.9\.0|ours/);
    expect(said).toContain('2 packages, 4 versions: 1 too young, 0 unknown');
  });

  it('is made when all are older', async () => {
    const registry = await registryOf(14.1);
    const [code, said] = await check(registry.slice(0, -1), lock.packages);
    expect([code, said]).toEqual([0, '2 packages, 4 versions: 0 too young, 0 unknown\n']);
  });

  it('is refused when the registry cannot say', async () => {
    const registry = await registryOf(100);
    const [code, said] = await check(registry, {
      'node_modules/gone': { version: '1.0.0' },
      'node_modules/old': { version: '1.0.1' },
    });
    expect(code).toBe(1);
    expect(said).toContain('gone: status 404');
    expect(said).toContain('old@1.0.1: no date');
    const away = `http://127.0.0.1:${await freePort()}/`;
    const [failed, told] = await check(away, lock.packages);
    expect(failed).toBe(1);
    expect(told).toContain(`Their age could not be asked of ${away}`);
    expect(told).toContain('old: ECONNREFUSED');
  });

  it('asks before anything is published', () => {
    const { scripts } = JSON.parse(readFileSync('packages/cli/package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts['prepublishOnly']).toBe('npm --prefix ../.. run check:age');
  });
});
