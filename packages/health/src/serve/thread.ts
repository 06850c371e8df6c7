/**
 * Answers probes from a thread of its own, so that a loop that is busy is not taken for a process
 * that is dead: the thread knows when the loop last turned, and what it had to say then. A loop
 * that only lags is told from one that stands still, and one that stands still for too long fails
 * liveness, which a handler on the same loop could never say.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Health } from '../health.ts';
import { createHandler, defaultRoutes, type ServeOptions } from './handler.ts';
import { threadUrl, type Bulletin, type Notice, type ThreadData } from './thread-main.ts';

export interface ThreadOptions extends Omit<ServeOptions, 'details'> {
  /** 0 for any free port, which is answered. */
  readonly port: number;
  /** All addresses when not given: probers come from outside. */
  readonly host?: string;
  /** How much is shown, to everybody. `codes` when not given. */
  readonly details?: 'status' | 'codes';
  /** From where on a loop that stands still is told, in milliseconds; 1,000 when not given. */
  readonly warnMs?: number;
  /** From where on readiness fails: requests would only wait here. 5,000 when not given. */
  readonly unreadyMs?: number;
  /** From where on liveness fails, so that the process is restarted. 30,000 when not given. */
  readonly deadMs?: number;
}

export interface ProbeThread {
  readonly port: number;
  readonly close: () => Promise<void>;
}

const BEAT_MS = 250;

/** Rejects with the error of `listen`, such as EADDRINUSE. */
export async function serveFromThread(
  health: Health,
  options: ThreadOptions,
): Promise<ProbeThread> {
  const { clock } = health;
  const { port, host, warnMs = 1_000, unreadyMs = 5_000, deadMs = 30_000 } = options;
  const beat = new BigInt64Array(new SharedArrayBuffer(8));
  const workerData: ThreadData = {
    isProbeThread: true,
    port,
    host,
    beat,
    warnMs,
    unreadyMs,
    deadMs,
  };
  const worker = new Worker(threadUrl, { workerData });
  const notices = noticesOf(health, options);
  const turn = (): void => {
    Atomics.store(beat, 0, BigInt(Math.round(clock.now())));
    worker.postMessage(notices());
  };
  turn();
  const [listening] = (await once(worker, 'message')) as [number];
  worker.unref();
  const stop = clock.every(BEAT_MS, turn);
  return {
    port: listening,
    close: async () => {
      stop();
      await worker.terminate();
    },
  };
}

/** Everything the thread may have to say, as of now. */
function noticesOf(health: Health, options: ThreadOptions): () => Bulletin {
  const handle = createHandler(health, options);
  const targets = Object.entries({ ...defaultRoutes, ...options.routes });
  return () => {
    const bulletin = new Map<string, Notice>();
    for (const [url, target] of targets) {
      if (target === false) continue;
      const reply = handle({ method: 'GET', url, header: () => undefined });
      if (reply === undefined || reply instanceof Promise) continue;
      bulletin.set(url, { view: typeof target === 'string' ? target : target.view, reply });
    }
    return bulletin;
  };
}
