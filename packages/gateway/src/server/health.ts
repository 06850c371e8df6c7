import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Report } from '@vitalgate/health';
import { formatFor } from '@vitalgate/health/serve/negotiate';
import type { Key } from '../access/keys.ts';
import { callerAddress, contains, permits } from '../access/networks.ts';
import { isGuessable } from '../access/wrong-keys.ts';
import { type Audience, healthFormats, modelReport, reportOf } from '../health-report.ts';
import type { Watched } from '../health-view.ts';
import type { Running } from '../running.ts';
import { fullWhy } from '../why.ts';
import { readHeaders } from './headers.ts';
import { healthRouteOf, type HealthView } from './health-routes.ts';

interface Told {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const own = (status: number, told: unknown): Told => ({
  status,
  body: `${JSON.stringify(told)}\n`,
  headers: { 'content-type': 'application/json' },
});

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
    write(response, 'GET', own(405, { status: 'unknown', reason: 'method_not_allowed' }));
    return;
  }
  let told: Told;
  try {
    told = tell(path, request, running);
  } catch (error) {
    running.log.error({ err: error }, 'the health view failed');
    told = own(500, { status: 'unhealthy', reason: 'checker_failed' });
  }
  write(response, method, told);
}

function write(response: ServerResponse, method: string, { status, body, headers }: Told): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    vary: 'accept, authorization',
    'content-length': method === 'GET' || method === 'HEAD' ? Buffer.byteLength(body) : 0,
    ...headers,
  });
  response.end(method === 'GET' ? body : undefined);
}

function tell(path: string, request: IncomingMessage, running: Running): Told {
  const sees = audienceOf(request, running);
  const route = healthRouteOf(path);
  const report =
    route && route.view !== 'why' ? reportIn(route.view, route.name, running, sees) : undefined;
  if (report !== undefined) return inFormat(report, request, running, sees);
  const name = route?.view === 'why' ? decode(route.name) : undefined;
  if (name !== undefined) {
    if (!sees.everything) return own(401, { status: 'unknown', reason: 'admin_token_needed' });
    const why = fullWhy(name, running) ?? running.tracker.why(name);
    if (why !== undefined) return own(200, why);
  }
  return own(404, { status: 'unknown', reason: 'not_found' });
}

/** Undefined where there is nothing of that name, or nothing that whoever asks may see. */
function reportIn(
  view: Exclude<HealthView, 'why'>,
  written: string,
  running: Running,
  sees: Audience,
): Report | undefined {
  if (view !== 'model' && view !== 'api') return reportOf(view, running, sees);
  const section = view === 'model' ? 'models' : 'apis';
  const route = watched(section, decode(written), running, sees);
  return route && modelReport(section, route, running, sees);
}

/** A model or an API that whoever asks may see. */
function watched(
  section: 'models' | 'apis',
  name: string | undefined,
  { routes, apis }: Running,
  sees: Audience,
): Watched | undefined {
  if (name === undefined) return undefined;
  if (section === 'models') return sees.model(name) ? routes.get(name) : undefined;
  return sees.api(name) ? apis.get(name) : undefined;
}

function inFormat(
  report: Report,
  request: IncomingMessage,
  { clock }: Running,
  sees: Audience,
): Told {
  const query = new URLSearchParams((request.url ?? '').split('?', 2)[1] ?? '');
  const format = formatFor(request.headers.accept, query.get('format'), healthFormats);
  if (format === undefined) {
    const possible = healthFormats.map(({ name }) => name);
    return own(406, { status: 'unknown', reason: 'not_acceptable', possible });
  }
  const { body, status, headers } = format.write(report, sees.details, clock.wall(), query);
  return {
    body,
    status: status ?? (report.status === 'fail' ? 503 : 200),
    headers: {
      'content-type': format.types[0] ?? 'text/plain; charset=utf-8',
      ...(report.status === 'fail' && { 'retry-after': '1' }),
      ...headers,
    },
  };
}

const anonymous: Audience = {
  everything: false,
  details: 'status',
  model: () => false,
  api: () => false,
};

/**
 * Anybody may know how it is; a key sees its own models and APIs where it may call them from, and an
 * admin token everything where the admin listener would let it in.
 */
function audienceOf(request: IncomingMessage, running: Running): Audience {
  const { credential } = credentialOf(request);
  if (credential === undefined) return anonymous;
  const { rules, trustedProxies } = running;
  const forwarded = request.headers['x-forwarded-for']?.toString();
  const peer = callerAddress(request.socket.remoteAddress ?? '', forwarded, trustedProxies) ?? '';
  if (running.adminTokens.seesHealth(credential, running.clock.wall())) {
    if (!permits(rules.admin, peer)) return anonymous;
    return { everything: true, details: 'full', model: () => true, api: () => true };
  }
  const key = running.keyring.find(credential);
  if (key === undefined) {
    // Health itself is not limited; what is tried here counts where it would be refused.
    void running.wrongKeys.count(peer, running).catch(() => undefined);
    return anonymous;
  }
  if (!permits(rules.gateway, peer)) return anonymous;
  if (isGuessable(credential) && !isFamiliar(key, peer, running)) return anonymous;
  const isExpired = key.expires !== undefined && running.clock.wall() >= key.expires;
  if (isExpired || (key.ips !== undefined && !contains(key.ips, peer))) return anonymous;
  return {
    everything: false,
    details: 'codes',
    model: (name) => key.models?.has(name) ?? true,
    api: (name) => key.apis?.has(name) ?? true,
  };
}

function isFamiliar(key: Key, peer: string, running: Running): boolean {
  try {
    running.wrongKeys.admit(key, peer, running);
    return true;
  } catch {
    return false;
  }
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
