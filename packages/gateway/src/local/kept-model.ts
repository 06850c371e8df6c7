import type { LocalModelConfig } from '@vitalgate/contract';
import type { Cancel, Clock } from '@vitalgate/health';
import { LocalModel } from './model.ts';

/** A process that ended is started again after this, then twice as much, and so on. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** One that has run for so long has not ended for the reason it did before. */
const STEADY_MS = 60_000;

export interface KeepOptions {
  readonly clock: Clock;
  readonly folder: string;
  /** Its process has ended; it is started again in so many milliseconds. */
  readonly onDown: (provider: string, problem: string, againMs: number) => void;
  /** It is loaded again. */
  readonly onBack: (provider: string) => void;
}

/** A model in a file that is started again, at the same address, whenever its process ends. */
export class KeptModel {
  /** Its process has ended, and the one in its place is not loaded yet. */
  isDown = false;
  readonly name: string;
  readonly #local: LocalModelConfig;
  readonly #options: KeepOptions;
  #model: LocalModel;
  #isWanted = true;
  #failures = 0;
  #stopWaiting: Cancel = () => {};

  /** @throws {StartFailure} `local_model_failed` when it cannot be run here at all */
  static async start(
    name: string,
    local: LocalModelConfig,
    options: KeepOptions,
  ): Promise<KeptModel> {
    return new KeptModel(await LocalModel.start(name, local, options.folder), name, local, options);
  }

  private constructor(
    model: LocalModel,
    name: string,
    local: LocalModelConfig,
    options: KeepOptions,
  ) {
    this.name = name;
    this.#local = local;
    this.#options = options;
    this.#model = model;
    this.#watch(model);
  }

  get url(): URL {
    return this.#model.url;
  }

  /** Resolves when the first process is loaded, or has failed. */
  get settled(): Promise<void> {
    return this.#model.loaded.catch(() => undefined);
  }

  /** It answers what it was asked, and ends. */
  retire(): void {
    this.#letGo();
    this.#model.retire();
  }

  close(): void {
    this.#letGo();
    this.#model.close();
  }

  #letGo(): void {
    this.#isWanted = false;
    this.#stopWaiting();
  }

  #watch(model: LocalModel): void {
    const { clock } = this.#options;
    const since = clock.now();
    // Whoever waits for it to be loaded is told there; here its end counts.
    model.loaded.catch(() => undefined);
    void model.ended.then((problem) => {
      if (clock.now() - since >= STEADY_MS) this.#failures = 0;
      this.#restart(problem);
    });
  }

  #restart(problem: string): void {
    if (!this.#isWanted) return;
    const { clock, onDown } = this.#options;
    const againMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, LONGEST_WAIT_MS);
    this.#failures += 1;
    this.isDown = true;
    onDown(this.name, problem, againMs);
    this.#stopWaiting = clock.after(againMs, () => void this.#again());
  }

  async #again(): Promise<void> {
    const { folder, onBack } = this.#options;
    const port = Number(this.url.port);
    let model: LocalModel;
    try {
      model = await LocalModel.start(this.name, this.#local, folder, port);
    } catch (error) {
      this.#restart(error instanceof Error ? error.message : String(error));
      return;
    }
    if (!this.#isWanted) {
      model.close();
      return;
    }
    this.#model = model;
    this.#watch(model);
    await model.loaded.then(
      () => {
        this.isDown = false;
        onBack(this.name);
      },
      () => undefined,
    );
  }
}
