import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from './clock.ts';
import { SimulatorError } from './errors.ts';
import { effectOf, type Fault } from './fault/fault.ts';
import { type FaultFilter, FaultSet, type StandingFault } from './fault/fault-set.ts';
import { readFault } from './fault/read.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { toyServer } from './server.ts';
import { PromptMemory } from './toy/memory.ts';
import { Random } from './toy/random.ts';
import type { Workshop } from './workshop.ts';
import { StoredResponses } from './toy/stored-responses.ts';

export interface SimulatorOptions {
  /** Address to listen on; loopback when none is given. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** The same seed gives the same answers, identifiers and strikes of chance. */
  readonly seed?: number | string;
  /** For pace, dates and durations; the computer's own when none is given. */
  readonly clock?: Clock;
  /** Set from the start. */
  readonly faults?: readonly Fault[];
  /** Refuse callers without a key (`true`), or without this one. */
  readonly requireKey?: boolean | string;
  /** What `GET /v1/models` lists. Any other name is a model as well. */
  readonly models?: readonly string[];
  /** How many requests the journal keeps in memory; 1,000 when none is given. */
  readonly journalSize?: number;
  /** Append the journal to this file too, each line on the disk before the next step. */
  readonly journalFile?: string;
}

/** A running toy provider. */
export interface Simulator {
  readonly address: { readonly host: string; readonly port: number };
  /** `http://127.0.0.1:49152`, without a slash at the end. */
  readonly url: string;
  /**
   * Sets a fault; one effect on one model is one fault, and the latest goes first. In force once
   * the promise has resolved.
   *
   * @throws {SimulatorError} `invalid_fault`
   */
  set(fault: Fault): Promise<void>;
  /** Heals everything, or what the filter names, and listens again. */
  clear(which?: FaultFilter): Promise<void>;
  /** The faults that are set, the latest first, with how many requests each has struck. */
  readonly faults: readonly StandingFault[];
  /** The latest requests, oldest first; entries of requests that go on are still without ending. */
  readonly journal: readonly JournalEntry[];
  /** Resolves as soon as no request is going on, that is, all have their ending in the journal. */
  settled(): Promise<void>;
  /** Closes every connection and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts a toy model provider: a server that speaks vendors' dialects on the wire, says that it is
 * simulated in each answer, and breaks on demand. `GET /_simulator` tells how to use it.
 *
 * @throws {SimulatorError} `cannot_listen`, `invalid_fault`, `cannot_write_journal`
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const running = new RunningSimulator(options);
  await running.start(options.faults ?? []);
  return running;
}

const defaultModels = ['vitalgate-sim-1', 'vitalgate-sim-1-mini', 'vitalgate-sim-embed-1'];

class RunningSimulator implements Simulator {
  readonly #host: string;
  readonly #journal: Journal;
  readonly #faults: FaultSet;
  readonly #workshop: Workshop;
  readonly #server: Server;
  #port: number;
  #isShut = false;
  #isClosed = false;
  #cancelReopening: () => void = () => undefined;

  constructor(options: SimulatorOptions) {
    const seed = String(options.seed ?? 1);
    this.#host = options.host ?? '127.0.0.1';
    this.#port = options.port ?? 0;
    this.#journal = new Journal(options.journalSize ?? 1000, options.journalFile);
    this.#faults = new FaultSet(new Random(seed, 'faults'));
    this.#workshop = {
      house: {
        seed,
        models: options.models ?? defaultModels,
        memory: new PromptMemory(),
        stored: new StoredResponses(),
      },
      faults: this.#faults,
      journal: this.#journal,
      clock: options.clock ?? systemClock,
      requireKey: options.requireKey ?? false,
      isClosing: () => this.#isShut,
    };
    this.#server = toyServer(this.#workshop, this);
  }

  async start(faults: readonly Fault[]): Promise<void> {
    const read = faults.map(readFault);
    await this.#listen();
    for (const fault of read) await this.set(fault);
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: this.#host, port: this.#port };
  }

  get url(): string {
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return `http://${host}:${this.#port}`;
  }

  get faults(): readonly StandingFault[] {
    return this.#faults.list();
  }

  get journal(): readonly JournalEntry[] {
    return this.#journal.entries;
  }

  settled(): Promise<void> {
    return this.#journal.settled();
  }

  async set(fault: Fault): Promise<void> {
    const { effect, value } = effectOf(readFault(fault));
    this.#refuseWhenClosed();
    this.#faults.set(fault);
    if (effect === 'refuse') this.#refuse(value === true ? undefined : value);
  }

  async clear(which?: FaultFilter): Promise<void> {
    this.#refuseWhenClosed();
    this.#faults.clear(which);
    await this.#reopen();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const freed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#refuse(undefined);
    await freed;
    await this.#journal.settled();
    this.#journal.close();
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new SimulatorError('closed', 'start another one');
  }

  /** Stops listening and closes what is open, for so many milliseconds or until reopened. */
  #refuse(ms: number | undefined): void {
    this.#cancelReopening();
    this.#isShut = true;
    this.#server.close();
    this.#server.closeAllConnections();
    if (ms === undefined) return;
    this.#cancelReopening = this.#workshop.clock.after(ms, () => {
      this.#faults.clear({ effect: 'refuse' });
      // Another program may have taken the port meanwhile: then it stays shut, and says so.
      this.#reopen().catch((error: Error) => process.emitWarning(error));
    });
  }

  async #reopen(): Promise<void> {
    const isRefusing = this.#faults.list().some((fault) => 'refuse' in fault);
    if (!this.#isShut || isRefusing) return;
    this.#cancelReopening();
    await this.#listen();
  }

  async #listen(): Promise<void> {
    this.#isShut = false;
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: Error): void =>
        reject(new SimulatorError('cannot_listen', cause.message, { cause }));
      server.once('error', fail);
      server.listen({ host: this.#host, port: this.#port }, () => {
        server.off('error', fail);
        resolve();
      });
    });
    this.#port = (server.address() as AddressInfo).port;
  }
}
