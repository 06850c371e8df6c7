/** What all peers have in common that are served in a process of their own: one port, one end. */
import { createRequire } from 'node:module';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';

/** Something installed in the folder that is this process's first argument. */
export function installed(name: string): unknown {
  return createRequire(join(process.argv[2] ?? '', 'package.json'))(name);
}

/** Of the upstream, this process's second argument. */
export const upstreamUrl = (): string => `http://127.0.0.1:${process.argv[3]}`;

/** Prints the port, and ends the process with its standard input. */
export function announce(server: Server): void {
  console.log(`port ${(server.address() as AddressInfo).port}`);
  process.stdin.resume().on('end', () => process.exit(0));
}
