import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { StartFailure, type Address, type NetworkRuleConfig } from '@vitalgate/contract';
import { type Cancel, type Clock, systemClock } from '@vitalgate/health';
import { siblingModule } from '../sibling-module.ts';
import { Heartbeat } from './heartbeat.ts';

/** What the probes thread knows when the main thread cannot be asked. */
export interface ProbesState {
  readonly phase: 'starting' | 'serving' | 'draining';
  readonly isReady: boolean;
  readonly reasons: readonly string[];
  /** Ranges, as the configuration has them. */
  readonly networks: NetworkRuleConfig;
}

/** From the main thread to the probes thread. */
export type ToProbes =
  | { readonly state: ProbesState }
  | { readonly metrics: string; readonly asked: number }
  | { readonly probed: string | undefined; readonly asked: number };

/** From the probes thread to the main thread. */
export type FromProbes =
  | { readonly listening: number }
  | { readonly failed: string }
  | { readonly metricsWanted: number }
  | { readonly probeWanted: number; readonly target: string };

const REFRESH_MS = 250;

/**
 * The probes listener: liveness, readiness and metrics on a thread of its own, so that they are
 * answered while the main loop is blocked, and say so.
 */
export class Probes {
  readonly port: number;
  readonly #worker: Worker;
  readonly #stop: readonly Cancel[];
  readonly #state: () => ProbesState;
  #told = '';

  private constructor(
    worker: Worker,
    port: number,
    clock: Clock,
    beat: Cancel,
    state: () => ProbesState,
  ) {
    this.#worker = worker;
    this.port = port;
    this.#state = state;
    this.#stop = [beat, clock.every(REFRESH_MS, () => this.refresh())];
    this.refresh();
  }

  static async start(
    address: Address,
    clock: Clock,
    state: () => ProbesState,
    metrics: () => string,
    probe: (target: string) => Promise<string | undefined>,
  ): Promise<Probes> {
    const heartbeat = new Heartbeat();
    // The thread reads it by the system's clock, whichever the gateway lives by.
    const beat = heartbeat.start(systemClock);
    const worker = new Worker(siblingModule('probes-worker', import.meta.url), {
      workerData: { address, heartbeat: heartbeat.buffer, networks: state().networks },
    });
    const [first] = (await once(worker, 'message')) as [FromProbes];
    if (!('listening' in first)) {
      await worker.terminate();
      throw listenFailure('probes', address, 'failed' in first ? first.failed : '');
    }
    worker.on('message', (message: FromProbes) => {
      if ('metricsWanted' in message) {
        worker.postMessage({ metrics: metrics(), asked: message.metricsWanted } satisfies ToProbes);
      }
      if ('probeWanted' in message) {
        const asked = message.probeWanted;
        void probe(message.target).then((probed) =>
          worker.postMessage({ probed, asked } satisfies ToProbes),
        );
      }
    });
    return new Probes(worker, first.listening, clock, beat, state);
  }

  /** Tells the thread what has changed; at once when it must not wait, such as before draining. */
  refresh(): void {
    const state = this.#state();
    const told = JSON.stringify(state);
    if (told === this.#told) return;
    this.#told = told;
    this.#worker.postMessage({ state } satisfies ToProbes);
  }

  async close(): Promise<void> {
    for (const stop of this.#stop) stop();
    await this.#worker.terminate();
  }
}

/** Why a listener could not be opened, in words a person can act on. */
export function listenFailure(name: string, { host, port }: Address, code: string): StartFailure {
  const where = `listen.${name} ${host}:${port}`;
  return code === 'EADDRINUSE'
    ? new StartFailure(
        'address_in_use',
        `${where} is in use; stop the other program, or choose another port`,
      )
    : new StartFailure(
        'cannot_listen',
        `${where} cannot be listened on (${code || 'unknown error'})`,
      );
}
