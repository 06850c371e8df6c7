import { type ChildProcess, fork } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LocalModelConfig, StartFailure } from '@vitalgate/contract';
import { siblingModule } from '../sibling-module.ts';
import type { LocalMessage, LocalOrder } from './messages.ts';

/** A model in a file, which answers on loopback once it is loaded. */
export class LocalModel {
  readonly url: URL;
  /** Resolves when it is loaded. @throws {StartFailure} `local_model_failed` */
  readonly loaded: Promise<void>;
  /** Resolves when its process has ended, with why. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    port: number,
    { loaded, ended }: { loaded: Promise<void>; ended: Promise<string> },
  ) {
    this.#child = child;
    this.url = new URL(`http://127.0.0.1:${port}/v1`);
    this.loaded = loaded;
    this.ended = ended;
  }

  /**
   * @param port where it has to answer; 0 takes a free one
   * @throws {StartFailure} `local_model_failed` when it cannot be run here at all
   */
  static async start(
    name: string,
    local: LocalModelConfig,
    folder: string,
    port: number = 0,
  ): Promise<LocalModel> {
    const { file, context, threads } = local;
    const order: LocalOrder = { name, file: resolve(file), context, threads, folder, port };
    const child = fork(
      fileURLToPath(siblingModule('child', import.meta.url)),
      [JSON.stringify(order)],
      // Nothing of the operator's environment is its business.
      { env: {}, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    const listens = Promise.withResolvers<number>();
    const loaded = Promise.withResolvers<void>();
    let why: string | undefined;
    const fail = (problem: string): void => {
      why ??= problem;
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
    const ended = new Promise<string>((tell) => {
      child.once('exit', (code, signal) => {
        const what = `its process ended (${code ?? signal})`;
        fail(what);
        tell(why ?? what);
      });
    });
    const taken = await listens.promise;
    return new LocalModel(child, taken, { loaded: loaded.promise, ended });
  }

  /** It answers what it was asked, and ends. */
  retire(): void {
    if (this.#child.connected) this.#child.send('retire');
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }
}
