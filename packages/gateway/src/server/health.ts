import type { IncomingMessage, ServerResponse } from 'node:http';
import { contains } from '../access/networks.ts';
import { viewHealth, type HealthView } from '../health-view.ts';
import type { Running } from '../running.ts';
import { readHeaders } from './headers.ts';

type Probe = 'health' | 'live' | 'ready' | 'started';

const probes: ReadonlyMap<string, Probe> = new Map([
  ['/health', 'health'],
  ['/health/live', 'live'],
  ['/health/ready', 'ready'],
  ['/health/started', 'started'],
  ['/livez', 'live'],
  ['/readyz', 'ready'],
  ['/startupz', 'started'],
]);

const withoutSlash = (path: string) =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;

export function isHealthPath(path: string): boolean {
  return path.startsWith('/health/') || probes.has(withoutSlash(path));
}

interface Told {
  readonly code: number;
  readonly body: unknown;
}

/**
 * Answers the health paths of the gateway listener. It reads snapshots and does no work, so it
 * needs no limit and cannot be hung by what it reports on.
 */
export function answerHealth(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  running: Running,
): void {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') {
    response.setHeader('allow', 'GET, HEAD, OPTIONS');
    write(response, 'GET', {
      code: 405,
      body: { status: 'unknown', reason: 'method_not_allowed' },
    });
    return;
  }
  let told: Told;
  try {
    told = tell(withoutSlash(path), request, running);
  } catch (error) {
    running.log.error({ err: error }, 'the health view failed');
    told = { code: 500, body: { status: 'unhealthy', reason: 'checker_failed' } };
  }
  write(response, method, told);
}

function write(response: ServerResponse, method: string, { code, body }: Told): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': method === 'GET' || method === 'HEAD' ? Buffer.byteLength(text) : 0,
  });
  response.end(method === 'GET' ? text : undefined);
}

function tell(path: string, request: IncomingMessage, running: Running): Told {
  const sees = audienceOf(request, running);
  const probe = probes.get(path);
  if (probe !== undefined) return tellProbe(probe, viewHealth(running), sees);

  const [, , section, ...rest] = path.split('/');
  const name = decode(rest.join('/'));
  if (section === 'models' && name !== undefined && sees.model(name)) {
    const model = viewHealth(running).models.get(name);
    if (model !== undefined) {
      const { status, reason } = model;
      const code = status === 'fail' ? 503 : 200;
      return { code, body: { status: word(status), ...(reason === undefined ? {} : { reason }) } };
    }
  }
  if (section === 'why' && name !== undefined) {
    if (!sees.everything)
      return { code: 401, body: { status: 'unknown', reason: 'admin_token_needed' } };
    const why = running.tracker.why(name);
    if (why !== undefined) return { code: 200, body: why };
  }
  return { code: 404, body: { status: 'unknown', reason: 'not_found' } };
}

function tellProbe(probe: Probe, view: HealthView, sees: Audience): Told {
  const uptime = Math.floor(view.uptimeSeconds);
  if (probe === 'live') return { code: 200, body: { status: 'healthy', uptime } };
  if (probe === 'started') {
    const isStarting = view.reasons.includes('starting');
    return isStarting
      ? { code: 503, body: { status: 'unhealthy', reason: 'starting', uptime } }
      : { code: 200, body: { status: 'healthy', uptime } };
  }
  const [reason] = view.reasons;
  const dependencies: Record<string, string> = {};
  for (const [name, { status }] of view.models) {
    if (sees.model(name)) dependencies[name] = word(status);
  }
  return {
    code: view.status === 'fail' ? 503 : 200,
    body: {
      status: word(view.status),
      uptime,
      ...(reason === undefined ? {} : { reason, reasons: view.reasons }),
      ...(Object.keys(dependencies).length === 0 ? {} : { dependencies }),
    },
  };
}

const words = { pass: 'healthy', warn: 'degraded', fail: 'unhealthy', unknown: 'unknown' } as const;
const word = (status: keyof typeof words) => words[status];

interface Audience {
  readonly everything: boolean;
  model(name: string): boolean;
}

const anonymous: Audience = { everything: false, model: () => false };

/** Anybody may know how it is; a key sees its own models, an admin token everything. */
function audienceOf(request: IncomingMessage, running: Running): Audience {
  const { credential } = credentialOf(request);
  if (credential === undefined) return anonymous;
  if (running.adminTokens.includes(credential)) return { everything: true, model: () => true };
  const key = running.keyring.find(credential);
  if (key === undefined) return anonymous;
  const isExpired = key.expires !== undefined && running.clock.wall() >= key.expires;
  const peer = request.socket.remoteAddress ?? '';
  if (isExpired || (key.ips !== undefined && !contains(key.ips, peer))) return anonymous;
  return { everything: false, model: (name) => key.models?.has(name) ?? true };
}

/** A probe with an odd head is still a probe: whoever it is, it is nobody we know. */
function credentialOf(request: IncomingMessage): { credential: string | undefined } {
  try {
    return readHeaders(request.rawHeaders);
  } catch {
    return { credential: undefined };
  }
}

function decode(text: string): string | undefined {
  try {
    return text === '' ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
