import type { Config } from '@vitalgate/contract';
import type { LocalModels } from './local/models.ts';
import { SimulatorProcess } from './simulator-process.ts';

/** The providers that are run here: built-in simulators, and models in files. */
export class OwnProviders {
  readonly #simulators = new Map<string, SimulatorProcess>();
  readonly #localModels: LocalModels;
  readonly #known: ReadonlyMap<string, URL>;

  /** @param known addresses of those that another process has started, by provider */
  constructor(localModels: LocalModels, known: ReadonlyMap<string, URL> = new Map()) {
    this.#localModels = localModels;
    this.#known = known;
  }

  /**
   * Starts those that a configuration asks for and that do not run yet; gives the addresses of all.
   *
   * @throws {StartFailure} `simulator_failed`, `local_model_failed`
   */
  async start({ providers }: Config): Promise<Map<string, URL>> {
    const urls = new Map<string, URL>();
    await Promise.all(
      providers.map(async ({ name, baseUrl, local }) => {
        if (baseUrl !== undefined) return;
        const known = this.#known.get(name);
        if (known !== undefined) {
          urls.set(name, known);
          return;
        }
        if (local !== undefined) {
          urls.set(name, await this.#localModels.start(name, local));
          return;
        }
        const simulator = this.#simulators.get(name) ?? (await SimulatorProcess.start());
        this.#simulators.set(name, simulator);
        urls.set(name, simulator.url);
      }),
    );
    return urls;
  }

  /** Ends the models in files that a configuration no longer asks for. */
  keep(config: Config): void {
    this.#localModels.keep(config);
  }

  /** In the order of the configuration: the first is the one that the first calls meet. */
  simulators({ providers }: Config): Map<string, URL> {
    return new Map(
      providers.flatMap(({ name }) => {
        const simulator = this.#simulators.get(name);
        return simulator === undefined ? [] : [[name, simulator.url]];
      }),
    );
  }

  localModels(): ReadonlyMap<string, URL> {
    return this.#localModels.urls();
  }

  close(): void {
    this.#localModels.close();
    for (const simulator of this.#simulators.values()) simulator.close();
  }
}
