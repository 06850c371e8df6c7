import { fork, type ChildProcess } from 'node:child_process';
import { systemClock } from '@vitalgate/health';
import {
  LimitOffice,
  type PrimaryMessage,
  type StopOptions,
  type WorkerMessage,
} from '@vitalgate/gateway';
import { onStopSignals } from './stop-signals.ts';

/** Says to a worker which one it is; the first has the listeners that there is only one of. */
export const WORKER = 'VITALGATE_WORKER';
/** What the first worker has: its port, and the simulators it has started, as JSON. */
export const FIRST = 'VITALGATE_FIRST';

/** One that ends again and again is not started faster than this. */
const RESTART_MS = 500;

/**
 * The process that starts the workers of this machine and keeps them running. It serves nothing
 * itself: it keeps the limits, and passes on what one has to say to others. Connections are handed
 * out by the system: each worker listens on the same port with a socket of its own (SO_REUSEPORT),
 * so one that dies takes none with it that another could have served.
 */
export async function runWorkers(count: number): Promise<void> {
  const office = new LimitOffice(systemClock);
  const workers = new Map<number, ChildProcess>();
  let first: string | undefined;
  let isStopping = false;

  const tell = (worker: ChildProcess | undefined, message: PrimaryMessage): void => {
    if (worker?.connected === true) worker.send(message);
  };
  const tellOthers = (from: number, message: PrimaryMessage): void => {
    for (const [index, worker] of workers) if (index !== from) tell(worker, message);
  };

  /** Resolves when it serves; rejects with its exit code when it ends before. */
  const startWorker = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = fork(process.argv[1] ?? '', process.argv.slice(2), {
        env: {
          ...process.env,
          [WORKER]: String(index),
          ...(first === undefined ? {} : { [FIRST]: first }),
        },
      });
      workers.set(index, worker);
      worker.on('message', (message: WorkerMessage) => {
        switch (message.type) {
          case 'take':
            office.take(index, message, (answer) => tell(worker, answer));
            break;
          case 'settle':
            office.settle(index, message);
            break;
          case 'target':
            tellOthers(index, message);
            break;
          case 'metrics':
            tell(workers.get(0), { ...message, worker: index });
            break;
          case 'up':
            first ??= JSON.stringify({ port: message.port, simulators: message.simulators });
            resolve();
            break;
        }
      });
      worker.once('exit', (code) => {
        office.forget(index);
        workers.delete(index);
        reject(new Ended(code ?? 1));
        if (isStopping || !isServing) return;
        process.stderr.write(
          `${JSON.stringify({ level: 50, msg: 'a worker has ended', index, code })}\n`,
        );
        setTimeout(() => {
          if (isStopping) return;
          startWorker(index).then(
            () => tell(workers.get(index), { type: 'go' }),
            () => undefined,
          );
        }, RESTART_MS);
      });
    });

  let isServing = false;
  const stop = ({ isBalanced }: StopOptions): void => {
    isStopping = true;
    process.stdout.write('draining\n');
    const ended = [...workers.values()].map(
      (worker) => new Promise((resolve) => worker.once('exit', resolve)),
    );
    for (const worker of workers.values()) tell(worker, { type: 'stop', isBalanced });
    void Promise.all(ended).then(() => {
      process.stdout.write('stopped\n');
      process.exit(0);
    });
  };
  onStopSignals(stop, () => {
    for (const worker of workers.values()) worker.kill('SIGKILL');
    process.exit(1);
  });
  process.on('SIGHUP', () => {
    for (const worker of workers.values()) tell(worker, { type: 'reload' });
  });

  try {
    await startWorker(0);
    await Promise.all(Array.from({ length: count - 1 }, (_, i) => startWorker(i + 1)));
    isServing = true;
    tell(workers.get(0), { type: 'go' });
  } catch (error) {
    // It has said why itself.
    isStopping = true;
    for (const worker of workers.values()) worker.kill('SIGKILL');
    process.exitCode = error instanceof Ended ? error.code : 1;
  }
}

class Ended extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`a worker ended with ${code}`);
    this.code = code;
  }
}
