import type { Recorder } from '../history/recorder.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { readSettings, type StatusSettings } from './settings.ts';
import { takeSnapshot, type StatusSnapshot } from './snapshot.ts';

/** However many look, the store is asked this seldom. */
const FRESH_MS = 15_000;
/** So soon a page that was turned on or off is so everywhere. */
const SETTINGS_MS = 5000;

interface PageOptions {
  readonly store: Store;
  readonly history: Recorder;
  readonly current: () => Running;
}

/** What anybody is told of how well it is, and whether they are told at all. */
export class StatusPage {
  readonly #options: PageOptions;
  #settings: StatusSettings | undefined;
  #settingsAt = Number.NEGATIVE_INFINITY;
  #snapshot: StatusSnapshot | undefined;
  #takenAt = Number.NEGATIVE_INFINITY;
  #taking: Promise<StatusSnapshot | undefined> | undefined;

  constructor(options: PageOptions) {
    this.#options = options;
  }

  /** What is shown now; undefined while the page is off. */
  async show(): Promise<StatusSnapshot | undefined> {
    const { clock } = this.#options.current();
    const now = clock.now();
    if (now - this.#takenAt < FRESH_MS && now - this.#settingsAt < SETTINGS_MS) {
      return this.#snapshot;
    }
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  /** Settings have changed: the next who looks sees it. */
  forget(): void {
    this.#takenAt = Number.NEGATIVE_INFINITY;
  }

  async #take(): Promise<StatusSnapshot | undefined> {
    const { store, history, current } = this.#options;
    const running = current();
    const before = this.#settings;
    this.#settings = await readSettings(running, store);
    this.#settingsAt = running.clock.now();
    const isSame = JSON.stringify(before) === JSON.stringify(this.#settings);
    if (isSame && this.#settingsAt - this.#takenAt < FRESH_MS) return this.#snapshot;
    this.#snapshot = this.#settings.enabled
      ? await takeSnapshot(running, store, history, this.#settings)
      : undefined;
    this.#takenAt = running.clock.now();
    return this.#snapshot;
  }
}
