import { Worker, type Transferable } from 'node:worker_threads';
import type { Cancel, Clock } from '@vitalgate/health';

/** One is done at a time, and so many may wait; each is of a body that is in memory anyway. */
const MOST_WAITING = 64;

/** An order, made when the thread can take it, and what of it is given away instead of copied. */
export interface Order<Told> {
  readonly told: Told;
  readonly moved?: Transferable[];
}

/** Nobody has begun with it, or whoever had is gone. */
export type Undone = 'waited' | 'ended';

/** What the thread says: first that it listens, then an answer for each order. */
export type FromThread<Answer> = { readonly ready: true } | { readonly answer: Answer };

interface Job<Told, Answer> {
  readonly order: () => Order<Told>;
  readonly done: PromiseWithResolvers<Answer | Undone>;
  stop: Cancel;
}

interface Life {
  readonly worker: Worker;
  isReady: boolean;
  /** It takes no more: what it is given now would end with it. */
  isEnding: boolean;
}

interface Settings {
  readonly module: URL;
  /** A job that takes more ends the thread, and not the process with all its callers. */
  readonly memoryMb: number;
  readonly longestWaitMs: number;
  /** A job that takes longer ends the thread. */
  readonly longestRunMs?: number;
  readonly clock: Clock;
  readonly onDeath: (problem: string) => void;
}

/**
 * The front of a thread that does one job after the other. It is started when it is first needed, and again after it
 * has died. What it cannot do is left to who asked.
 */
export class JobThread<Told, Answer> {
  readonly #settings: Settings;
  #life: Life | undefined;
  #current: Job<Told, Answer> | undefined;
  readonly #waiting: Job<Told, Answer>[] = [];
  #isClosed = false;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  run(order: () => Order<Told>): Promise<Answer | Undone> {
    if (this.#isClosed || this.#waiting.length >= MOST_WAITING) return Promise.resolve('waited');
    const { clock, longestWaitMs } = this.#settings;
    const job: Job<Told, Answer> = { order, done: Promise.withResolvers(), stop: () => {} };
    this.#waiting.push(job);
    this.#next();
    if (this.#current !== job) job.stop = clock.after(longestWaitMs, () => this.#giveBack(job));
    return job.done.promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#waiting.splice(0)) this.#giveBack(job);
    await this.#life?.worker.terminate();
  }

  #next(): void {
    if (this.#current !== undefined || this.#waiting.length === 0) return;
    this.#life ??= this.#start();
    if (!this.#life.isReady || this.#life.isEnding) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    job.stop();
    this.#current = job;
    const life = this.#life;
    const { clock, longestRunMs } = this.#settings;
    if (longestRunMs !== undefined) {
      job.stop = clock.after(longestRunMs, () => {
        life.isEnding = true;
        void life.worker.terminate();
      });
    }
    const { told, moved = [] } = job.order();
    life.worker.postMessage(told, moved);
  }

  #start(): Life {
    const { module, memoryMb, onDeath } = this.#settings;
    const worker = new Worker(module, { resourceLimits: { maxOldGenerationSizeMb: memoryMb } });
    const life = { worker, isReady: false, isEnding: false };
    let problem = 'it was ended';
    worker.unref();
    worker.on('message', (message: FromThread<Answer>) => {
      life.isReady = true;
      if ('answer' in message) this.#settle(message.answer);
      this.#next();
    });
    worker.on('error', ({ message }) => (problem = message));
    worker.on('exit', () => {
      this.#life = undefined;
      if (!this.#isClosed) onDeath(problem);
      // One that does not even start would be started again and again.
      if (!life.isReady) for (const job of this.#waiting.splice(0)) this.#giveBack(job);
      this.#settle('ended');
      this.#next();
    });
    return life;
  }

  #settle(said: Answer | Undone): void {
    const job = this.#current;
    this.#current = undefined;
    job?.stop();
    job?.done.resolve(said);
  }

  #giveBack(job: Job<Told, Answer>): void {
    job.stop();
    const at = this.#waiting.indexOf(job);
    if (at !== -1) this.#waiting.splice(at, 1);
    job.done.resolve('waited');
  }
}
