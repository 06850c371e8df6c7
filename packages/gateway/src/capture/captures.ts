import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { siblingModule } from '../sibling-module.ts';
import { countCaptures } from '../store/captures.ts';
import type { Store } from '../store/database.ts';
import { Pending } from './pending.ts';
import type { Captured, CaptureOrder, CaptureReport } from './worker.ts';

/** Beyond this, what comes is not kept: prompts must not fill the memory of a gateway in distress. */
const MOST_WAITING_BYTES = 32 * 1024 * 1024;

/** The front of what is captured: hands it on, and counts what is lost on the way. */
export class Captures {
  readonly #store: string;
  readonly #log: (problem: string | undefined) => void;
  #worker: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();
  /** Those that are handed on and not written down, oldest first. */
  readonly #waiting: { readonly id: string; readonly bytes: number }[] = [];
  readonly #pending: Pending;
  #problem: string | undefined;
  waitingBytes = 0;
  /** Since the start. */
  kept = 0;
  lost = 0;

  /**
   * @param folder of this process alone, for what the next has to know
   * @param log told when the store takes none, with why, and with undefined when it does again
   */
  constructor(store: string, folder: string, log: (problem: string | undefined) => void) {
    this.#store = store;
    this.#pending = new Pending(join(folder, 'captures'));
    this.#log = log;
  }

  /** Counts what a process before this one had under way when it was killed, and gives how many. */
  async countLost(store: Store): Promise<number> {
    const { before } = this.#pending;
    const lost = before.length - (await countCaptures(store, before));
    this.lost += lost;
    return lost;
  }

  add(captured: Captured): void {
    const bytes =
      (captured.request?.bytes.length ?? 0) +
      (captured.answer?.bytes.length ?? 0) +
      captured.id.length;
    if (this.waitingBytes + bytes > MOST_WAITING_BYTES) {
      this.lost += 1;
      return;
    }
    this.#waiting.push({ id: captured.id, bytes });
    this.#pending.add(captured.id);
    this.waitingBytes += bytes;
    this.#worker ??= this.#hire();
    this.#worker.postMessage({ captured } satisfies CaptureOrder);
  }

  /** Resolves once what waits now is written down or lost, or the store does not take it. */
  async settled(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined || this.#waiting.length === 0) return;
    const until = this.kept + this.lost + this.#waiting.length;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.kept + this.lost < until && this.#problem === undefined) return;
        worker.off('message', look);
        worker.off('exit', look);
        resolve();
      };
      worker.on('message', look);
      worker.on('exit', look);
    });
  }

  /** Writes down what waits. */
  async close(): Promise<void> {
    this.#worker?.postMessage('finish' satisfies CaptureOrder);
    await this.#ended;
    this.#pending.close();
  }

  #hire(): Worker {
    const worker = new Worker(siblingModule('worker', import.meta.url), {
      workerData: this.#store,
    });
    worker.on('message', ({ kept, lost, problem }: CaptureReport) => {
      this.kept += kept;
      this.lost += lost;
      this.#done(kept + lost);
      if (problem !== this.#problem && (problem === undefined) !== (this.#problem === undefined)) {
        this.#log(problem);
      }
      this.#problem = problem;
    });
    worker.on('error', ({ message }) => this.#log(message));
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        // What it had is gone with it; the next has another.
        this.lost += this.#waiting.length;
        this.#done(this.#waiting.length);
        this.#worker = undefined;
        resolve();
      });
    });
    return worker;
  }

  #done(count: number): void {
    for (const { bytes } of this.#waiting.splice(0, count)) this.waitingBytes -= bytes;
    this.#pending.settle(this.#waiting.map(({ id }) => id));
  }
}
