/** The thread behind the probes listener. It shares nothing with the main thread but a heartbeat. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { Address, NetworkRuleConfig } from '@vitalgate/contract';
import { systemClock } from '@vitalgate/health';
import { networkRule, permits } from '../access/networks.ts';
import { families } from '../observe/families.ts';
import { exposition, gauge } from '../observe/metrics.ts';
import { probePaths, type ProbePath } from './health-routes.ts';
import { Heartbeat } from './heartbeat.ts';
import type { FromProbes, ProbesState, ToProbes } from './probes.ts';

/** A loop blocked this long serves nobody: not ready. */
const STALLED_MS = 1000;
/** A loop blocked this long will not come back: not alive. */
const DEAD_MS = 30_000;
/** How long a scrape waits for fresh numbers of a loop that is busy before it takes the last ones. */
const METRICS_WAIT_MS = 1000;

const {
  address,
  heartbeat: buffer,
  networks: first,
} = workerData as {
  address: Address;
  networks: NetworkRuleConfig;
  heartbeat: SharedArrayBuffer;
};
const heartbeat = new Heartbeat(buffer);
let state: ProbesState = {
  phase: 'starting',
  isReady: false,
  reasons: ['starting'],
  networks: first,
};
let rule = networkRule(first);
let metrics = '';
let asked = 0;
const waiting = new Map<number, () => void>();
const probing = new Map<number, (probed: string | undefined) => void>();

const tell = (message: FromProbes) => parentPort?.postMessage(message);

parentPort?.on('message', (message: ToProbes) => {
  if ('state' in message) {
    state = message.state;
    rule = networkRule(state.networks);
  } else if ('probed' in message) probing.get(message.asked)?.(message.probed);
  else {
    metrics = message.metrics;
    waiting.get(message.asked)?.();
  }
});

interface Told {
  readonly isWell: boolean;
  readonly reasons: readonly string[];
}

function live(): Told {
  const blocked = heartbeat.blockedMs(systemClock.now());
  return { isWell: blocked < DEAD_MS, reasons: blockedReasons(blocked) };
}

function ready(): Told {
  const blocked = heartbeat.blockedMs(systemClock.now());
  return {
    isWell: state.isReady && blocked < STALLED_MS,
    reasons: [...state.reasons, ...blockedReasons(blocked)],
  };
}

function started(): Told {
  const isStarting = state.phase === 'starting';
  return { isWell: !isStarting, reasons: isStarting ? ['starting'] : [] };
}

const blockedReasons = (ms: number) =>
  ms < STALLED_MS ? [] : [`event_loop_blocked ${(ms / 1000).toFixed(1)} s`];

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** As Kubernetes has it: each reason in a line, and in the last one whether it is well. */
const telling =
  (name: string, probe: () => Told): Serve =>
  ({ method = 'GET' }, response) => {
    const { isWell, reasons } = probe();
    const lines = reasons.map((reason) => `[${isWell ? '!' : '-'}]${reason}\n`).join('');
    const verdict = isWell ? 'ok' : `${name} check failed`;
    answer(response, method, isWell ? 200 : 503, TEXT, `${lines}${verdict}\n`);
  };

const served: Readonly<Record<ProbePath, Serve>> = {
  '/livez': telling('livez', live),
  '/readyz': telling('readyz', ready),
  '/startupz': telling('startupz', started),
  '/probe': ({ method = 'GET', url = '' }, response) => {
    const target = new URLSearchParams(url.split('?', 2)[1]).get('target') ?? '';
    probeTarget(target, (code, body) => answer(response, method, code, METRICS, body));
  },
  '/metrics': ({ method = 'GET', headers }, response) =>
    scrape(patienceOf(headers), () =>
      answer(response, method, 200, METRICS, metrics + ownMetrics()),
    ),
};

const server = createServer({ requireHostHeader: false }, (request, response) => {
  const { method = 'GET' } = request;
  const asked = (request.url ?? '/').replace(/\?.*$/s, '').replace(/(.)\/$/, '$1');
  const path = probePaths.find((one) => one === asked);
  if (!permits(rule, request.socket.remoteAddress ?? '')) {
    answer(response, method, 403, TEXT, 'not from this address\n');
  } else if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') {
    response.setHeader('allow', 'GET, HEAD, OPTIONS');
    answer(response, method, 405, TEXT, 'method not allowed\n');
  } else if (path === undefined) answer(response, method, 404, TEXT, 'not found\n');
  else served[path](request, response);
});

const TEXT = 'text/plain; charset=utf-8';
const METRICS = 'text/plain; version=0.0.4; charset=utf-8';
/** The main thread gives up sooner; a blocked one says nothing. */
const PROBE_WAIT_MS = 5000;

function probeTarget(target: string, done: (code: number, body: string) => void): void {
  const id = (asked += 1);
  const finish = (probed: string | undefined, code: number) => {
    if (!probing.delete(id)) return;
    cancel();
    done(
      code,
      probed ?? 'target: found none that is configured, expected provider or provider/model\n',
    );
  };
  probing.set(id, (probed) => finish(probed, probed === undefined ? 400 : 200));
  const cancel = systemClock.after(PROBE_WAIT_MS, () =>
    finish('# the main loop does not answer\nprobe_success 0\n', 200),
  );
  tell({ probeWanted: id, target });
}

/** Prometheus says how long it waits itself; half of that is left for the way. */
function patienceOf(headers: IncomingHttpHeaders): number {
  const toldMs = Number(headers['x-prometheus-scrape-timeout-seconds']) * 1000;
  return toldMs > 0 ? Math.min(METRICS_WAIT_MS, toldMs / 2) : METRICS_WAIT_MS;
}

/** Fresh numbers when the main thread can give them, else the last ones, with a gauge that says so. */
function scrape(patienceMs: number, done: () => void): void {
  if (heartbeat.blockedMs(systemClock.now()) >= STALLED_MS) return done();
  const id = (asked += 1);
  const finish = () => {
    if (waiting.delete(id)) {
      cancel();
      done();
    }
  };
  waiting.set(id, finish);
  const cancel = systemClock.after(patienceMs, finish);
  tell({ metricsWanted: id });
}

function ownMetrics(): string {
  const blocked = heartbeat.blockedMs(systemClock.now()) / 1000;
  return exposition([gauge(families.loopBlocked, [[[], blocked]])]);
}

function answer(
  response: ServerResponse,
  method: string,
  code: number,
  type: string,
  body: string,
): void {
  response.writeHead(code, {
    'content-type': type,
    'cache-control': 'no-store',
    'content-length': method === 'OPTIONS' ? 0 : Buffer.byteLength(body),
  });
  response.end(method === 'GET' || method === 'POST' ? body : undefined);
}

server.on('error', (error: NodeJS.ErrnoException) => tell({ failed: error.code ?? '' }));
server.listen(address.port, address.host, () => {
  tell({ listening: (server.address() as AddressInfo).port });
});
