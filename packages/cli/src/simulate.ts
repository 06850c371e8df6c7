import { startSimulator } from '@vitalgate/simulator';

/** `vitalgate simulate`: the toy provider in a process of its own. */
export async function simulate(flags: { host: string; port: string; seed: string }): Promise<void> {
  const simulator = await startSimulator({
    host: flags.host,
    port: Number(flags.port),
    seed: Number(flags.seed),
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
