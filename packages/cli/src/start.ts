import {
  readConfiguration,
  startGateway,
  type Gateway,
  type StopOptions,
} from '@vitalgate/gateway';
import { collectBuffersYoung } from './collector.ts';
import { detected } from './detect.ts';
import { drillRunner } from './drill/runner.ts';
import { asWorker } from './worker.ts';
import { runWorkers } from './workers.ts';
import { findConsole } from './console.ts';
import { refuseOldNode } from './end-of-life.ts';
import { onStopSignals } from './stop-signals.ts';
import { version } from './version.ts';

interface StartFlags {
  readonly config?: string;
  readonly logLevel: string;
  readonly iKnow?: true;
}

/** `vitalgate start`: runs until a signal ends it. */
export async function start(flags: StartFlags): Promise<void> {
  const worker = asWorker();
  if (worker === undefined) {
    refuseOldNode(flags.iKnow === true);
    const { workers } = await readConfiguration(flags.config, process.env);
    if (workers > 1) return runWorkers(workers);
  }
  collectBuffersYoung();
  // Found while the gateway starts; nobody who says what to use is asked.
  const looking = flags.config === undefined ? detected() : Promise.resolve([]);
  const consoleFolder = findConsole();
  const gateway = await startGateway({
    ...(consoleFolder === undefined ? {} : { consoleFolder }),
    ...(worker === undefined ? {} : { worker: worker.options }),
    ...(flags.config === undefined ? {} : { configFile: flags.config }),
    drills: drillRunner,
    environment: process.env,
    log: (line) => process.stderr.write(line),
    logLevel: flags.logLevel,
  });

  let isStopping = false;
  const stop = (options: StopOptions): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    const stopped = gateway.stop(options);
    // Whoever reads this and asks whether it is ready is told that it is not.
    process.stdout.write('draining\n');
    void stopped.then(() => {
      process.stdout.write('stopped\n');
      process.exit(0);
    });
  };
  if (worker === undefined) {
    onStopSignals(stop, () => process.exit(1));
    process.on('SIGHUP', () => void gateway.reload());
  } else {
    worker.obey(gateway);
  }
  // Nobody knows whose it was and what it has left half done: what runs is finished and settled, and
  // whoever watches over the process starts another.
  process.on('uncaughtException', ({ stack }) => {
    process.stderr.write(`${JSON.stringify({ level: 60, msg: 'uncaught exception', stack })}\n`);
    if (isStopping) process.exit(1);
    isStopping = true;
    const end = () => process.exit(1);
    void gateway.stop().then(end, end);
  });
  process.on('unhandledRejection', (reason) => {
    process.stderr.write(
      `${JSON.stringify({ level: 60, msg: 'unhandled rejection', reason: String(reason) })}\n`,
    );
  });

  if (worker !== undefined && !(await worker.isToWelcome(gateway))) return;
  process.stdout.write(welcome(gateway, flags.config, await looking));
}

function welcome(
  gateway: Gateway,
  configFile: string | undefined,
  servers: readonly { readonly name: string; readonly baseUrl: string }[],
): string {
  const { addresses, firstKey, firstModel = 'MODEL', setUpLink, simulators } = gateway;
  const lines = [
    `Vitalgate ${version()}`,
    '',
    `gateway  ${addresses.gateway}`,
    `admin    ${addresses.admin}`,
    `probes   ${addresses.probes}`,
    ...(addresses.agent === undefined ? [] : [`agent    ${addresses.agent}`]),
    ...(addresses.grpc === undefined ? [] : [`grpc     ${addresses.grpc}`]),
    '',
  ];
  if (firstKey === undefined) {
    lines.push('How it is:', '', `curl ${addresses.gateway}/health`, '');
    if (configFile === undefined) {
      lines.push(
        'The first key was shown at the first start; another: npx vitalgate keys create NAME',
        '',
      );
    }
  } else {
    lines.push(
      'The first call (the key is shown this once; it is kept as a hash):',
      '',
      `curl ${addresses.gateway}/v1/chat/completions -H "Authorization: Bearer ${firstKey}" ` +
        `-H "Content-Type: application/json" ` +
        `-d '{"model":"${firstModel}","messages":[{"role":"user","content":"Hello!"}]}'`,
      '',
    );
  }
  const [simulator] = simulators;
  if (simulator !== undefined) {
    const [name, url] = simulator;
    lines.push(
      `Break the provider "${name}", call again with -i, and see x-vitalgate-target change:`,
      '',
      `curl -X PUT ${url.origin}/_simulator/faults -H "Content-Type: application/json" ` +
        `-d '{"model":"*","status":500}'`,
      `curl -X DELETE ${url.origin}/_simulator/faults`,
      '',
    );
  }
  if (servers.length > 0) {
    const names = servers.map(({ name, baseUrl }) => `${name} at ${baseUrl}`).join(', ');
    lines.push(
      `Models of your own: ${names}. This prints a configuration that uses them:`,
      '',
      'npx vitalgate detect',
      '',
    );
  }
  if (setUpLink !== undefined) {
    lines.push(
      'Console, with a link that makes you its owner (works once, for an hour):',
      '',
      setUpLink,
      '',
    );
  } else {
    lines.push(`Console: ${addresses.admin}`, '');
  }
  return `${[...lines, 'ready'].join('\n')}\n`;
}
