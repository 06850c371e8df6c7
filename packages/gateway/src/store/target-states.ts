import type { Cancel, Clock, Tracker, TrackerState } from '@vitalgate/health';
import type { Log } from '../observe/log.ts';
import type { Store } from './database.ts';
import { loadState, saveState } from './state.ts';

/** What is known of targets is saved this often, so that a restart does not send callers to a sick one. */
const SAVE_MS = 5000;
const NAME = 'targets';

interface Parts {
  readonly store: Store;
  readonly tracker: Tracker;
  readonly clock: Clock;
  readonly log: Log;
}

/** Saves what is known of targets now, for what has to be there whenever the process ends. */
export async function saveTargets({ store, tracker, log }: Omit<Parts, 'clock'>): Promise<void> {
  await saveState(store, NAME, tracker.dump()).catch((error: unknown) =>
    log.warn({ err: error }, 'target states not saved'),
  );
}

/** What is known of targets, beyond a restart. */
export class TargetStates {
  readonly #parts: Parts;
  #saved: unknown;
  #stop: Cancel = () => {};
  #save: () => Promise<void> = async () => {};

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Begins with what was saved last; what cannot be read is not known. */
  async restore(): Promise<void> {
    const { store, tracker, log } = this.#parts;
    const remembered = await loadState(store, NAME);
    try {
      if (remembered !== undefined) tracker.restore(remembered as TrackerState);
    } catch (error) {
      log.warn({ err: error }, 'what was known of targets cannot be read; they start as unknown');
    }
  }

  /** Saves from now on what has changed, while `isPossible`. */
  keep(isPossible: () => boolean): void {
    const { store, tracker, clock, log } = this.#parts;
    this.#saved = tracker.snapshot();
    this.#save = async () => {
      const now = tracker.snapshot();
      if (now === this.#saved || !isPossible()) return;
      this.#saved = now;
      await saveTargets({ store, tracker, log });
    };
    this.#stop = clock.every(SAVE_MS, () => void this.#save());
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#save();
  }
}
