import type { Clock } from '@vitalgate/health';
import type { DrillRunner } from './admin/drills.ts';
import type { Environment } from './config/interpolate.ts';
import type { Line } from './workers/siblings.ts';

export interface StartOptions {
  /** Path of a configuration file; without one the embedded default runs. */
  readonly configFile?: string;
  readonly environment: Environment;
  /** Where log lines go. */
  readonly log: (line: string) => void;
  readonly logLevel?: string;
  /** Where several processes of this machine serve one configuration. */
  readonly worker?: WorkerOptions;
  /** Where the built console is; without it the admin listener serves plain pages. */
  readonly consoleFolder?: string;
  /** What drills are run with; without it there are none. */
  readonly drills?: DrillRunner;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface StopOptions {
  /** Others send calls here: they are taken for `server.drainDelay` still. */
  readonly isBalanced: boolean;
}

/** One of several processes that serve the same callers. */
export interface WorkerOptions {
  /** From 0; the first alone has the listeners for operators and orchestrators. */
  readonly index: number;
  readonly line: Line;
  /** Where the first listens for callers; undefined in the first itself. */
  readonly port: number | undefined;
  /** Addresses of simulators and local models that the first has started, by provider. */
  readonly simulators: ReadonlyMap<string, URL>;
}

/** A gateway that is up. */
export interface Gateway {
  readonly addresses: {
    readonly gateway: string;
    /** This and the next are empty where only the first worker has them. */
    readonly admin: string;
    readonly probes: string;
    /** `host:port`, where configured. */
    readonly agent?: string;
    readonly grpc?: string;
  };
  /** A model to make the first call with, if there is one. */
  readonly firstModel: string | undefined;
  /** The secret of a key that was made because there was none; not to be had again. */
  readonly firstKey: string | undefined;
  /** One-time link with which the first person becomes owner; undefined when there is one. */
  readonly setUpLink: string | undefined;
  /** Control addresses of the built-in simulators, by provider. */
  readonly simulators: ReadonlyMap<string, URL>;
  /** Addresses of the models in files that it runs, by provider. */
  readonly localModels: ReadonlyMap<string, URL>;
  /** Takes up the configuration file as it is now; a mistake changes nothing. */
  reload(): Promise<void>;
  /**
   * Stops: not ready at once, running requests end within `server.drainTimeout`, what is owed to
   * the ledger is written.
   */
  stop(options?: StopOptions): Promise<void>;
}
