import type { Cancel, Clock } from '@vitalgate/health';
import type { Store } from './database.ts';

/** Revoked and new keys are noticed this soon, on every instance. */
const LOOK_MS = 1000;
/** A store that has not answered by then counts as one that does not. */
const PATIENCE_MS = 3000;

interface WatchOptions {
  readonly store: Pick<Store, 'revision' | 'renew'>;
  readonly clock: Clock;
  /** Takes up what has changed. */
  readonly refresh: () => Promise<void>;
  /** Told when it stops answering, with why, and with undefined when it answers again. */
  readonly onChange: (problem: string | undefined) => void;
}

/**
 * Looks each second whether what is kept in memory has changed in the store, and knows whether the
 * store answers. Nothing else in the life of a request asks the store for anything.
 */
export class StoreWatch {
  /** Why the store does not answer; undefined while it does. */
  problem: string | undefined;
  /** Monotonic milliseconds of the last answer. */
  answeredAt: number;
  readonly #options: WatchOptions;
  #stop: Cancel = () => {};
  #revision: number | undefined;
  #isLooking = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.answeredAt = options.clock.now();
  }

  start(): void {
    this.#stop = this.#options.clock.every(LOOK_MS, () => void this.look());
  }

  /** Takes up at the next look what there is, whether or not it has changed. */
  forget(): void {
    this.#revision = undefined;
  }

  /** Milliseconds for which the store has not answered; 0 while it does. */
  silentMs(now: number): number {
    return this.problem === undefined ? 0 : now - this.answeredAt;
  }

  close(): void {
    this.#stop();
  }

  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { store, clock, refresh } = this.#options;
    try {
      await within(clock, this.#takeUp(store, refresh));
      this.answeredAt = clock.now();
      this.#is(undefined);
    } catch (error) {
      store.renew();
      this.#is(error instanceof Error && error.message !== '' ? error.message : String(error));
    } finally {
      this.#isLooking = false;
    }
  }

  async #takeUp(store: WatchOptions['store'], refresh: () => Promise<void>): Promise<void> {
    const revision = await store.revision();
    if (revision === this.#revision) return;
    await refresh();
    this.#revision = revision;
  }

  #is(problem: string | undefined): void {
    const before = this.problem;
    this.problem = problem;
    if ((before === undefined) !== (problem === undefined)) this.#options.onChange(problem);
  }
}

function within(clock: Clock, promise: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(PATIENCE_MS, () =>
      reject(new Error(`the store has not answered for ${PATIENCE_MS} ms`)),
    );
    promise.then(resolve, reject).finally(cancel);
  });
}
