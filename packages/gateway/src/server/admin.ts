import { randomBytes, randomUUID } from 'node:crypto';
import { fastify, type FastifyInstance } from 'fastify';
import type { Handlers } from '../admin/asked.ts';
import { auditHandlers } from '../admin/audit.ts';
import { Idempotency } from '../admin/idempotency.ts';
import { overviewHandlers } from '../admin/overview.ts';
import { peopleHandlers } from '../admin/people.ts';
import { requestHandlers } from '../admin/requests.ts';
import { actorOfSession, sessionHandlers } from '../admin/sessions.ts';
import { targetHandlers } from '../admin/targets.ts';
import { digestOf } from '../access/keys.ts';
import type { SetUp } from '../access/set-up.ts';
import type { Running } from '../running.ts';
import { appendAudit } from '../store/audit.ts';
import type { Store } from '../store/database.ts';
import { addApi } from './admin-api.ts';
import { homePage, ownerPage, page, setUpPage } from './admin-pages.ts';

interface AdminOptions {
  readonly store: Store;
  readonly current: () => Running;
  /** Undefined when there is an owner already. */
  readonly setUp: SetUp | undefined;
  /** Keeps the digest of the first admin token; false when there is one. */
  readonly keepToken: (digest: Buffer) => Promise<boolean>;
  /** Takes up what has changed in the store. */
  readonly refresh: () => Promise<void>;
  /** Origin of the gateway listener. */
  readonly gatewayUrl: () => string;
}

/** No script, no style but ours, nobody may frame it. */
const CONTENT_POLICY =
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
  const { current, store, setUp, keepToken, refresh, gatewayUrl } = options;
  const server = fastify({
    bodyLimit: BODY_LIMIT,
    genReqId: () => `adm_${randomUUID().replaceAll('-', '')}`,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
  });

  server.addHook('onSend', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': CONTENT_POLICY,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-request-id': request.id,
    });
  });
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
  const handlers: Handlers = {
    ...sessionHandlers({ store, clock, times, setUp }),
    ...peopleHandlers({
      store,
      clock,
      refresh,
      teams: () => current().config.teams.map(({ name }) => name),
    }),
    ...overviewHandlers(current, store, gatewayUrl),
    ...targetHandlers(current),
    ...requestHandlers(store, () => current().keyring.names),
    ...auditHandlers(store),
  };
  addApi(server, {
    handlers,
    current,
    idempotency: new Idempotency(clock),
    actorOfSession: (token) => actorOfSession({ store, clock, times }, token),
    audit: (entry) => appendAudit(store, entry),
  });

  server.get('/', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(homePage()),
  );

  server.get<{ Querystring: { token?: string } }>('/setup', async (request, reply) => {
    // Asking shows a button and changes nothing: link previews ask too.
    const token = /^[\w-]{20,64}$/.exec(request.query.token ?? '')?.[0];
    return reply.type('text/html; charset=utf-8').send(setUpPage(token));
  });

  server.post<{ Body: { token?: unknown } | undefined }>('/setup', async (request, reply) => {
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
    return wantsJson
      ? reply.send({ adminToken })
      : reply.type('text/html; charset=utf-8').send(ownerPage(adminToken));
  });
  return server;
}
