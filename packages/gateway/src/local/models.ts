import type { Config, LocalModelConfig } from '@vitalgate/contract';
import type { Clock } from '@vitalgate/health';
import { KeptModel, type KeepOptions } from './kept-model.ts';

interface Running {
  readonly model: KeptModel;
  readonly wanted: string;
}

interface Options extends KeepOptions {
  /** Other processes know their addresses: what runs is not replaced. */
  readonly isLasting: boolean;
  /** It is still loading, and its calls are refused until it has. */
  readonly onSlow: (provider: string) => void;
}

/** Small models are there at the first call; for others a start does not wait. */
const PATIENCE_MS = 5000;

const patience = (clock: Clock): Promise<false> =>
  new Promise((done) => {
    clock.after(PATIENCE_MS, () => done(false));
  });

/** The models in files that a configuration asks for, each running once. */
export class LocalModels {
  readonly #running = new Map<string, Running>();
  /** In whose place others run; what is under way there is answered yet. */
  #replaced: KeptModel[] = [];
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /**
   * Starts what is not running as it is wanted. What it replaces runs on until `keep`.
   *
   * @throws {StartFailure} `local_model_failed` when it cannot be run here at all
   */
  async start(name: string, local: LocalModelConfig): Promise<URL> {
    const { clock, isLasting, onSlow } = this.#options;
    const wanted = JSON.stringify(local);
    const known = this.#running.get(name);
    if (known !== undefined && (isLasting || known.wanted === wanted)) return known.model.url;
    const model = await KeptModel.start(name, local, this.#options);
    const isLoaded = await Promise.race([model.settled.then(() => true), patience(clock)]);
    if (!isLoaded) onSlow(name);
    if (known !== undefined) this.#replaced.push(known.model);
    this.#running.set(name, { model, wanted });
    return model.url;
  }

  /** Whether the process of a provider's model has ended and is not back yet. */
  isDown(name: string): boolean {
    return this.#running.get(name)?.model.isDown === true;
  }

  urls(): ReadonlyMap<string, URL> {
    return new Map([...this.#running].map(([name, { model }]) => [name, model.url]));
  }

  /** Ends those that the configuration in force does not have. */
  keep({ providers }: Config): void {
    for (const [name, { model }] of this.#running) {
      if (providers.some((one) => one.name === name && one.local !== undefined)) continue;
      this.#running.delete(name);
      this.#replaced.push(model);
    }
    for (const model of this.#replaced) model.retire();
    this.#replaced = [];
  }

  close(): void {
    const all = [...this.#running.values()].map(({ model }) => model);
    for (const model of [...all, ...this.#replaced]) model.close();
  }
}
