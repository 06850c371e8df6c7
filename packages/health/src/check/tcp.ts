import { connect, type NetConnectOpts } from 'node:net';
import { unanswered } from './asking.ts';
import { setDeadline, type Patience } from './deadline.ts';
import type { Look } from './outcome.ts';

export interface TcpCheck extends Patience {
  readonly host: string;
  readonly port: number;
  /** In place of the system's resolver, for instance to refuse private addresses. */
  readonly lookup?: Extract<NetConnectOpts, { port: number }>['lookup'];
}

/** Well when a TCP connection can be opened. Nothing is sent, and it is closed at once. */
export function tcp(check: TcpCheck): Look {
  const { host, port, lookup } = check;
  return async (caller) => {
    const deadline = setDeadline(check, caller);
    const open = opened({ host, port, ...(lookup && { lookup }) }, deadline.signal);
    const found = await open.catch((error: unknown) => unanswered(deadline.verdictOn(error)));
    deadline.end();
    return { ...found, latencyMs: deadline.elapsedMs() };
  };
}

function opened(options: NetConnectOpts, signal: AbortSignal): Promise<{ status: 'pass' }> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const socket = connect({ ...options, signal });
    socket.once('connect', () => {
      resolve({ status: 'pass' });
      socket.destroy();
    });
    // Stays on: a socket that is being destroyed may still report, and nobody else listens.
    socket.on('error', reject);
  });
}
