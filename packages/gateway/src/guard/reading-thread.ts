import { Worker } from 'node:worker_threads';
import type { Cancel, Clock } from '@vitalgate/health';
import { siblingModule } from '../sibling-module.ts';
import type { BodyText } from './body-text.ts';
import type { Found } from './hit.ts';
import { Hits } from './hits.ts';
import type { FromReading, ToReading } from './reading-messages.ts';
import type { Beside, Search } from './search.ts';

/** One that waits longer is read by who asked. */
const LONGEST_WAIT_MS = 500;
/** So many may wait; each is a body that is in memory anyway. */
const MOST_WAITING = 64;
/** A text that takes more ends the thread, and not the process with all its callers. */
const MOST_MEMORY_MB = 256;

interface Job {
  readonly search: Search;
  readonly bytes: Buffer;
  readonly text: BodyText;
  readonly found: PromiseWithResolvers<Found | undefined>;
  stopWaiting: Cancel;
}

/**
 * The front of a thread that reads long texts, one after the other. It is started when it is first
 * needed, and again after it has died. What it cannot do is left to who asked: undefined.
 */
export class ReadingThread implements Beside {
  readonly #clock: Clock;
  readonly #onDeath: (problem: string) => void;
  #life: { readonly worker: Worker; isReady: boolean } | undefined;
  #reading: Job | undefined;
  readonly #waiting: Job[] = [];
  #isClosed = false;

  constructor(clock: Clock, onDeath: (problem: string) => void) {
    this.#clock = clock;
    this.#onDeath = onDeath;
  }

  read(search: Search, bytes: Buffer, text: BodyText): Promise<Found | undefined> {
    if (this.#isClosed || this.#waiting.length >= MOST_WAITING) return Promise.resolve(undefined);
    const found = Promise.withResolvers<Found | undefined>();
    const job: Job = { search, bytes, text, found, stopWaiting: () => {} };
    this.#waiting.push(job);
    this.#next();
    if (this.#reading !== job)
      job.stopWaiting = this.#clock.after(LONGEST_WAIT_MS, () => this.#giveBack(job));
    return found.promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#waiting.splice(0)) this.#giveBack(job);
    await this.#life?.worker.terminate();
  }

  #next(): void {
    if (this.#reading !== undefined || this.#waiting.length === 0) return;
    this.#life ??= this.#start();
    if (!this.#life.isReady) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    job.stopWaiting();
    this.#reading = job;
    const { search, text } = job;
    const { start, end, kind, coding, base64From } = text;
    // A copy: others read the body as well.
    const bytes = Uint8Array.from(job.bytes.subarray(start, end));
    const order: ToReading = {
      guardrails: search.written,
      tokens: search.tokens,
      bytes,
      text: { kind, coding, base64From, start: 0, end: bytes.length },
    };
    this.#life.worker.postMessage(order, [bytes.buffer]);
  }

  #start(): { readonly worker: Worker; isReady: boolean } {
    const worker = new Worker(siblingModule('reading-worker', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    });
    const life = { worker, isReady: false };
    let problem = 'it was ended';
    worker.unref();
    worker.on('message', (message: FromReading) => {
      life.isReady = true;
      if (message !== 'ready') this.#hear(message);
      this.#next();
    });
    worker.on('error', ({ message }) => (problem = message));
    worker.on('exit', () => {
      this.#life = undefined;
      if (!this.#isClosed) this.#onDeath(problem);
      // One that does not even start would be started again and again.
      if (!life.isReady) for (const job of this.#waiting.splice(0)) this.#giveBack(job);
      this.#reading?.found.resolve(undefined);
      this.#reading = undefined;
      this.#next();
    });
    return life;
  }

  #hear({ length, hits }: Exclude<FromReading, 'ready'>): void {
    const job = this.#reading;
    this.#reading = undefined;
    if (job === undefined) return;
    const { guardrails } = job.search;
    job.found.resolve(
      length === undefined ? undefined : { length, hits: new Hits(guardrails, hits) },
    );
  }

  #giveBack(job: Job): void {
    job.stopWaiting();
    const at = this.#waiting.indexOf(job);
    if (at !== -1) this.#waiting.splice(at, 1);
    job.found.resolve(undefined);
  }
}
