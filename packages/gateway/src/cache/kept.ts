import { randomUUID } from 'node:crypto';
import type { Clock } from '@vitalgate/health';
import { reasonOf } from '../shared/reason.ts';
import type { Deadlines } from '../upstream/deadlines.ts';
import { decodeEntry, encodeEntry, type AnswerStore, type Entry } from './entry.ts';

/** Something outside of the process that keeps bytes by name, and may be slow or gone. */
export interface Keeper {
  read(key: string, now: number): Promise<Buffer | undefined>;
  write(key: string, bytes: Buffer, now: number, ends: number): Promise<unknown>;
  remove(key: string): Promise<unknown>;
  /** Removes everything, unless that was done for this erasure before. */
  erase(erasure: string): Promise<unknown>;
  close(): Promise<void>;
}

/** One that takes longer is not waited for. */
const MOST_WAIT_MS = 150;
/** After a failure it is left alone for so long. */
const REST_MS = 1000;
/** Bytes that may be on their way there; what comes on top is not kept. */
const MOST_PENDING = 32 * 1024 ** 2;
/** Names that could not be removed. With more, everything is removed. */
const MOST_OWED = 10_000;
/** Nothing is kept for longer, however long it says that it is fresh. */
const MOST_KEPT_MS = 30 * 24 * 3600 * 1000;

/**
 * Answers in a store that outlives the process. While that is slow or gone nothing is remembered, and
 * calls go on; what had to be forgotten meanwhile is removed before anything is read again.
 */
export class KeptAnswers implements AnswerStore {
  problem: string | undefined = 'connecting';
  readonly #keeper: Keeper;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #onChange: (problem: string | undefined) => void;
  readonly #owed = new Set<string>();
  #erasure: string;
  #recovering: Promise<void> | undefined;
  #restsUntil = Number.NEGATIVE_INFINITY;
  #isToldLost = false;
  #pending = 0;

  constructor(
    keeper: Keeper,
    options: {
      readonly clock: Clock;
      readonly deadlines: Deadlines;
      /** The last one of which this instance was told. */
      readonly erasure: string;
      readonly onChange: (problem: string | undefined) => void;
    },
  ) {
    this.#keeper = keeper;
    this.#clock = options.clock;
    this.#deadlines = options.deadlines;
    this.#erasure = options.erasure;
    this.#onChange = options.onChange;
  }

  async get(key: string): Promise<Entry | undefined> {
    if (!this.#isThere()) return undefined;
    try {
      const bytes = await this.#inTime(this.#keeper.read(key, this.#clock.wall()));
      // Meanwhile it may have been lost, with something to be forgotten.
      if (bytes === undefined || this.problem !== undefined) return undefined;
      return decodeEntry(bytes);
    } catch (error) {
      this.#lost(error);
      return undefined;
    }
  }

  set(key: string, entry: Entry): void {
    if (!this.#isThere() || this.#pending > MOST_PENDING) return;
    const bytes = encodeEntry(entry);
    const now = this.#clock.wall();
    this.#pending += bytes.length;
    this.#keeper
      .write(key, bytes, now, Math.min(entry.ends, now + MOST_KEPT_MS))
      .catch((error: unknown) => this.#lost(error))
      .finally(() => (this.#pending -= bytes.length));
  }

  delete(key: string): void {
    if (!this.#isThere()) return this.#owe(key);
    this.#keeper.remove(key).catch((error: unknown) => {
      this.#owe(key);
      this.#lost(error);
    });
  }

  async clear(erasure: string): Promise<void> {
    this.#erasure = erasure;
    this.#owed.clear();
    // Nothing is read before it is done.
    this.problem ??= 'erasing';
    await this.#recovering;
    await this.recover();
  }

  close(): Promise<void> {
    return this.#keeper.close();
  }

  /** Looks whether it can be used, once what is due there is done. */
  recover(): Promise<void> {
    this.#recovering ??= this.#recover().finally(() => (this.#recovering = undefined));
    return this.#recovering;
  }

  async #recover(): Promise<void> {
    const erasure = this.#erasure;
    try {
      await this.#inTime(this.#keeper.erase(erasure));
      for (const key of this.#owed) {
        await this.#inTime(this.#keeper.remove(key));
        this.#owed.delete(key);
      }
      if (erasure !== this.#erasure) return;
      this.problem = undefined;
      if (this.#isToldLost) this.#onChange(undefined);
      this.#isToldLost = false;
    } catch (error) {
      this.#lost(error);
    }
  }

  #isThere(): boolean {
    if (this.problem === undefined) return true;
    if (this.#clock.now() >= this.#restsUntil) void this.recover();
    return false;
  }

  #owe(key: string): void {
    this.#owed.add(key);
    if (this.#owed.size <= MOST_OWED) return;
    this.#owed.clear();
    this.#erasure = randomUUID();
  }

  #lost(error: unknown): void {
    this.problem = reasonOf(error);
    this.#restsUntil = this.#clock.now() + REST_MS;
    if (!this.#isToldLost) this.#onChange(this.problem);
    this.#isToldLost = true;
  }

  #inTime<Answer>(asked: Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const deadlines = this.#deadlines;
      const due = {
        dueAt: this.#clock.now() + MOST_WAIT_MS,
        onDue() {
          deadlines.delete(due);
          // An answer that is there has only to be read: this process may have been busy itself.
          setImmediate(() => reject(new TooSlow()));
        },
      };
      deadlines.add(due);
      asked.then(resolve, reject).finally(() => deadlines.delete(due));
    });
  }
}

class TooSlow extends Error {
  readonly code = 'too_slow';
}
