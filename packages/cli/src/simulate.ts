import { StartFailure } from '@vitalgate/contract';
import { SimulatorError, startSimulator } from '@vitalgate/simulator';

/** `vitalgate simulate`: the toy provider in a process of its own. */
export async function simulate(flags: { host: string; port: number; seed: number }): Promise<void> {
  const simulator = await startSimulator(flags).catch((error: unknown) => {
    if (!(error instanceof SimulatorError)) throw error;
    throw new StartFailure('simulator_failed', error.message, error);
  });
  const stop = () => {
    void simulator.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdout.write(
    `simulator ${simulator.url}\nThis is a toy that makes up text; ${simulator.url}/_simulator says how to break it.\nready\n`,
  );
}
