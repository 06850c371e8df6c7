import { Failure } from '@vitalgate/contract';
import type { Config } from '@vitalgate/contract';
import type { TrackerPolicy } from '@vitalgate/health';
import { buildApis, type Api } from './apis/api.ts';
import { ApiRouter } from './apis/match.ts';
import { ApiProber } from './apis/prober.ts';
import { TokenKeys } from './access/jwt.ts';
import { Keyring, keyFromConfig, type Key } from './access/keys.ts';
import { networkRule, networks } from './access/networks.ts';
import { buildPrompts } from './prompts/prompt.ts';
import { Guardrails } from './guard/guardrails.ts';
import { buildRoutes, type Target } from './routing/routes.ts';
import type { Configured, Shared } from './running.ts';
import { Prober } from './upstream/prober.ts';
import { Provider } from './upstream/provider.ts';

/** What one configuration has set going, and how it is let go when the next takes its place. */
export interface Configuration {
  readonly configured: Configured;
  /** The first look at every provider is over. */
  readonly looked: Promise<void>;
  /** Stops looking; requests that began with this configuration end with it. */
  retire(): void;
  /** Ends the requests that are still running. */
  destroy(): void;
}

/** Makes the parts a configuration asks for. `simulatorUrl` serves providers without a base URL. */
export function configure(
  config: Config,
  shared: Shared,
  simulatorUrls: ReadonlyMap<string, URL>,
  held: Pick<Configured, 'keyring' | 'adminTokens'> & {
    /** Asked for when nothing can fail any more: their counters are those of the configuration before. */
    readonly limits: () => Configured['limits'];
  },
  before?: Configured,
): Configuration {
  const providers = new Map<string, Provider>();
  for (const provider of config.providers) {
    const base = provider.baseUrl ?? simulatorUrls.get(provider.name);
    // The caller starts a simulator for each provider without an address.
    if (base === undefined) continue;
    const made = new Provider(provider, base);
    const known = before?.providers.get(provider.name);
    if (known !== undefined) made.credentials.inherit(known.credentials);
    providers.set(provider.name, made);
  }
  const routes = buildRoutes(config.models, providers, shared.loads);
  const apis = buildApis(config.apis, shared);
  const prompts = buildPrompts(config.prompts);
  const guardrails = new Guardrails(config, shared);

  // Nothing fails from here on: one that cannot be used changes nothing.
  const { tracker } = shared;
  const targetsOf = new Map<Provider, Target[]>();
  const known = new Map<string, Target>();
  for (const target of [...routes.values()].flatMap((route) => route.targets)) {
    if (known.has(target.id)) continue;
    known.set(target.id, target);
    tracker.register(target.id, target.provider.criteria);
    target.provider.targetIds.add(target.id);
    const others = targetsOf.get(target.provider);
    if (others === undefined) targetsOf.set(target.provider, [target]);
    else others.push(target);
  }
  const apiTargets = [...apis.values()].flatMap((api) => api.targets);
  for (const { id, criteria, provider } of apiTargets) {
    tracker.register(id, criteria, policyOf(provider, tracker.policy));
  }
  tracker.retain(new Set([...known.keys(), ...apiTargets.map(({ id }) => id)]));

  const probers = [...targetsOf].map(
    ([provider, targets]) =>
      new Prober({
        ...shared,
        intervalMs: config.health.probeInterval,
        provider,
        targets,
        spend: shared.canarySpend,
      }),
  );
  const apiProbers = apiTargets.flatMap((target) => {
    const { health } = target.provider;
    return health === undefined ? [] : [new ApiProber(target, health, shared)];
  });
  const sources = sourcesOf(apis, before?.apis);
  const configured: Configured = {
    config,
    providers,
    routes,
    apis,
    apiRouter: new ApiRouter(apis.values()),
    prompts,
    ...held,
    limits: held.limits(),
    guardrails,
    tokenKeys: new TokenKeys(config.access.jwt, shared, (key) => boundToken(key, config)),
    trustedProxies: networks(config.access.trustedProxies),
    rules: {
      gateway: networkRule(config.access),
      admin: networkRule(config.access.listeners.admin),
      probes: networkRule(config.access.listeners.probes),
      agent: networkRule(config.access.listeners.agent),
      grpc: networkRule(config.access.listeners.grpc),
    },
  };
  return {
    configured,
    looked: Promise.all([...probers, ...apiProbers, ...sources].map((one) => one.start())).then(
      () => undefined,
    ),
    retire() {
      for (const one of [...probers, ...apiProbers, ...sources]) one.close();
      configured.guardrails.close();
      configured.tokenKeys.close();
      for (const { door } of [...providers.values(), ...apiTargets]) door.close();
    },
    destroy() {
      for (const { door } of [...providers.values(), ...apiTargets]) door.destroy();
    },
  };
}

/**
 * Where APIs learn of their upstreams, with what they learnt so far. Apart from the rest, whose functions
 * live for as long as the configuration does: one of them that named the configuration before it kept
 * that one alive, and so all there ever were.
 */
function sourcesOf(apis: Configured['apis'], before: Configured['apis'] | undefined) {
  return [...apis.values()].flatMap(({ name, source }) => {
    const known = before?.get(name)?.source;
    if (known !== undefined) source?.inherit(known);
    return source ?? [];
  });
}

/** What an API says of its own upstreams; silence is told from sickness by the pace of its probes. */
function policyOf({ health }: Api, { freshMs }: TrackerPolicy): Partial<TrackerPolicy> {
  if (health === undefined) return {};
  const { rise, fall, interval, timeout } = health;
  return { rise, fall, freshMs: Math.max(freshMs, 2 * (interval + timeout)) };
}

/** Keys of the file and of the store together. A key may do what both it and its team may. */
export function keyringOf(config: Config, storeKeys: readonly Key[]): Keyring {
  const teams = new Map(config.teams.map((team) => [team.name, team]));
  // A team that is gone takes its keys with it: nothing would bound them any more.
  const left = storeKeys.filter(({ team }) => team === undefined || teams.has(team));
  const keys = [...config.keys.map(keyFromConfig), ...left];
  return new Keyring(keys.map((key) => withinTeam(key, teams.get(key.team ?? ''), config)));
}

/** The key with no more than its team may have. */
function withinTeam(key: Key, team: Config['teams'][number] | undefined, config: Config): Key {
  const prompts = promptsOf(key, config);
  if (team === undefined) return { ...key, prompts };
  return {
    ...key,
    models: inBoth(key.models, team.models),
    apis: inBoth(key.apis, team.apis),
    prompts: inBoth(prompts, promptsOf(team, config)),
  };
}

/** What a token stands for. A team that there is none of would bind it to nothing. */
function boundToken(key: Key, config: Config): Key {
  const team = config.teams.find(({ name }) => name === key.team);
  if (key.team !== undefined && team === undefined) {
    throw new Failure(
      'invalid_key',
      `the token names a team that is not configured here: ${JSON.stringify(key.team.slice(0, 64))}`,
    );
  }
  return withinTeam(key, team, config);
}

interface Scopes {
  readonly models?: Iterable<string> | undefined;
  readonly prompts?: Iterable<string> | undefined;
}

/** The prompts that are named, or else those whose models are; undefined means all. */
function promptsOf(
  { models, prompts }: Scopes,
  config: Pick<Config, 'prompts'>,
): ReadonlySet<string> | undefined {
  if (prompts !== undefined) return new Set(prompts);
  if (models === undefined) return undefined;
  const named = new Set(models);
  const denied = new Set(config.prompts.flatMap((one) => (named.has(one.model) ? [] : [one.name])));
  return new Set(config.prompts.flatMap(({ name }) => (denied.has(name) ? [] : [name])));
}

/** What both lists have; a list that is missing has everything. */
function inBoth(
  ofKey: ReadonlySet<string> | undefined,
  ofTeam: Iterable<string> | undefined,
): ReadonlySet<string> | undefined {
  if (ofTeam === undefined) return ofKey;
  return new Set([...ofTeam].filter((name) => ofKey?.has(name) !== false));
}
