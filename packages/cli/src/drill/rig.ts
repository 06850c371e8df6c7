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

/** The operator's configuration with a simulator in the place of every provider. */
export interface Rig {
  readonly url: string;
  /** By provider. */
  readonly simulators: ReadonlyMap<string, Simulator>;
  close(): Promise<void>;
}

/** Starts a gateway for one scenario; `place` moves the provider `moved` out of reach. */
export async function startRig(
  config: Drillable,
  moved?: { readonly provider: string; readonly place: Place },
): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'vitalgate-drill-'));
  const simulators = new Map<string, Simulator>();
  for (const { name } of config.providers)
    simulators.set(name, await startSimulator({ seed: name }));

  const addressOf = (name: string): string => {
    const url = simulators.get(name)?.url ?? '';
    if (moved?.provider !== name) return url;
    // A name that never resolves (RFC 6761, section 6.4), and TLS to a port that has none.
    return moved.place === 'gone' ? 'http://gone.invalid' : url.replace('http:', 'https:');
  };
  const file = join(folder, 'drill.yaml');
  // JSON is YAML too.
  await writeFile(file, JSON.stringify(drillConfig(config, folder, addressOf)));
  let gateway: Gateway;
  try {
    gateway = await startGateway({
      configFile: file,
      environment: {},
      log: () => undefined,
      logLevel: 'silent',
    });
  } catch (error) {
    await closeAll(simulators, folder);
    throw error;
  }
  return {
    url: gateway.addresses.gateway,
    simulators,
    async close() {
      // Callers in a stalled stream have been given up already.
      await gateway.stop();
      await closeAll(simulators, folder);
    },
  };
}

async function closeAll(simulators: ReadonlyMap<string, Simulator>, folder: string): Promise<void> {
  for (const simulator of simulators.values()) await simulator.close();
  await rm(folder, { recursive: true, force: true });
}

function drillConfig(
  config: Drillable,
  folder: string,
  addressOf: (name: string) => string,
): object {
  const ms = (value: number) => `${value}ms`;
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
    providers: config.providers.map(({ name, dialect, credentials }) => ({
      name,
      dialect,
      baseUrl: addressOf(name),
      private: true,
      credentials: credentials.map((credential) => ({
        name: credential.name,
        value: `drill-${credential.name}`,
      })),
    })),
    models: config.models.map(({ name, routing, critical, targets, timeouts }) => ({
      name,
      routing,
      critical,
      targets,
      timeouts: {
        connect: ms(Math.min(timeouts.connect, LONGEST.connect)),
        firstToken: ms(Math.min(timeouts.firstToken ?? LONGEST.firstToken, LONGEST.firstToken)),
        idle: ms(Math.min(timeouts.idle, LONGEST.idle)),
        total: ms(Math.min(timeouts.total, LONGEST.total)),
      },
    })),
    keys: [{ name: 'drill', secret: DRILL_KEY }],
  };
}
