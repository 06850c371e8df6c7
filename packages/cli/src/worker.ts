import type { Gateway, PrimaryMessage, StopOptions, WorkerOptions } from '@vitalgate/gateway';
import { isOfBalanced } from './stop-signals.ts';
import { FIRST, WORKER } from './workers.ts';

interface First {
  readonly port: number;
  readonly simulators: readonly (readonly [string, string])[];
}

/** This process as one of several that serve the same callers; undefined when it is alone. */
export function asWorker():
  | {
      readonly options: WorkerOptions;
      /** Ends and reloads when it is told to; a signal that reaches all processes counts once. */
      obey(gateway: Gateway): void;
      /** Says that it serves; true in the first worker, when all of them do. */
      isToWelcome(gateway: Gateway): Promise<boolean>;
    }
  | undefined {
  const { [WORKER]: told, [FIRST]: text } = process.env;
  if (told === undefined || process.send === undefined) return undefined;
  const index = Number(told);
  const first = text === undefined ? undefined : (JSON.parse(text) as First);
  const listeners = new Set<(message: PrimaryMessage) => void>();
  process.on('message', (message: PrimaryMessage) => {
    for (const listener of listeners) listener(message);
  });
  const line: WorkerOptions['line'] = {
    tell(message) {
      if (process.connected) process.send?.(message);
    },
    onTold(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    options: {
      index,
      line,
      port: first?.port,
      simulators: new Map(first?.simulators.map(([name, url]) => [name, new URL(url)])),
    },
    obey(gateway) {
      let isStopping = false;
      const stop = (options: StopOptions): void => {
        if (isStopping) return;
        isStopping = true;
        void gateway.stop(options).then(() => process.exit(0));
      };
      const heed = (signal: NodeJS.Signals) => stop({ isBalanced: isOfBalanced(signal) });
      listeners.add((message) => {
        if (message.type === 'stop') stop(message);
        if (message.type === 'reload') void gateway.reload();
      });
      process.on('SIGTERM', heed);
      process.on('SIGINT', heed);
      // Without the process that keeps the limits there are none.
      process.on('disconnect', () => stop({ isBalanced: false }));
    },
    isToWelcome(gateway) {
      const started = [...gateway.simulators, ...gateway.localModels].map(
        ([name, url]) => [name, url.href] as const,
      );
      const all = new Promise<boolean>((resolve) => {
        listeners.add((message) => {
          if (message.type === 'go') resolve(true);
        });
      });
      const port = Number(new URL(gateway.addresses.gateway).port);
      line.tell({ type: 'up', port, simulators: started });
      return index === 0 ? all : Promise.resolve(false);
    },
  };
}
