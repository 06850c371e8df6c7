import { connect, type NetConnectOpts } from 'node:net';
import { setDeadline, type Patience } from './deadline.ts';
import type { Look, Outcome } from './outcome.ts';
import { reasonOf } from './reason.ts';

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
    try {
      await opened({ host, port, ...(lookup && { lookup }) }, deadline.signal);
      return { status: 'pass', latencyMs: deadline.elapsedMs() };
    } catch (error) {
      return unanswered(
        deadline.signal.aborted ? deadline.signal.reason : error,
        deadline.elapsedMs(),
      );
    } finally {
      deadline.end();
    }
  };
}

/** The outcome when no answer came. */
export function unanswered(error: unknown, latencyMs: number): Outcome {
  const reason = reasonOf(error);
  const isOurs = reason === 'aborted' || reason === 'out_of_files';
  return { status: 'fail', reason, fault: isOurs ? 'gateway' : 'network', latencyMs };
}

function opened(options: NetConnectOpts, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const socket = connect({ ...options, signal });
    socket.once('connect', () => {
      resolve();
      socket.destroy();
    });
    // Stays on: a socket that is being destroyed may still report, and nobody else listens.
    socket.on('error', reject);
  });
}
