import { randomBytes } from 'node:crypto';
import { fastify, type FastifyInstance } from 'fastify';
import { digestOf } from '../access/keys.ts';
import type { SetUp } from '../access/set-up.ts';
import { viewHealth } from '../health-view.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import type { LedgerRow } from '../store/migrations.ts';
import { findRequest, recentRequests } from '../store/requests.ts';
import { addTargets, listTargets } from './admin-targets.ts';

interface AdminOptions {
  readonly store: Store;
  readonly current: () => Running;
  /** Undefined when there is an owner already. */
  readonly setUp: SetUp | undefined;
  /** Keeps the digest of the first admin token; false when there is one. */
  readonly keepToken: (digest: Buffer) => Promise<boolean>;
}

/** No script, no style but ours, nobody may frame it. */
const CONTENT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * The admin listener. Everything under `/api` needs an admin token; the pages hold no secret but
 * the token that a set-up link is exchanged for.
 */
export function createAdminServer(options: AdminOptions): FastifyInstance {
  const { current, store, setUp, keepToken } = options;
  const server = fastify({ bodyLimit: 64 * 1024, routerOptions: { ignoreTrailingSlash: true } });

  server.addHook('onSend', async (_request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': CONTENT_POLICY,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  });
  // A hook on all of /api rather than on each route: a route cannot forget it.
  server.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith('/api')) return;
    const token = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!current().adminTokens.includes(token)) {
      await reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .send({
          error: {
            code: 'missing_key',
            message: 'send an admin token as "Authorization: Bearer TOKEN"',
          },
        });
    }
  });
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  server.setErrorHandler(async (error: { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500)
      current().log.error({ err: error, path: request.url }, 'admin request failed');
    const code = status >= 500 ? 'internal_error' : 'invalid_request';
    await reply.code(status).send({ error: { code, message: `the request failed (${status})` } });
  });
  server.setNotFoundHandler(async (request, reply) => {
    await reply.code(404).send({
      error: { code: 'not_found', message: `there is nothing at ${request.url.slice(0, 200)}` },
    });
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

  server.get('/api/overview', async () => overview(current()));
  addTargets(server, current);
  server.get<{ Querystring: { limit?: string } }>('/api/requests', async (request) => {
    const limit = Math.min(Math.max(Number(request.query.limit ?? 50) || 50, 1), 1000);
    return { requests: (await recentRequests(store, limit)).map(receipt) };
  });
  server.get<{ Params: { id: string } }>('/api/requests/:id', async (request, reply) => {
    const row = await findRequest(store, request.params.id);
    return row === undefined ? reply.callNotFound() : receipt(row);
  });
  return server;
}

/** What an operator wants to know first: is it well, and who is resting why. */
function overview(running: Running): object {
  const view = viewHealth(running);
  return {
    status: view.status,
    reasons: view.reasons,
    uptime: Math.floor(view.uptimeSeconds),
    models: Object.fromEntries([...view.models].map(([name, { status }]) => [name, status])),
    targets: listTargets(running),
    inFlight: running.lifecycle.inFlight,
    ledgerRowsLost: running.journal.lost,
    configProblem: running.lifecycle.configProblem ?? null,
  };
}

/** A ledger row as a receipt: the attempts as they were, not as text. */
const receipt = ({ tried, at, ...row }: LedgerRow) => ({
  ...row,
  at: new Date(at).toISOString(),
  streamed: row.streamed === 1,
  tried: JSON.parse(tried) as unknown,
});

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:40rem;margin:3rem auto;padding:0 1rem}
code{display:block;padding:.75rem;border:1px solid #8886;border-radius:.4rem;overflow-wrap:anywhere}
button{font:inherit;padding:.5rem 1rem}`;

const page = (title: string, content: string) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
  `<meta name="viewport" content="width=device-width"><title>${title} · Vitalgate</title>` +
  `<style>${STYLE}</style></head><body><h1>${title}</h1>${content}</body></html>`;

const homePage = () =>
  page(
    'Vitalgate',
    '<p>The console is not built yet. Until it is, the admin API answers at ' +
      '<code>GET /api/overview</code> with an admin token, and health in words is at ' +
      '<code>GET /health</code> on the gateway address.</p>',
  );

const setUpPage = (token: string | undefined) =>
  page(
    'Set-up',
    token === undefined
      ? '<p>This link is not complete. Copy the whole line from the terminal.</p>'
      : '<p>This makes you the owner of this Vitalgate and shows your admin token, once.</p>' +
          `<form method="post"><input type="hidden" name="token" value="${token}">` +
          '<button>Show my admin token</button></form>',
  );

const ownerPage = (token: string) =>
  page(
    'You are the owner',
    `<p>Keep this admin token now; it is not stored and not shown again.</p><code>${token}</code>` +
      '<p>Try it:</p>' +
      `<code>curl -H "Authorization: Bearer ${token}" THIS-ADDRESS/api/overview</code>`,
  );
