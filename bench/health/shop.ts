/** What all the measured services have in common: one dependency, one port, one end. */
import { createRequire } from 'node:module';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

/** How often those that look in the background do so. */
export const INTERVAL_MS = 1000;

let looks = 0;

/** Asks a dependency that answers in the next turn of the loop. */
export async function look(): Promise<true> {
  looks += 1;
  await turn();
  return true;
}

/** The answer to `/looks`: how often the dependency has been asked. */
export function told(): string {
  return String(looks);
}

/** Something installed in the folder that is this process's first argument. */
export function installed(name: string): unknown {
  return createRequire(join(process.argv[2] ?? '', 'package.json'))(name);
}

/** Prints the port, and ends the process with its standard input. */
export function announce(server: Server): void {
  console.log(`port ${(server.address() as AddressInfo).port}`);
  process.stdin.resume().on('end', () => process.exit(0));
}
