import { Failure, StartFailure, type Config } from '@vitalgate/contract';
import { systemClock, Tracker, type Cancel } from '@vitalgate/health';
import { AdminTokens, tokenFromEnvironment } from './access/admin-tokens.ts';
import { SetUp } from './access/set-up.ts';
import { Limits } from './access/limits/limits.ts';
import { AlertWatch } from './alerts/watch.ts';
import { exposedFiles } from './config/exposed-files.ts';
import { readConfiguration } from './config/read.ts';
import { needsRestart } from './config/restart.ts';
import { ConfigSources } from './config/sources.ts';
import { watchFile } from './config/watch.ts';
import { configure, keyringOf, type Configuration } from './configure.ts';
import type { Gateway, StartOptions } from './gateway.ts';
import { viewHealth } from './health-view.ts';
import { Recorder } from './history/recorder.ts';
import { markRestored, readSpent, restoreBudgets } from './money/restore.ts';
import { Blackbox } from './observe/blackbox.ts';
import { guardedClock } from './observe/guarded-clock.ts';
import { createLog, type Log } from './observe/log.ts';
import { gauges } from './observe/gauges.ts';
import { exposition } from './observe/metrics.ts';
import { ProcessMetrics } from './observe/process.ts';
import { end, LOOK_MS, recheck } from './request/standing.ts';
import { redactor } from './observe/redact.ts';
import { secretsOf } from './observe/secrets.ts';
import { beginning, drain, linger, warnOf } from './lifecycle.ts';
import type { Running } from './running.ts';
import { share } from './share.ts';
import { createAdminServer } from './server/admin.ts';
import { createGatewayServer } from './server/gateway.ts';
import { authority, listen, urlOf } from './server/listen.ts';
import { followCertificate } from './server/tls.ts';
import { Probes } from './server/probes.ts';
import { listenForStatus } from './server/status.ts';
import { llamaFolder } from './local/llama.ts';
import { LocalModels } from './local/models.ts';
import { OwnProviders } from './own-providers.ts';
import { keepFirstAdminToken, loadAdminTokens } from './store/admin-tokens.ts';
import { openStore } from './store/database.ts';
import { lastErasure } from './store/erase.ts';
import { newestConfiguration } from './store/configurations.ts';
import { hasUsers } from './store/people.ts';
import { SecretKeys } from './store/secret-keys.ts';
import { SecretStore } from './store/secrets.ts';
import { Journal } from './store/journal.ts';
import { createFirstKey, loadKeys } from './store/keys.ts';
import { keepSums } from './store/keep-sums.ts';
import { letGoInTime } from './store/let-go.ts';
import { placeOf, spoolOf, spoolOfWorker } from './store/place.ts';
import { TargetStates } from './store/target-states.ts';
import { StatusPage } from './status-page/page.ts';
import { refuseUnverified } from './upstream/certificates.ts';
import { Deadlines } from './upstream/deadlines.ts';
import { version } from './version.ts';
import { countTogether } from './workers/metrics.ts';

/**
 * What is put together: the composition root, and the only place that reads the environment.
 *
 * @throws {StartFailure} when it cannot start; nothing is left running then.
 */
export async function startGateway(options: StartOptions): Promise<Gateway> {
  const { configFile, environment, worker, random = Math.random } = options;
  let told: Log | undefined;
  const clock = guardedClock(options.clock ?? systemClock, (error) =>
    told?.error({ err: error }, 'a defect of the gateway, in what it does from time to time'),
  );
  const isFirst = worker === undefined || worker.index === 0;
  refuseUnverified(environment);
  const environmentToken = tokenFromEnvironment(environment['VITALGATE_ADMIN_TOKEN']);
  const fileConfig = await readConfiguration(configFile, environment);

  const undo: (() => unknown)[] = [];
  const cleanUp = async () => {
    const failed: unknown[] = [];
    for (const step of undo.toReversed()) {
      try {
        await step();
      } catch (error) {
        // The journal comes late, and is closed whatever else could not be.
        failed.push(error);
      }
    }
    if (failed.length > 0) throw failed[0];
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
    const hide = (text: string): string => redact(text);
    const log = createLog(options.log, hide, options.logLevel ?? 'info');
    told = log;
    const { fall, rest: restMs, maxRest: restMaxMs } = config.health;
    const tracker = new Tracker({ clock, random, policy: { fall, restMs, restMaxMs } });
    const lifecycle = beginning(config, clock, problem);
    warnOf(lifecycle, config, log);
    const exposed = exposedFiles(sources.sources().file, place);
    if (exposed.length > 0) {
      log.warn(
        { files: exposed },
        'every account of this machine may read these secrets; chmod 600',
      );
    }
    const localModels = new LocalModels({
      clock,
      folder: llamaFolder(environment),
      isLasting: worker !== undefined,
      onSlow: (provider) => log.info({ provider }, 'a local model is loading'),
      onDown: (provider, problem, againMs) =>
        log.error({ provider, problem, againMs }, 'a local model failed; it is started again'),
      onBack: (provider) => log.info({ provider }, 'a local model runs again'),
    });
    const shared = await share(
      { clock, random, log, hide, journal, tracker, deadlines, lifecycle, localModels, store },
      { config, line: worker?.line, refresh: () => refreshFromStore() },
    );
    undo.push(() => shared.peers.close());
    undo.push(() => shared.answers.close());
    undo.push(() => shared.captures.close());
    undo.push(() => shared.readingThread.close());
    undo.push(() => shared.mappingThread.close());
    undo.push(() => shared.headroom.close());
    const targetStates = new TargetStates(shared);
    await targetStates.restore();

    const ownProviders = new OwnProviders(localModels, worker?.simulators);
    undo.push(() => ownProviders.close());

    const needsKey = !config.access.anonymous && config.keys.length === 0;
    const firstKey = needsKey ? await createFirstKey(store, clock.wall()) : undefined;
    const loadTokens = async () => {
      const kept = await loadAdminTokens(store);
      return new AdminTokens(environmentToken === undefined ? kept : [environmentToken, ...kept]);
    };
    /** What the store has said last. */
    let holders = { keys: await loadKeys(store), adminTokens: await loadTokens() };
    const held = (by: Config) => ({
      keyring: keyringOf(by, holders.keys),
      adminTokens: holders.adminTokens,
    });
    const hasOwner =
      environmentToken !== undefined ||
      (await loadAdminTokens(store)).length > 0 ||
      (await hasUsers(store));
    const setUp = hasOwner ? undefined : new SetUp(clock);

    let configuration: Configuration = configure(config, shared, await ownProviders.start(config), {
      ...held(config),
      limits: () => new Limits(config, shared.limitStates),
    });
    undo.push(() => {
      configuration.retire();
      configuration.destroy();
    });
    // What came before its target was known was not taken up.
    shared.peers.catchUp();
    let running: Running = { ...shared, ...configuration.configured };
    const current = () => running;
    await journal.recovered;
    const moment = () => ({ now: clock.now(), wall: clock.wall() });
    await readSpent(store, config, running.keyring, moment()).then(
      (spent) => restoreBudgets(spent, running),
      (error: unknown) =>
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
    let erasure: unknown;
    let asked = 0;
    let answered = 0;
    /** The store did not answer the last one. */
    let isReloadOwed = false;
    const refreshFromStore = async () => {
      const number = (asked += 1);
      const last = await lastErasure(store);
      // It holds whatever anybody was answered, whose is not known any more.
      if (last !== erasure) await running.answers.clear(String(last));
      erasure = last;
      const told = { keys: await loadKeys(store), adminTokens: await loadTokens() };
      // What was asked for later has been told already; this would bring a revoked key back.
      if (number > answered) {
        answered = number;
        holders = told;
        // Nothing is waited for while this is made: what was in use before may be retired by then.
        running = { ...running, ...held(running.config) };
      }
      // Another instance has changed the configuration. Not waited for: what takes long to be taken up,
      // as a model that is loaded, is no silence of the store's.
      const { number: newest } = await newestConfiguration(store);
      if (isReloadOwed || newest !== sources.number) void reload();
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
      counted: () => counted.families(),
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

    if (isFirst) {
      targetStates.keep(() => shared.storeWatch.problem === undefined);
      undo.push(() => targetStates.close());
      undo.push(letGoInTime(shared, () => running.config.capture?.keep));
      undo.push(keepSums(shared));
    }

    undo.push(
      clock.every(LOOK_MS, () => {
        for (const exchange of shared.underWay) recheck(exchange, current());
      }),
    );
    shared.storeWatch.start();
    undo.push(() => shared.storeWatch.close());
    if (isFirst) {
      history.start();
      alerts.start();
    }
    undo.push(() => history.stop());
    undo.push(() => alerts.stop());

    const take = async (next: Config): Promise<void> => {
      const urls = await ownProviders.start(next);
      redact = redactor([...secretsOf(config, environment), ...secretsOf(next, environment)]);
      const spent = await readSpent(store, next, held(next).keyring, moment());
      // Nothing is waited for from here on: a key that was revoked meanwhile would be good again.
      const before = configuration;
      const parts = held(next);
      const limits = () => {
        markRestored(shared.limitStates);
        const made = new Limits(next, shared.limitStates);
        restoreBudgets(spent, { ...shared, ...parts, limits: made });
        return made;
      };
      configuration = configure(next, shared, urls, { ...parts, limits }, running);
      shared.peers.catchUp();
      running = { ...shared, ...configuration.configured };
      before.retire();
      ownProviders.keep(next);
      lifecycle.configProblem = undefined;
      const waits = needsRestart(config, next);
      log.info({ waits }, 'configuration reloaded');
    };
    const reload = async (): Promise<void> => {
      isReloadOwed = false;
      try {
        await sources.reload();
      } catch (error) {
        // Nothing is wrong with it: it is tried again until the store answers.
        isReloadOwed = !(error instanceof StartFailure);
        if (isReloadOwed) shared.storeWatch.forget();
        lifecycle.configProblem = error instanceof Error ? error.message : String(error);
        log.error(
          { problem: lifecycle.configProblem },
          'configuration not reloaded; the old one stays',
        );
      }
      shared.metrics.reloaded(lifecycle.configProblem === undefined);
    };
    const stopWatching: Cancel =
      configFile === undefined
        ? () => {}
        : watchFile(configFile, clock, () => void reload(), sources.sources().file?.text);
    undo.push(stopWatching);

    await configuration.looked;
    lifecycle.phase = 'serving';
    probes?.refresh();

    const addresses = {
      gateway: urlOf(config.listen.gateway.host, gatewayServer, scheme),
      admin: isFirst ? urlOf(config.listen.admin.host, adminServer.server) : '',
      probes:
        probes === undefined ? '' : `http://${authority(config.listen.probes.host, probes.port)}`,
      ...withHost('agent', config, status.ports.agent),
      ...withHost('grpc', config, status.ports.grpc),
    };
    return {
      addresses,
      firstModel: config.models[0]?.name,
      firstKey,
      setUpLink: setUp === undefined ? undefined : `${addresses.admin}/setup?token=${setUp.token}`,
      simulators: ownProviders.simulators(config),
      localModels: ownProviders.localModels(),
      reload,
      async stop({ isBalanced } = { isBalanced: false }) {
        lifecycle.phase = 'draining';
        probes?.refresh();
        stopWatching();
        const { drainDelay, drainTimeout } = running.config.server;
        const delayMs = isBalanced ? Math.min(drainDelay, drainTimeout) : 0;
        if (delayMs > 0) await linger(delayMs, clock);
        lifecycle.isClosed = true;
        gatewayServer.close();
        gatewayServer.closeIdleConnections();
        await drain(lifecycle, drainTimeout - delayMs, clock, () => {
          // These have a word of their own for it.
          for (const tunnel of shared.tunnels) tunnel.close();
          // Streams say why they end, those of configurations before this one, too.
          const why = new Failure('draining', 'this instance is shutting down');
          for (const exchange of shared.underWay) end(exchange, why);
        });
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
  return host === undefined || port === undefined ? {} : { [name]: authority(host, port) };
}
