import {
  MAX_OUTPUT,
  type ModelCacheConfig,
  type ModelConfig,
  type TimeoutsConfig,
} from '@vitalgate/contract';
import { blended, configuredTariff, type Tariff } from '../money/price.ts';
import type { Provider } from '../upstream/provider.ts';
import { HedgeBudget } from './hedge-budget.ts';
import { networks, type Networks } from '../access/networks.ts';
import { TargetLoad } from './load.ts';

/** One model at one provider: what a request can be sent to, and what health is kept of. */
export interface Target {
  /** `provider/model`, as shown in headers, reports and metrics. */
  readonly id: string;
  /** What it is counted under in metrics, where that is not its id. */
  readonly counted?: string | undefined;
  readonly provider: Provider;
  /** The provider's name for the model. */
  readonly model: string;
  readonly weight: number;
  /** US dollars for a million tokens, one part written to three parts read; undefined if unknown. */
  readonly price: number | undefined;
  /** Undefined when nobody knows what it costs. */
  readonly tariff: Tariff | undefined;
  /** Requests at once; beyond, the next target is asked. */
  readonly maxConcurrency: number;
  /** Targets of a lower number are asked before all others. */
  readonly priority: number;
  readonly load: TargetLoad;
}

/** A model as callers name it, and the targets that can serve it. */
export interface Route {
  readonly name: string;
  /** What it is counted under in metrics, where that is not its name. */
  readonly counted?: string | undefined;
  readonly routing: ModelConfig['routing'];
  readonly targets: readonly Target[];
  /** What its targets cost, each price once: hundreds of targets have few, and each request asks. */
  readonly tariffs: readonly Tariff[];
  /** Whether one key keeps to one target as long as it is well, for the sake of prompt caches. */
  readonly sticky: boolean;
  /** What a translation cannot carry whole is refused rather than left out. */
  readonly strict: boolean;
  readonly timeouts: TimeoutsConfig;
  /** Tokens of a streamed answer, about, after which it is cut off. */
  readonly maxOutput: number;
  readonly critical: boolean;
  /** Undefined where no answer is remembered. */
  readonly cache?: ModelCacheConfig | undefined;
  /** Networks its callers must be in, all of them; undefined means anywhere. */
  readonly networks?: readonly Networks[] | undefined;
  /** Names of guardrails that hold for it, beside those for all. */
  readonly guardrails?: readonly string[] | undefined;
  /** A second target is asked when the first takes longer than this; undefined where it is not. */
  readonly hedge: { readonly afterMs: number; readonly budget: HedgeBudget } | undefined;
}

export function buildRoutes(
  models: readonly ModelConfig[],
  providers: ReadonlyMap<string, Provider>,
  loads: Map<string, TargetLoad>,
): Map<string, Route> {
  const routes = new Map<string, Route>();
  for (const model of models) {
    const targets: Target[] = [];
    for (const configured of model.targets) {
      const { provider: name, model: upstreamModel, weight, price } = configured;
      const provider = providers.get(name);
      // The schema has checked that it exists.
      if (provider === undefined) continue;
      const id = `${name}/${upstreamModel}`;
      // Elsewhere it is another: what was not there, or slow, may be there, or quick.
      const known = `${id} ${provider.criteria}`;
      const load = loads.get(known) ?? new TargetLoad();
      loads.set(known, load);
      const tariff =
        price === undefined ? provider.prices.of(upstreamModel) : configuredTariff(price);
      targets.push({
        id,
        provider,
        model: upstreamModel,
        weight,
        price: blended(tariff),
        tariff,
        maxConcurrency: configured.maxConcurrency ?? Number.POSITIVE_INFINITY,
        priority: configured.priority,
        load,
      });
    }
    const hedge = model.hedge && {
      afterMs: model.hedge.after,
      budget: new HedgeBudget(model.hedge.share),
    };
    const { ips } = model;
    const from = ips === undefined ? undefined : [networks(ips)];
    routes.set(model.name, {
      ...model,
      targets,
      tariffs: tariffsOf(targets),
      hedge,
      networks: from,
    });
  }
  return routes;
}

function tariffsOf(targets: readonly Target[]): Tariff[] {
  const distinct = new Map<string, Tariff>();
  for (const { tariff } of targets) {
    if (tariff !== undefined) distinct.set(JSON.stringify(tariff), tariff);
  }
  return [...distinct.values()];
}

/**
 * What a caller may name a model that nobody has configured: it is told in a header, and becomes a
 * segment of the provider's path, where dots would lead elsewhere (RFC 3986, section 5.2.4).
 */
const isModelName = (name: string): boolean => /^(?!\.{1,2}$)[\x20-\x7e]+$/.test(name);

/**
 * The route a caller's model name means: a configured one, or `provider/model` for any model of a
 * configured provider, with default timeouts.
 */
export function findRoute(
  routes: ReadonlyMap<string, Route>,
  providers: ReadonlyMap<string, Provider>,
  name: string,
): Route | undefined {
  const route = routes.get(name);
  if (route !== undefined) return route;
  const slash = name.indexOf('/');
  const provider = slash > 0 ? providers.get(name.slice(0, slash)) : undefined;
  const model = name.slice(slash + 1);
  if (provider === undefined || !isModelName(model)) return undefined;
  const tariff = provider.prices.of(model);
  const serving = [...routes.values()].filter((one) => one.targets.some(({ id }) => id === name));
  // Callers make names up: each would be a series of its own for ever.
  const counted = serving.length === 0 ? `${provider.name}/other` : undefined;
  return {
    name,
    counted,
    routing: 'ordered',
    sticky: false,
    strict: false,
    tariffs: tariff === undefined ? [] : [tariff],
    targets: [
      {
        id: name,
        counted,
        provider,
        model,
        weight: 1,
        price: blended(tariff),
        tariff,
        maxConcurrency: Number.POSITIVE_INFINITY,
        priority: 0,
        load: new TargetLoad(),
      },
    ],
    timeouts: { connect: 2000, firstToken: undefined, idle: 60_000, total: 300_000 },
    maxOutput: MAX_OUTPUT,
    critical: false,
    // Naming a target by itself is no way around what guards the models it serves.
    networks: serving.flatMap((one) => one.networks ?? []),
    guardrails: serving.flatMap((one) => one.guardrails ?? []),
    hedge: undefined,
  };
}
