import { connect, isIP, type Socket } from 'node:net';
import { forbidden, ForbiddenAddress, guardedLookup } from './address.ts';

/**
 * The outbound door for protocols that are not HTTP: a connection to an address that was checked,
 * in whatever spelling it was given.
 *
 * @throws {ForbiddenAddress} or what the system says
 */
export function dial(
  { host, port }: { readonly host: string; readonly port: number },
  { mayBePrivate, timeoutMs }: { readonly mayBePrivate: boolean; readonly timeoutMs: number },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const range = isIP(host) === 0 ? undefined : forbidden(host, mayBePrivate);
    if (range !== undefined) return reject(new ForbiddenAddress(range));
    const socket = connect({ host, port, lookup: guardedLookup(mayBePrivate), timeout: timeoutMs });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.once('timeout', () => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)));
    socket.once('error', reject);
  });
}
