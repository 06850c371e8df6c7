import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config, ModelConfig } from '@vitalgate/contract';
import { startGateway, type Gateway } from '@vitalgate/gateway';
import { startSimulator, type Simulator } from '@vitalgate/simulator';
import type { Place } from './scenarios.ts';

export const DRILL_KEY = 'drill-key-of-this-run';

/** Nobody wants to wait for a drill as long as for a model. */
const LONGEST = { connect: 1000, firstToken: 1500, idle: 1500, total: 20_000 } as const;

/** What a drill takes of a configuration: nothing that is secret, and nothing but plain data. */
export interface Drillable {
  readonly health: Pick<Config['health'], 'fall' | 'rest' | 'maxRest' | 'probeInterval'>;
  readonly providers: readonly {
    readonly name: string;
    readonly dialect: string;
    readonly credentials: readonly { readonly name: string }[];
  }[];
  readonly models: readonly Pick<
    ModelConfig,
    'name' | 'routing' | 'critical' | 'targets' | 'timeouts'
  >[];
}

/** What is to be played with: a model, with one of its providers moved out of reach if that is the play. */
export interface Wanted {
  readonly model: string;
  readonly moved?: { readonly provider: string; readonly place: Place } | undefined;
}

/** A model of the operator's with a simulator in the place of each of its providers, all of it its own. */
export interface Stand {
  /** What callers ask for. */
  readonly model: string;
  /** By the operator's name of the provider. */
  readonly simulators: ReadonlyMap<string, Simulator>;
  /** What the gateway calls this provider of the operator's. */
  nameOf(provider: string): string;
}

export interface Rig {
  readonly url: string;
  /** In the order in which they were wanted. */
  readonly stands: readonly Stand[];
  close(): Promise<void>;
}

/**
 * Starts one gateway with a stand for each that is wanted. What breaks at one is not seen at another,
 * and a gateway takes longer to start than most plays do.
 */
export async function startRig(config: Drillable, wanted: readonly Wanted[]): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'vitalgate-drill-'));
  const stands: Stand[] = [];
  const closeAll = async () => {
    for (const { simulators } of stands) {
      for (const simulator of simulators.values()) await simulator.close();
    }
    await rm(folder, { recursive: true, force: true });
  };
  let gateway: Gateway;
  try {
    for (const { model } of wanted) stands.push(await standOf(config, model, stands.length));
    const file = join(folder, 'drill.yaml');
    // JSON is YAML too.
    await writeFile(file, JSON.stringify(drillConfig(config, folder, wanted, stands)));
    gateway = await startGateway({
      configFile: file,
      environment: {},
      log: () => undefined,
      logLevel: 'silent',
    });
  } catch (error) {
    await closeAll();
    throw error;
  }
  return {
    url: gateway.addresses.gateway,
    stands,
    async close() {
      // Callers in a stalled stream have been given up already.
      await gateway.stop();
      await closeAll();
    },
  };
}

async function standOf(config: Drillable, model: string, index: number): Promise<Stand> {
  const simulators = new Map<string, Simulator>();
  for (const name of providersOf(config, model)) {
    simulators.set(name, await startSimulator({ seed: name }));
  }
  const names = [...simulators.keys()];
  return {
    model: `model-${index}`,
    simulators,
    nameOf: (provider) => `provider-${index}-${names.indexOf(provider)}`,
  };
}

/** The providers of a model, by the order of its targets. */
export const providersOf = ({ models }: Drillable, model: string): string[] => [
  ...new Set(models.find(({ name }) => name === model)?.targets.map(({ provider }) => provider)),
];

function addressOf(name: string, simulator: Simulator, { moved }: Wanted): string {
  if (moved?.provider !== name) return simulator.url;
  // A name that never resolves (RFC 6761, section 6.4), and TLS to a port that has none.
  return moved.place === 'gone' ? 'http://gone.invalid' : simulator.url.replace('http:', 'https:');
}

function drillConfig(
  config: Drillable,
  folder: string,
  wanted: readonly Wanted[],
  stands: readonly Stand[],
): object {
  const all = stands.map((stand, i) => [stand, wanted[i] as Wanted] as const);
  return {
    version: 1,
    listen: { gateway: '127.0.0.1:0', admin: '127.0.0.1:0', probes: '127.0.0.1:0' },
    store: `sqlite:${join(folder, 'drill.db')}`,
    server: { drainTimeout: '100ms' },
    health: {
      fall: config.health.fall,
      rest: ms(config.health.rest),
      maxRest: ms(config.health.maxRest),
      probeInterval: ms(config.health.probeInterval),
    },
    providers: all.flatMap(([stand, one]) => providersAt(config, stand, one)),
    models: all.flatMap(([stand, one]) => modelAt(config, stand, one)),
    keys: [{ name: 'drill', secret: DRILL_KEY }],
  };
}

const providersAt = ({ providers }: Drillable, stand: Stand, wanted: Wanted): object[] =>
  [...stand.simulators].map(([provider, simulator]) => {
    const { dialect, credentials = [] } = providers.find(({ name }) => name === provider) ?? {};
    return {
      name: stand.nameOf(provider),
      dialect,
      baseUrl: addressOf(provider, simulator, wanted),
      private: true,
      credentials: credentials.map(({ name }) => ({ name, value: `drill-${name}` })),
    };
  });

const modelAt = ({ models }: Drillable, stand: Stand, { model }: Wanted): object[] =>
  models
    .filter(({ name }) => name === model)
    .map(({ routing, critical, targets, timeouts }) => ({
      name: stand.model,
      routing,
      critical,
      targets: targets.map((target) => ({ ...target, provider: stand.nameOf(target.provider) })),
      timeouts: {
        connect: ms(Math.min(timeouts.connect, LONGEST.connect)),
        firstToken: ms(Math.min(timeouts.firstToken ?? LONGEST.firstToken, LONGEST.firstToken)),
        idle: ms(Math.min(timeouts.idle, LONGEST.idle)),
        total: ms(Math.min(timeouts.total, LONGEST.total)),
      },
    }));

const ms = (value: number) => `${value}ms`;
