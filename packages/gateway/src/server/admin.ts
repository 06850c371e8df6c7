import { randomBytes, randomUUID } from 'node:crypto';
import { fastify, type FastifyInstance } from 'fastify';
import { alertHandlers } from '../admin/alerts.ts';
import type { Handlers } from '../admin/asked.ts';
import { auditHandlers } from '../admin/audit.ts';
import { configurationHandlers } from '../admin/configuration.ts';
import { connectLive } from '../admin/connect-live.ts';
import { Drills, type DrillRunner } from '../admin/drills.ts';
import { cacheHandlers } from '../admin/caches.ts';
import { guardrailHandlers } from '../admin/guardrails.ts';
import { promptHandlers } from '../admin/prompts.ts';
import { healthHandlers } from '../admin/health.ts';
import { Idempotency } from '../admin/idempotency.ts';
import { keyHandlers } from '../admin/keys.ts';
import { limitHandlers } from '../admin/limits.ts';
import { Live } from '../admin/live.ts';
import { overviewHandlers } from '../admin/overview.ts';
import { peopleHandlers } from '../admin/people.ts';
import { providerHandlers } from '../admin/providers.ts';
import { playgroundHandlers } from '../admin/playground.ts';
import { requestHandlers } from '../admin/requests.ts';
import { actorOfSession, sessionHandlers } from '../admin/sessions.ts';
import { routeHandlers } from '../admin/routes.ts';
import { targetHandlers } from '../admin/targets.ts';
import { teamHandlers } from '../admin/teams.ts';
import { usageHandlers } from '../admin/usage.ts';
import { statusPageHandlers } from '../admin/status-page.ts';
import { digestOf } from '../access/keys.ts';
import type { SetUp } from '../access/set-up.ts';
import { SignInThrottle } from '../access/throttle.ts';
import type { AlertWatch } from '../alerts/watch.ts';
import type { ConfigSources } from '../config/sources.ts';
import type { Recorder } from '../history/recorder.ts';
import type { Family } from '../observe/metrics.ts';
import type { Running } from '../running.ts';
import type { StatusPage } from '../status-page/page.ts';
import { appendAudit } from '../store/audit.ts';
import type { Store } from '../store/database.ts';
import { addApi, refuseAddress } from './admin-api.ts';
import { originOf, refuseCrossSite } from './admin-caller.ts';
import { addConsole, CONSOLE_POLICY, hasConsole } from './admin-console.ts';
import { guardAdminNetwork } from './admin-network.ts';
import { homePage, ownerPage, page, setUpPage } from './admin-pages.ts';

interface AdminOptions {
  readonly store: Store;
  readonly current: () => Running;
  readonly history: Recorder;
  readonly alerts: AlertWatch;
  readonly statusPage: StatusPage;
  /** Undefined when there is an owner already. */
  readonly setUp: SetUp | undefined;
  /** Keeps the digest of the first admin token; false when there is one. */
  readonly keepToken: (digest: Buffer) => Promise<boolean>;
  readonly control: ConfigSources;
  /** The built console; the plain pages stand where it is not there. */
  readonly consoleFolder: string | undefined;
  readonly drills: DrillRunner | undefined;
  /** What is counted, over all workers. */
  readonly counted: () => readonly Family[];
  /** Takes up what has changed in the store. */
  readonly refresh: () => Promise<void>;
  /** Origin of the gateway listener. */
  readonly gatewayUrl: () => string;
}

/** Of the pages that stand where no console has been built: no script at all. */
const PLAIN_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** A configuration is the largest thing that is sent here. */
const BODY_LIMIT = 1024 * 1024;

/** Ids of targets are longer than the router's own limit of 100 characters. */
const MAX_PARAM_LENGTH = 512;

/**
 * The admin listener. Everything under `/api` needs an admin token; the pages hold no secret but
 * the token that a set-up link is exchanged for.
 */
export function createAdminServer(options: AdminOptions): FastifyInstance {
  const { current, store, history, alerts, setUp, keepToken, refresh } = options;
  const { gatewayUrl, consoleFolder, control } = options;
  const server = fastify({
    bodyLimit: BODY_LIMIT,
    genReqId: () => `adm_${randomUUID().replaceAll('-', '')}`,
    frameworkErrors: refuseAddress,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  });

  const policy = hasConsole(consoleFolder) ? CONSOLE_POLICY : PLAIN_POLICY;
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': policy,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-request-id': request.id,
    });
  });
  guardAdminNetwork(server, current);
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );

  const { clock } = current();
  const times = () => {
    const { idleTimeout, sessionTimeout } = current().config.console;
    return { idleMs: idleTimeout, maxMs: sessionTimeout };
  };
  const throttle = new SignInThrottle(clock);
  const live = new Live(clock);
  const drills =
    options.drills &&
    new Drills({ runner: options.drills, current, tell: (drill) => live.tell('drill', drill) });
  server.addHook('onClose', async () => drills?.close());
  const handlers: Handlers = {
    ...sessionHandlers({
      store,
      clock,
      times,
      setUp,
      vault: control.secrets,
      current,
      throttle,
      isOwnerToken: (secret) => current().adminTokens.find(secret, clock.wall())?.role === 'owner',
    }),
    ...peopleHandlers({
      store,
      clock,
      refresh,
      teams: () => current().config.teams.map(({ name }) => name),
    }),
    ...overviewHandlers(current, store, gatewayUrl),
    ...targetHandlers(current, store),
    ...healthHandlers(current, store, history),
    ...statusPageHandlers({ store, current, gatewayUrl, page: options.statusPage }),
    ...configurationHandlers(store, current, control),
    ...providerHandlers(current, control, control.secrets),
    ...routeHandlers(current, control),
    ...promptHandlers(current),
    ...cacheHandlers({ store, current, counted: options.counted, refresh }),
    ...teamHandlers(store, current, control),
    ...keyHandlers({ store, current, refresh }),
    ...limitHandlers(current),
    ...guardrailHandlers({ store, current, control, vault: control.secrets }),
    ...requestHandlers({ store, current, gatewayUrl, refresh }),
    ...usageHandlers(store, current),
    ...alertHandlers({ store, current, control, vault: control.secrets, watch: alerts }),
    ...auditHandlers(store),
    ...playgroundHandlers(gatewayUrl),
    ...drills?.handlers,
  };
  const stopTelling = connectLive(live, { current, store, history, alerts });
  server.addHook('onClose', async () => stopTelling());
  // A console that is left open, or a connection that never asks, must not keep the stop waiting.
  server.addHook('preClose', async () => server.server.closeAllConnections());
  addApi(server, {
    live,
    handlers,
    current,
    idempotency: new Idempotency(clock),
    actorOfSession: (token) => actorOfSession({ store, clock, times }, token),
    audit: (entry) => appendAudit(store, entry),
  });

  if (hasConsole(consoleFolder)) server.register((scope) => addConsole(scope, consoleFolder));
  else addPlainPages(server);

  server.post<{ Body: { token?: unknown } | undefined }>('/setup', async (request, reply) => {
    const { address, origin } = originOf(request, current());
    refuseCrossSite(request, origin);
    throttle.begin('set-up', address);
    const token = request.body?.token;
    const isRight = setUp !== undefined && typeof token === 'string' && setUp.redeem(token);
    const adminToken = `vga_${randomBytes(32).toString('base64url')}`;
    const isFirst = isRight && (await keepToken(digestOf(adminToken)));
    const wantsJson = request.headers.accept?.includes('application/json') === true;
    if (!isFirst) {
      const message =
        'this link has been used, has expired, or is not ours; restart to get another';
      reply.code(403);
      return wantsJson
        ? reply.send({ error: { code: 'invalid_key', message } })
        : reply.type('text/html; charset=utf-8').send(page('Set-up', `<p>${message}</p>`));
    }
    throttle.succeeded('set-up', address);
    return wantsJson
      ? reply.send({ adminToken })
      : reply.type('text/html; charset=utf-8').send(ownerPage(adminToken));
  });
  return server;
}

/** What a person sees where no console has been built. */
function addPlainPages(server: FastifyInstance): void {
  server.get('/', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(homePage()),
  );
  server.get<{ Querystring: { token?: string } }>('/setup', async (request, reply) => {
    // Asking shows a button and changes nothing: link previews ask too.
    const token = /^[\w-]{20,64}$/.exec(request.query.token ?? '')?.[0];
    return reply.type('text/html; charset=utf-8').send(setUpPage(token));
  });
}
