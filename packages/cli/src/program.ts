import { Argument, Command, CommanderError, Option } from 'commander';
import { httpUrls, wholeNumber } from './arguments.ts';
import { check, profileNames } from './check.ts';
import { exportFile, exportNames } from './export.ts';
import { version } from './version.ts';

const CONFIG = ['-c, --config <file>', 'configuration file (YAML)'] as const;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** For whoever asks a machine, not knowing is another code than being ill. */
const UNKNOWN = 3;
const WRONG_USE = 2;

/**
 * A command that is loaded when it is asked for. The gateway alone takes longer to load than
 * `vitalgate check` takes to ask, which a container's health check does every few seconds.
 */
const lazy =
  <A extends unknown[]>(load: () => Promise<(...args: A) => unknown>) =>
  async (...args: A): Promise<void> => {
    const command = await load();
    await command(...args);
  };

/** Runs one command line; sets the exit code and never throws. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('vitalgate')
    .description('A gateway that knows the health of everything behind it.')
    .version(version())
    .showHelpAfterError('Run with --help to see what is possible.')
    .exitOverride();

  program
    .command('start')
    .description(
      'start the gateway; without a configuration, with two toy providers and a model "demo"',
    )
    .option(...CONFIG)
    .addOption(
      new Option('--log-level <level>', 'how much it says').choices(LOG_LEVELS).default('info'),
    )
    .option('--i-know', 'start on a Node that is past its end of life')
    .addHelpText(
      'after',
      `
Without --config these variables of the environment count:
  VITALGATE_DATA         folder of the store        (./data)
  VITALGATE_GATEWAY      address for callers        (127.0.0.1:8080)
  VITALGATE_ADMIN        address for the operator   (127.0.0.1:8081)
  VITALGATE_PROBES       address for orchestrators  (127.0.0.1:8082)
Always:
  VITALGATE_ADMIN_TOKEN  an owner's admin token, 32 characters or more
Signals: TERM and INT drain and exit 0, HUP reads the configuration file again.`,
    )
    .action(lazy(async () => (await import('./start.ts')).start));

  program
    .command('check-config <file>')
    .description('read a configuration and tell every mistake in it; exits 2 when there is one')
    .option('--json', 'as JSON')
    .action(lazy(async () => (await import('./check-config.ts')).checkConfig));

  program
    .command('check <url>')
    .description('ask a health endpoint; exits 0 healthy, 1 degraded, 2 unhealthy, 3 unknown')
    .option('--timeout <ms>', 'how long to wait', wholeNumber(1, 3_600_000), 3000)
    .addOption(
      new Option('--profile <name>', 'exit codes and line as another program has them').choices(
        profileNames,
      ),
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Reads every format: health+json, Actuator, MicroProfile, ASP.NET, kube-apiserver, Consul, plain words …
With --profile grpc the address is host:port or grpc://host:port/service.`,
    )
    .action(check);

  program
    .command('verify <url>')
    .description('score a health endpoint against what those who ask it expect, with advice')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Asks some 200 times within a few seconds. Exits 0 from 85 points on, 1 below, 2 without an answer.`,
    )
    .action(lazy(async () => (await import('./verify/verify.ts')).verify));

  program
    .command('detect')
    .addArgument(new Argument('[urls...]', 'where to look').argParser(httpUrls))
    .description('find Ollama, llama.cpp, vLLM and LM Studio, and print a configuration for them')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Without addresses it looks at their usual ports on this machine: 11434, 8080, 8000, 1234. It asks for
versions and lists of models only. Exits 0 when it found one, 1 otherwise.`,
    )
    .action(lazy(async () => (await import('./detect.ts')).detect));

  program
    .command('local')
    .description('models in files, which the gateway runs itself')
    .command('add <file>')
    .description('run a GGUF file once, and make it a provider and a model of the same name')
    .option('-c, --config <file>', 'add it there, instead of printing a configuration')
    .option('--name <name>', 'what callers put in "model"; the name of the file unless said')
    .option('--context <tokens>', 'tokens of question and answer together', '4096')
    .option('--threads <number>', 'cores it may use; as many as there are unless said')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
It takes node-llama-cpp, which is not installed with Vitalgate: without it, this prints the command
that brings it. Looked for in ./data/llama (or $VITALGATE_DATA/llama), here, and beside Vitalgate.`,
    )
    .action(lazy(async () => (await import('./local.ts')).addLocal));

  program
    .command('simulate')
    .description('run the toy provider alone; it says at /_simulator how to break it')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 takes a free one', wholeNumber(0, 65_535), 8090)
    .option('--seed <number>', 'another seed gives other texts', wholeNumber(0, 2 ** 31 - 1), 1)
    .action(lazy(async () => (await import('./simulate.ts')).simulate));

  program
    .command('drill')
    .description('break simulated providers in every listed way under your configuration')
    .option(...CONFIG)
    .option('--model <name>', 'only this model')
    .option('--only <words>', 'only scenarios whose name has these words')
    .option('--dialect <names>', 'only callers of these dialects, such as openai-chat,gemini')
    .option(
      '--outage <seconds>',
      'one long outage under steady traffic instead, as a picture',
      wholeNumber(1, 3600),
    )
    .option('--plot <file>', 'where that picture goes (SVG)', 'outage.svg')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
No provider is called and nothing is spent: every provider of the configuration is replaced by a
simulator, its timeouts are shortened to two seconds. Exits 0 when all scenarios pass, 1 otherwise.`,
    )
    .action(lazy(async () => (await import('./drill/drill.ts')).drill));

  program
    .command('targets')
    .description('show every target with its state, and why it rests')
    .option('--admin <url>', 'admin address of the gateway', 'http://127.0.0.1:8081')
    .option('--token <token>', 'admin token (VITALGATE_ADMIN_TOKEN)')
    .option('-w, --watch', 'again every second')
    .option('--json', 'as JSON')
    .action(lazy(async () => (await import('./targets.ts')).targets));

  const exporting = program
    .command('export')
    .description('write alert rules, a dashboard or probes, made from what the gateway exposes')
    .addArgument(new Argument('<what>', 'what to write').choices(exportNames))
    .option('-o, --output <file>', 'a file instead of standard output')
    .action(exportFile);
  exporting
    .command('ledger')
    .description('write every request, or what they cost in groups, as CSV or JSON')
    .option(...CONFIG)
    .option('--since <date>', 'from then on, such as 2026-11-01 or 2026-11-01T12:00:00Z (UTC)')
    .option('--until <date>', 'before then')
    .option('--key <name>', 'of this key only; by name or id')
    .option('--team <name>', 'of this team only')
    .option('--owner <name>', 'of the keys of this owner only')
    .option('--model <name>', 'of this model only')
    .option('--outcome <word>', 'only completed, refused, failed, abandoned or interrupted ones')
    .option('--by <groups>', 'sums by some of day, key, team, owner, model, provider; with commas')
    .option('--json', 'as JSON')
    .option('-o, --output <file>', 'a file instead of standard output')
    .action(lazy(async () => (await import('./export-ledger.ts')).exportLedger));

  const keys = program
    .command('keys')
    .description('make, list, rotate and revoke client keys in the store');
  keys
    .command('create <name>')
    .description('make a key and show it, once')
    .option(...CONFIG)
    .option('--expires <date>', 'last day it works, such as 2027-01-01')
    .option('--owner <name>', 'who answers for it')
    .option('--team <name>', 'whose limits it shares')
    .option('--models <names>', 'models it may use, with commas; all unless said')
    .option('--apis <names>', 'APIs it may use')
    .option('--prompts <names>', 'prompts it may call, whatever their models')
    .option('--ips <ranges>', 'networks it may come from')
    .option('--requests <limit>', 'such as 60/1m')
    .option('--tokens <limit>', 'such as 100000/1m')
    .option('--cost <limit>', 'US dollars, such as 5/1d or 100/month')
    .option('--concurrency <number>', 'calls at once')
    .option('--guardrails <names>', 'that hold for it, beside those for all')
    .option('--json', 'as JSON')
    .action(lazy(async () => (await import('./keys.ts')).create));
  keys
    .command('list')
    .description('list keys, without their secrets')
    .option(...CONFIG)
    .option('--json', 'as JSON')
    .action(lazy(async () => (await import('./keys.ts')).list));
  keys
    .command('rotate <name>')
    .description('give a key another secret and show it, once; the old one works on for a while')
    .option(...CONFIG)
    .option('--grace <time>', 'for how long, such as 10m, 24h or 7d', '24h')
    .option('--json', 'as JSON')
    .action(lazy(async () => (await import('./keys.ts')).rotate));
  keys
    .command('revoke <name>')
    .description('revoke a key by name or id; running gateways notice within seconds')
    .option(...CONFIG)
    .option('--json', 'as JSON')
    .action(lazy(async () => (await import('./keys.ts')).revoke));

  program
    .command('secrets')
    .description('the key that encrypts what was written in the console')
    .command('rotate')
    .description('encrypt it with a new key; gateways may run meanwhile')
    .option(...CONFIG)
    .option('--json', 'as JSON')
    .action(lazy(async () => (await import('./secrets.ts')).rotateKey));

  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      const isCheck = argv[2] === 'check';
      process.exitCode = error.exitCode === 0 ? 0 : isCheck ? UNKNOWN : WRONG_USE;
      return;
    }
    const { StartFailure } = await import('@vitalgate/contract');
    if (error instanceof StartFailure) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = error.exitCode;
    } else {
      process.stderr.write(
        `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      process.exitCode = 1;
    }
  }
}
