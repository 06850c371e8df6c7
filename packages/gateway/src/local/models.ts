import { type ChildProcess, fork } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Config, type LocalModelConfig, StartFailure } from '@vitalgate/contract';
import type { Clock } from '@vitalgate/health';
import { siblingModule } from '../sibling-module.ts';
import type { LocalMessage, LocalOrder } from './messages.ts';

/** A model in a file, which answers on a free port of loopback once it is loaded. */
export class LocalModel {
  readonly url: URL;
  /** Resolves when it is loaded. @throws {StartFailure} `local_model_failed` */
  readonly loaded: Promise<void>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number, loaded: Promise<void>) {
    this.#child = child;
    this.url = new URL(`http://127.0.0.1:${port}/v1`);
    this.loaded = loaded;
  }

  /** @throws {StartFailure} `local_model_failed` when it cannot be run here at all */
  static async start(name: string, local: LocalModelConfig, folder: string): Promise<LocalModel> {
    const { file, context, threads } = local;
    const order: LocalOrder = { name, file: resolve(file), context, threads, folder };
    const child = fork(
      fileURLToPath(siblingModule('child', import.meta.url)),
      [JSON.stringify(order)],
      // Nothing of the operator's environment is its business.
      { env: {}, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    const listens = Promise.withResolvers<number>();
    const loaded = Promise.withResolvers<void>();
    const fail = (problem: string): void => {
      const failure = new StartFailure('local_model_failed', `${name}: ${problem}`);
      listens.reject(failure);
      loaded.reject(failure);
    };
    // Once it is loaded, or has failed, it keeps nobody alive.
    const letGo = (): void => {
      child.unref();
      child.channel?.unref();
    };
    loaded.promise.then(letGo, letGo);
    child.on('message', (message: LocalMessage) => {
      if (message.type === 'listens') listens.resolve(message.port);
      else if (message.type === 'ready') loaded.resolve();
      else fail(message.problem);
    });
    child.once('exit', (code, signal) => fail(`its process ended (${code ?? signal})`));
    const port = await listens.promise;
    return new LocalModel(child, port, loaded.promise);
  }

  /** It answers what it was asked, and ends. */
  retire(): void {
    if (this.#child.connected) this.#child.send('retire');
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }
}

interface Running {
  readonly model: LocalModel;
  readonly wanted: string;
}

interface Options {
  readonly clock: Clock;
  readonly folder: string;
  /** Other processes know their addresses: what runs is not replaced. */
  readonly isLasting: boolean;
  /** It is still loading, and its calls are refused until it has. */
  readonly onSlow: (provider: string) => void;
  readonly onFailure: (provider: string, error: unknown) => void;
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
  #replaced: LocalModel[] = [];
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Starts what is not running as it is wanted. What it replaces runs on until `keep`. */
  async start(name: string, local: LocalModelConfig): Promise<URL> {
    const { clock, folder, isLasting, onSlow, onFailure } = this.#options;
    const wanted = JSON.stringify(local);
    const known = this.#running.get(name);
    if (known !== undefined && (isLasting || known.wanted === wanted)) return known.model.url;
    const model = await LocalModel.start(name, local, folder);
    const isLoaded = await Promise.race([model.loaded.then(() => true), patience(clock)]);
    if (!isLoaded) onSlow(name);
    model.loaded.catch((error: unknown) => onFailure(name, error));
    if (known !== undefined) this.#replaced.push(known.model);
    this.#running.set(name, { model, wanted });
    return model.url;
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
