/** Programs of Debian packages, found or installed: real servers and consumers to test against. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian keeps daemons where no user’s PATH looks, and database servers deeper still. */
const FOLDERS = [
  ...(process.env['PATH'] ?? '').split(':'),
  '/usr/sbin',
  '/sbin',
  '/usr/lib/nagios/plugins',
];

/** Stops packages from starting their servers when they are installed (Debian Policy, 9.3.3). */
const POLICY = '/usr/sbin/policy-rc.d';

/** The policy comes and goes under the lock: another test’s would end while this one installs. */
const install = `
  if ! test -e "$1"; then
    trap 'rm -f "$1"' EXIT
    printf '#!/bin/sh\\nexit 101\\n' > "$1" && chmod 755 "$1"
  fi
  $2 || { apt-get update && $2; }`;

/** One apt at a time, whatever number of tests want something. */
const LOCK = '/tmp/vitalgate-test-apt.lock';

/**
 * Path of a program. Installs its package when it is not there and this is root; otherwise fails
 * with the command that would bring it, for a test that is skipped proves nothing.
 */
export async function debianProgram(
  name: string,
  packageName: string,
  folders: readonly string[] = [],
): Promise<string> {
  const found = find(name, folders);
  if (found !== undefined) return found;
  const command = `apt-get install -y --no-install-recommends ${packageName}`;
  if (process.getuid?.() !== 0) {
    throw new Error(`${name} is not here; bring it with: sudo ${command}`);
  }
  try {
    await run('flock', [LOCK, 'sh', '-c', install, '-', POLICY, command], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (cause) {
    throw new Error(`${name} could not be brought by: ${command}`, { cause });
  }
  const installed = find(name, folders);
  if (installed === undefined) throw new Error(`${packageName} has brought no ${name}`);
  return installed;
}

const find = (name: string, folders: readonly string[]): string | undefined =>
  [...folders, ...FOLDERS].map((folder) => join(folder, name)).find((path) => existsSync(path));
