import type { AddressInfo, Server } from 'node:net';
import type { Address } from '@vitalgate/contract';
import { listenFailure } from './probes.ts';

/** Several processes may listen on one `reusePort`; the system hands out connections among them. */
export function listen(
  name: string,
  server: Server,
  { host, port }: Address,
  reusePort: boolean = false,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(listenFailure(name, { host, port }, error.code ?? '')),
    );
    server.listen({ host, port, reusePort }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

/** `host:port`, as it stands in a URL (RFC 3986, section 3.2.2). */
export const authority = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Where a server that listens is reached. */
export function urlOf(host: string, server: Server, scheme = 'http'): string {
  return `${scheme}://${authority(host, (server.address() as AddressInfo).port)}`;
}
