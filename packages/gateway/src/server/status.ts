import type { AddressInfo, Server, Socket } from 'node:net';
import type { Address, Config } from '@vitalgate/contract';
import type { Cancel, Clock } from '@vitalgate/health';
import { agentServer } from '@vitalgate/health/serve/agent';
import {
  grpcHealthServer,
  type GrpcSource,
  type ServingStatus,
} from '@vitalgate/health/serve/grpc';
import { permits } from '../access/networks.ts';
import { type Audience, reportOf } from '../health-report.ts';
import { viewHealth } from '../health-view.ts';
import type { Running } from '../running.ts';
import { listenFailure } from './probes.ts';

/** Listeners that tell the status alone, to whoever connects: HAProxy's agent check and gRPC. */
export interface StatusListeners {
  /** Ports in use, by name; those that are not configured are missing. */
  readonly ports: Readonly<Partial<Record<'agent' | 'grpc', number>>>;
  close(): void;
}

/** Watchers are told of changes this soon. */
const TOLD_MS = 250;

const nobody: Audience = {
  everything: false,
  details: 'status',
  model: () => false,
  api: () => false,
};

export async function listenForStatus(
  { agent, grpc }: Pick<Config['listen'], 'agent' | 'grpc'>,
  current: () => Running,
  clock: Clock,
): Promise<StatusListeners> {
  const open: Server[] = [];
  const ports: Partial<Record<'agent' | 'grpc', number>> = {};
  const watchers = new Set<() => void>();
  const stop: Cancel = clock.every(TOLD_MS, () => {
    for (const tell of watchers) tell();
  });
  const close = (): void => {
    stop();
    for (const server of open) server.close();
  };
  try {
    if (agent !== undefined) {
      const server = agentServer(() => reportOf('ready', current(), nobody));
      admitOnly(server, (address) => permits(current().rules.agent, address));
      ports.agent = await listen('agent', server, agent);
      open.push(server);
    }
    if (grpc !== undefined) {
      const server = grpcHealthServer(sourceOf(current, watchers));
      admitOnly(server, (address) => permits(current().rules.grpc, address));
      ports.grpc = await listen('grpc', server, grpc);
      open.push(server);
    }
  } catch (error) {
    close();
    throw error;
  }
  return { ports, close };
}

/** The whole server, its two probes, and each model and API by its name. */
function sourceOf(current: () => Running, watchers: Set<() => void>): GrpcSource {
  const ready = (running: Running): ServingStatus =>
    viewHealth(running).isReady ? 'SERVING' : 'NOT_SERVING';
  return {
    status(service) {
      const running = current();
      if (service === '' || service === 'readiness') return ready(running);
      if (service === 'liveness') return 'SERVING';
      const view = viewHealth(running);
      const model = view.models.get(service) ?? view.apis.get(service);
      if (model === undefined) return undefined;
      if (model.status === 'unknown') return 'UNKNOWN';
      return model.status === 'fail' ? 'NOT_SERVING' : 'SERVING';
    },
    services: () => [
      '',
      'liveness',
      'readiness',
      ...current().routes.keys(),
      ...current().apis.keys(),
    ],
    onChange(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  };
}

/** Closes connections of others before a byte is said: these listeners speak first, or in frames. */
function admitOnly(server: Server, isAdmitted: (address: string) => boolean): void {
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (!isAdmitted(socket.remoteAddress ?? '')) socket.destroy();
    else for (const listener of listeners) Reflect.apply(listener, server, [socket]);
  });
}

function listen(name: string, server: Server, address: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(listenFailure(name, address, error.code ?? '')),
    );
    server.listen(address.port, address.host, () => {
      server.removeAllListeners('error');
      resolve((server.address() as AddressInfo).port);
    });
  });
}
