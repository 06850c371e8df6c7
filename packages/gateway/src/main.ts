import type { AddressInfo, Server } from 'node:net';
import type { Address, Config } from '@vitalgate/contract';
import {
  systemClock,
  Tracker,
  type Cancel,
  type Clock,
  type TrackerState,
} from '@vitalgate/health';
import { AdminTokens, tokenFromEnvironment } from './access/admin-tokens.ts';
import { Captures } from './capture/captures.ts';
import { LimitStates } from './access/limits/states.ts';
import { SetUp } from './access/set-up.ts';
import { WrongKeys } from './access/wrong-keys.ts';
import type { DrillRunner } from './admin/drills.ts';
import { secretsOfChannel } from './alerts/channels.ts';
import { AlertWatch } from './alerts/watch.ts';
import type { Environment } from './config/interpolate.ts';
import { Memory } from './cache/memory.ts';
import { Responses } from './cache/responses.ts';
import { readConfiguration } from './config/read.ts';
import { ConfigSources } from './config/sources.ts';
import { watchFile } from './config/watch.ts';
import { configure, keyringOf, type Configuration } from './configure.ts';
import { viewHealth } from './health-view.ts';
import { Recorder } from './history/recorder.ts';
import { markRestored, restoreBudgets } from './money/restore.ts';
import { Blackbox } from './observe/blackbox.ts';
import { createLog, type Log } from './observe/log.ts';
import { gauges } from './observe/gauges.ts';
import { exposition, Metrics } from './observe/metrics.ts';
import { ProcessMetrics } from './observe/process.ts';
import { redactor } from './observe/redact.ts';
import { RetryBudget } from './routing/retry-budget.ts';
import type { Lifecycle, Running, Shared } from './running.ts';
import { joinPeers, noPeers, type Peers } from './shared/peers.ts';
import { createAdminServer } from './server/admin.ts';
import { createGatewayServer } from './server/gateway.ts';
import { followCertificate } from './server/tls.ts';
import { listenFailure, Probes } from './server/probes.ts';
import { listenForStatus } from './server/status.ts';
import { llamaFolder } from './local/llama.ts';
import { LocalModels } from './local/models.ts';
import { SimulatorProcess } from './simulator-process.ts';
import { keepFirstAdminToken, loadAdminTokens } from './store/admin-tokens.ts';
import { eraseCaptures } from './store/captures.ts';
import { openStore } from './store/database.ts';
import { newestConfiguration } from './store/configurations.ts';
import { hasUsers } from './store/people.ts';
import { SecretKeys } from './store/secret-keys.ts';
import { SecretStore } from './store/secrets.ts';
import { Journal } from './store/journal.ts';
import { createFirstKey, loadKeys } from './store/keys.ts';
import { pruneOnce } from './store/once.ts';
import { passwordsIn, placeOf, spoolOf, spoolOfWorker } from './store/place.ts';
import { loadState, saveState } from './store/state.ts';
import { DailySpend } from './upstream/daily-spend.ts';
import { StoreWatch } from './store/watch.ts';
import { StatusPage } from './status-page/page.ts';
import { refuseUnverified } from './upstream/certificates.ts';
import { Deadlines } from './upstream/deadlines.ts';
import { version } from './version.ts';
import { countTogether } from './workers/metrics.ts';
import { joinSiblings, type Line } from './workers/siblings.ts';

export interface StartOptions {
  /** Path of a configuration file; without one the embedded default runs. */
  readonly configFile?: string;
  readonly environment: Environment;
  /** Where log lines go. */
  readonly log: (line: string) => void;
  readonly logLevel?: string;
  /** Where several processes of this machine serve one configuration. */
  readonly worker?: WorkerOptions;
  /** Where the built console is; without it the admin listener serves plain pages. */
  readonly consoleFolder?: string;
  /** What drills are run with; without it there are none. */
  readonly drills?: DrillRunner;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** One of several processes that serve the same callers. */
export interface WorkerOptions {
  /** From 0; the first alone has the listeners for operators and orchestrators. */
  readonly index: number;
  readonly line: Line;
  /** Where the first listens for callers; undefined in the first itself. */
  readonly port: number | undefined;
  /** Addresses of simulators and local models that the first has started, by provider. */
  readonly simulators: ReadonlyMap<string, URL>;
}

/** A gateway that is up. */
export interface Gateway {
  readonly addresses: {
    readonly gateway: string;
    /** This and the next are empty where only the first worker has them. */
    readonly admin: string;
    readonly probes: string;
    /** `host:port`, where configured. */
    readonly agent?: string;
    readonly grpc?: string;
  };
  /** A model to make the first call with, if there is one. */
  readonly firstModel: string | undefined;
  /** The secret of a key that was made because there was none; not to be had again. */
  readonly firstKey: string | undefined;
  /** One-time link with which the first person becomes owner; undefined when there is one. */
  readonly setUpLink: string | undefined;
  /** Control addresses of the built-in simulators, by provider. */
  readonly simulators: ReadonlyMap<string, URL>;
  /** Addresses of the models in files that it runs, by provider. */
  readonly localModels: ReadonlyMap<string, URL>;
  /** Takes up the configuration file as it is now; a mistake changes nothing. */
  reload(): Promise<void>;
  /**
   * Stops: not ready at once, running requests end within `server.drainTimeout`, what is owed to
   * the ledger is written.
   */
  stop(): Promise<void>;
}

/** What is known of targets is saved this often, so that a restart does not send callers to a sick one. */
const SAVE_MS = 5000;
/** How often what is kept for a time is looked through. */
const PRUNE_MS = 60_000;
/** For how long what was captured is kept where nothing is captured any more. */
const LEFTOVERS_MS = 7 * 24 * 60 * 60_000;
const TARGETS_STATE = 'targets';
const CANARY_STATE = 'canary-spend';
/** Looking whether the last request has ended. */
const DRAIN_POLL_MS = 20;
/** What interrupted streams are given to tell their callers. */
const FAREWELL_MS = 1000;

/**
 * What is put together: the composition root, and the only place that reads the environment.
 *
 * @throws {StartFailure} when it cannot start; nothing is left running then.
 */
export async function startGateway(options: StartOptions): Promise<Gateway> {
  const { configFile, environment, worker, clock = systemClock, random = Math.random } = options;
  const isFirst = worker === undefined || worker.index === 0;
  refuseUnverified(environment);
  const environmentToken = tokenFromEnvironment(environment['VITALGATE_ADMIN_TOKEN']);
  const fileConfig = await readConfiguration(configFile, environment);

  const undo: (() => unknown)[] = [];
  const cleanUp = async () => {
    for (const step of undo.toReversed()) await step();
  };
  try {
    const store = await openStore(fileConfig.store);
    undo.push(() => store.close());
    const place = placeOf(fileConfig.store);
    const sources = await ConfigSources.read({
      configFile,
      environment,
      store,
      secrets: new SecretStore(store, new SecretKeys(environment, place)),
      wall: () => clock.wall(),
      take: (next) => take(next),
      waits: () => needsRestart(config, running.config),
    });
    const { config, problem } = await sources.first();
    const journal = new Journal(
      place,
      spoolOfWorker(config.spool ?? spoolOf(place), worker?.index ?? 0, config.workers),
      config.durability === 'full',
      clock,
    );
    undo.push(() => journal.close());
    const deadlines = new Deadlines(clock);
    undo.push(() => deadlines.close());

    let redact = redactor(secretsOf(config, environment));
    const log = createLog(options.log, (line) => redact(line), options.logLevel ?? 'info');
    const { fall, rest: restMs, maxRest: restMaxMs } = config.health;
    const tracker = new Tracker({ clock, random, policy: { fall, restMs, restMaxMs } });
    const lifecycle: Lifecycle = {
      phase: 'starting',
      startedAt: clock.now(),
      inFlight: 0,
      configProblem: problem,
    };
    if (problem !== undefined) {
      log.error({ problem }, 'what was made in the console does not go with the file');
    }
    const memory = new Memory(config.cache.memory);
    const shared: Shared = {
      clock,
      random,
      log,
      metrics: new Metrics(),
      journal,
      tracker,
      retryBudget: new RetryBudget(clock),
      loads: new Map(),
      limitStates: new LimitStates(),
      wrongKeys: new WrongKeys(),
      apiLoads: new Map(),
      peers: await peersOf(config, worker, { clock, tracker, log }),
      tunnels: new Set(),
      keeper: {
        read: (name) => loadState(store, name),
        write: (name, value) => saveState(store, name, value),
      },
      memory,
      responses: new Responses(memory, clock),
      deadlines,
      canarySpend: new DailySpend(clock, await loadState(store, CANARY_STATE), (spent) =>
        saveState(store, CANARY_STATE, spent),
      ),
      lifecycle,
      store,
      captures: new Captures(config.store, (problem) => {
        if (problem === undefined) log.info('the store takes prompts and answers again');
        else log.error({ problem }, 'the store takes no prompts and answers; they wait in memory');
      }),
      storeWatch: new StoreWatch({
        store,
        clock,
        refresh: () => refreshFromStore(),
        onChange(problem) {
          if (problem === undefined) log.info({ store: store.shown }, 'the store answers again');
          else log.error({ store: store.shown, problem }, 'the store does not answer; calls go on');
        },
      }),
    };
    undo.push(() => shared.peers.close());
    undo.push(() => shared.captures.close());
    journal.onChange = (problem) => {
      if (problem === undefined) log.info('the store takes ledger rows again');
      else log.error({ problem }, 'the store takes no ledger rows; they wait in the spool');
    };
    tracker.onTransition(({ id, from, to, reason }) => {
      shared.metrics.targetChanged(id, to, reason);
      log.warn({ target: id, from, to, reason }, 'target changed');
    });

    const remembered = await loadState(store, TARGETS_STATE);
    try {
      if (remembered !== undefined) tracker.restore(remembered as TrackerState);
    } catch (error) {
      log.warn({ err: error }, 'what was known of targets cannot be read; they start as unknown');
    }

    const simulators = new Map<string, SimulatorProcess>();
    undo.push(() => {
      for (const simulator of simulators.values()) simulator.close();
    });
    const localModels = new LocalModels({
      clock,
      folder: llamaFolder(environment),
      isLasting: worker !== undefined,
      onSlow: (provider) => log.info({ provider }, 'a local model is loading'),
      onFailure: (provider, error) => log.error({ provider, err: error }, 'a local model failed'),
    });
    undo.push(() => localModels.close());
    const simulatorUrls = async (wanted: Config): Promise<Map<string, URL>> => {
      const urls = new Map<string, URL>();
      await Promise.all(
        wanted.providers.map(async ({ name, baseUrl, local }) => {
          if (baseUrl !== undefined) return;
          const known = worker?.simulators.get(name);
          if (known !== undefined) {
            urls.set(name, known);
            return;
          }
          if (local !== undefined) {
            urls.set(name, await localModels.start(name, local));
            return;
          }
          const simulator = simulators.get(name) ?? (await SimulatorProcess.start());
          simulators.set(name, simulator);
          urls.set(name, simulator.url);
        }),
      );
      return urls;
    };

    const needsKey = !config.access.anonymous && config.keys.length === 0;
    const firstKey = needsKey ? await createFirstKey(store, clock.wall()) : undefined;
    const loadTokens = async () => {
      const kept = await loadAdminTokens(store);
      return new AdminTokens(environmentToken === undefined ? kept : [environmentToken, ...kept]);
    };
    const hasOwner =
      environmentToken !== undefined ||
      (await loadAdminTokens(store)).length > 0 ||
      (await hasUsers(store));
    const setUp = hasOwner ? undefined : new SetUp(clock);

    let configuration: Configuration = configure(
      config,
      shared,
      await simulatorUrls(config),
      await loadKeys(store),
      await loadTokens(),
    );
    undo.push(() => {
      configuration.retire();
      configuration.destroy();
    });
    let running: Running = { ...shared, ...configuration.configured };
    const current = () => running;
    await journal.recovered;
    const moment = () => ({ now: clock.now(), wall: clock.wall() });
    await restoreBudgets(store, running, moment()).catch((error: unknown) =>
      log.error({ err: error }, 'the ledger cannot be read; budgets begin anew'),
    );

    const blackbox = new Blackbox();
    const processMetrics = new ProcessMetrics(clock.wall(), version());
    const counted = countTogether(worker, clock, () => running.metrics.families());
    undo.push(() => counted.close());
    const probes = !isFirst
      ? undefined
      : await Probes.start(
          config.listen.probes,
          clock,
          () => {
            const { isReady, reasons } = viewHealth(running);
            const { probes: networks } = running.config.access.listeners;
            return { phase: lifecycle.phase, isReady, reasons, networks };
          },
          () =>
            exposition([...counted.families(), ...gauges(running), ...processMetrics.families()]),
          (target) => blackbox.probe(target, running),
        );
    undo.push(() => probes?.close());
    const { agent, grpc } = config.listen;
    const status = await listenForStatus(isFirst ? { agent, grpc } : {}, current, clock);
    undo.push(() => status.close());

    const scheme = config.listen.tls === undefined ? 'http' : 'https';
    const history = new Recorder({ store, clock, log, current });
    const statusPage = new StatusPage({ store, history, current });
    const gatewayServer = createGatewayServer(current, statusPage);
    const { host } = config.listen.gateway;
    const port = worker?.port ?? config.listen.gateway.port;
    await listen('gateway', gatewayServer, { host, port }, worker !== undefined);
    if (config.listen.tls !== undefined) {
      undo.push(followCertificate(config.listen.tls, gatewayServer, clock, log));
    }
    undo.push(() => gatewayServer.closeAllConnections());
    undo.push(() => gatewayServer.close());
    const keepToken = (digest: Buffer) => keepFirstAdminToken(store, digest, clock.wall());
    const refreshFromStore = async () => {
      const keyring = keyringOf(running.config, await loadKeys(store));
      running = { ...running, keyring, adminTokens: await loadTokens() };
      // Another instance has changed the configuration.
      if ((await newestConfiguration(store)).number !== sources.number) await reload();
    };
    const alerts = new AlertWatch({ store, current, history });
    const adminServer = createAdminServer({
      current,
      history,
      alerts,
      statusPage,
      store,
      setUp,
      refresh: refreshFromStore,
      gatewayUrl: () => urlOf(config.listen.gateway.host, gatewayServer, scheme),
      consoleFolder: options.consoleFolder,
      drills: options.drills,
      control: sources,
      keepToken: async (digest) => {
        const isKept = await keepToken(digest);
        await refreshFromStore();
        return isKept;
      },
    });
    await adminServer.ready();
    if (isFirst) await listen('admin', adminServer.server, config.listen.admin);
    undo.push(() => adminServer.close());

    let savedAt = tracker.snapshot();
    const save = async () => {
      if (!isFirst || tracker.snapshot() === savedAt || shared.storeWatch.problem !== undefined)
        return;
      savedAt = tracker.snapshot();
      await saveState(store, TARGETS_STATE, tracker.dump());
    };
    const saveQuietly = () =>
      save().catch((error: unknown) => log.warn({ err: error }, 'target states not saved'));
    const stopSaving = clock.every(SAVE_MS, () => void saveQuietly());
    undo.push(async () => {
      stopSaving();
      await saveQuietly();
    });

    const prune = async () => {
      const now = clock.wall();
      const { keep = LEFTOVERS_MS } = running.config.capture ?? {};
      try {
        await pruneOnce(store, now);
        await eraseCaptures(store, { until: now - keep });
      } catch (error) {
        log.warn({ err: error }, 'what has been kept for its time is not let go of');
      }
    };
    if (isFirst) {
      void prune();
      undo.push(clock.every(PRUNE_MS, () => void prune()));
    }

    shared.storeWatch.start();
    undo.push(() => shared.storeWatch.close());
    if (isFirst) {
      history.start();
      alerts.start();
    }
    undo.push(() => history.stop());
    undo.push(() => alerts.stop());

    const take = async (next: Config): Promise<void> => {
      const urls = await simulatorUrls(next);
      redact = redactor([...secretsOf(config, environment), ...secretsOf(next, environment)]);
      const before = configuration;
      const storeKeys = await loadKeys(store);
      markRestored(shared.limitStates);
      configuration = configure(next, shared, urls, storeKeys, running.adminTokens, running);
      const made = { ...shared, ...configuration.configured };
      await restoreBudgets(store, made, moment());
      running = made;
      before.retire();
      localModels.keep(next);
      lifecycle.configProblem = undefined;
      const waits = needsRestart(config, next);
      log.info({ waits }, 'configuration reloaded');
    };
    const reload = async (): Promise<void> => {
      try {
        await sources.reload();
      } catch (error) {
        lifecycle.configProblem = error instanceof Error ? error.message : String(error);
        log.error(
          { problem: lifecycle.configProblem },
          'configuration not reloaded; the old one stays',
        );
      }
      shared.metrics.reloaded(lifecycle.configProblem === undefined);
    };
    const stopWatching: Cancel =
      configFile === undefined ? () => {} : watchFile(configFile, clock, () => void reload());
    undo.push(stopWatching);

    await configuration.looked;
    lifecycle.phase = 'serving';
    probes?.refresh();

    const addresses = {
      gateway: urlOf(config.listen.gateway.host, gatewayServer, scheme),
      admin: isFirst ? urlOf(config.listen.admin.host, adminServer.server) : '',
      probes:
        probes === undefined ? '' : `http://${bracketed(config.listen.probes.host)}:${probes.port}`,
      ...withHost('agent', config, status.ports.agent),
      ...withHost('grpc', config, status.ports.grpc),
    };
    return {
      addresses,
      firstModel: config.models[0]?.name,
      firstKey,
      setUpLink: setUp === undefined ? undefined : `${addresses.admin}/setup?token=${setUp.token}`,
      // In the order of the configuration: the first is the one that the first calls meet.
      simulators: new Map(
        config.providers.flatMap(({ name }) => {
          const simulator = simulators.get(name);
          return simulator === undefined ? [] : [[name, simulator.url]];
        }),
      ),
      localModels: localModels.urls(),
      reload,
      async stop() {
        lifecycle.phase = 'draining';
        probes?.refresh();
        stopWatching();
        gatewayServer.close();
        gatewayServer.closeIdleConnections();
        const isIdle = () => lifecycle.inFlight === 0;
        if (!(await waitUntil(isIdle, running.config.server.drainTimeout, clock))) {
          // Their streams end with an error event, not as if they were whole.
          configuration.destroy();
          for (const tunnel of shared.tunnels) tunnel.close();
          await waitUntil(isIdle, FAREWELL_MS, clock);
        }
        await cleanUp();
      },
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function withHost(
  name: 'agent' | 'grpc',
  { listen: addresses }: Config,
  port: number | undefined,
): Readonly<Partial<Record<'agent' | 'grpc', string>>> {
  const host = addresses[name]?.host;
  return host === undefined || port === undefined ? {} : { [name]: `${bracketed(host)}:${port}` };
}

/** Several processes may listen on one `reusePort`; the system hands out connections among them. */
function listen(
  name: string,
  server: Server,
  { host, port }: Address,
  reusePort: boolean = false,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(listenFailure(name, { host, port }, error.code ?? '')),
    );
    server.listen({ host, port, reusePort }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

/** True when `isTrue` became so within `ms`. */
function waitUntil(isTrue: () => boolean, ms: number, clock: Clock): Promise<boolean> {
  const until = clock.now() + ms;
  return new Promise((resolve) => {
    const stop = clock.every(DRAIN_POLL_MS, () => {
      if (!isTrue() && clock.now() < until) return;
      stop();
      resolve(isTrue());
    });
  });
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host);

function urlOf(host: string, server: Server, scheme = 'http'): string {
  return `${scheme}://${bracketed(host)}:${(server.address() as AddressInfo).port}`;
}

/** Those with whom limits are kept and targets are watched together. */
function peersOf(
  { shared }: Config,
  worker: WorkerOptions | undefined,
  parts: { clock: Clock; tracker: Tracker; log: Log },
): Peers | Promise<Peers> {
  if (shared !== undefined) return joinPeers(shared, parts);
  return worker === undefined ? noPeers : joinSiblings(worker.line, parts);
}

/** Everything the log must never show. */
function secretsOf(config: Config, environment: Environment): string[] {
  const token = environment['VITALGATE_ADMIN_TOKEN'];
  return [
    ...(token === undefined ? [] : [token]),
    environment['VITALGATE_SECRET_KEY'] ?? '',
    ...(environment['VITALGATE_SECRET_KEY_PREVIOUS'] ?? '').split(/\s+/),
    ...passwordsIn(config.shared ?? ''),
    ...config.keys.map(({ secret }) => secret),
    ...config.providers.flatMap(({ credentials }) =>
      credentials.flatMap(({ value, aws }) => [value, aws?.sessionToken ?? '']),
    ),
    // Credentials for an upstream are given as fields that are set.
    ...config.apis.flatMap(({ headers }) =>
      Object.entries(headers.request.set).flatMap(([name, value]) =>
        /auth|key|token|secret|cookie|pass/.test(name) && value.length >= 8 ? [value] : [],
      ),
    ),
    config.console.oidc?.clientSecret ?? '',
    ...config.alertChannels.flatMap(secretsOfChannel),
    ...passwordsIn(config.store),
  ];
}

/** Sections that are read once, at the start. */
function needsRestart(before: Config, after: Config): string[] {
  return (
    [
      'listen',
      'server',
      'store',
      'durability',
      'workers',
      'spool',
      'shared',
      'health',
      'cache',
    ] as const
  ).filter((section) => JSON.stringify(before[section]) !== JSON.stringify(after[section]));
}
