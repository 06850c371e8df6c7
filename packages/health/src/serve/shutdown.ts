import type { Server } from 'node:http';
import type { Health } from '../health.ts';

export interface ShutdownOptions {
  /** SIGTERM and SIGINT when not given. */
  readonly signals?: readonly NodeJS.Signals[];
  /** How long to go on serving after readiness began to fail, in milliseconds; 25,000 when not given. */
  readonly delayMs?: number;
  /** Where signals come from; this process when not given. */
  readonly from?: Pick<NodeJS.EventEmitter, 'on' | 'off'>;
}

/**
 * Ends a service without losing a request. At the first signal readiness fails while everything
 * is still served; after the delay no new connection is taken, and the promise resolves when the
 * last request is answered. A second signal cuts what is left.
 */
export function shutdownOn(
  health: Health,
  server: Server,
  options: ShutdownOptions = {},
): Promise<void> {
  const { signals = ['SIGTERM', 'SIGINT'], delayMs, from = process } = options;
  const hurry = Promise.withResolvers<void>();
  return new Promise((over) => {
    let isLeaving = false;
    const leave = async (): Promise<void> => {
      if (isLeaving) return hurry.resolve();
      isLeaving = true;
      await Promise.race([health.drain(delayMs), hurry.promise]);
      server.close(() => {
        for (const signal of signals) from.off(signal, listener);
        health.close();
        over();
      });
      server.closeIdleConnections();
      void hurry.promise.then(() => server.closeAllConnections());
    };
    const listener = (): void => void leave();
    for (const signal of signals) from.on(signal, listener);
  });
}
