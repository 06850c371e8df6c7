import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { StartFailure } from '@vitalgate/contract';
import { siblingModule } from './sibling-module.ts';

/** The built-in simulator, started on a free port of loopback. */
export class SimulatorProcess {
  readonly url: URL;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = new URL(`http://127.0.0.1:${port}/`);
  }

  /** @throws {StartFailure} `simulator_failed` */
  static async start(): Promise<SimulatorProcess> {
    const child = fork(fileURLToPath(siblingModule('simulator-child', import.meta.url)), {
      // Nothing of the operator's environment is its business.
      env: {},
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]: unknown[]) => [{ exit: code }]),
    ])) as [{ port?: number; exit?: number }];
    if (message.port === undefined) {
      throw new StartFailure(
        'simulator_failed',
        `the simulator ended with code ${String(message.exit)}`,
      );
    }
    child.unref();
    child.channel?.unref();
    return new SimulatorProcess(child, message.port);
  }

  /** Ends it; it has nothing to lose. */
  close(): void {
    this.#child.kill('SIGKILL');
  }
}
