import { Failure } from '@vitalgate/contract';
import {
  ApiFailure,
  apiProblemKinds,
  endpoints,
  matchEndpoint,
  methodAndPath,
  methods,
  openApi,
  problemOf,
  readAs,
  writeAs,
  type Endpoint,
  type EndpointKey,
} from '@vitalgate/contract/api';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor, Asked, Caller, Handlers } from '../admin/asked.ts';
import { auditEntryOf } from '../admin/audit.ts';
import type { Idempotency, Told } from '../admin/idempotency.ts';
import { tooBroad } from '../admin/in-time.ts';
import type { Live } from '../admin/live.ts';
import type { Running } from '../running.ts';
import type { AuditEntry } from '../store/audit.ts';
import { isCutShort } from '../store/cut-short.ts';
import { version } from '../version.ts';
import { refuseOddValues } from './odd-values.ts';
import { originOf, refuseCrossSite } from './admin-caller.ts';
import { tellEvents } from './admin-events.ts';
import {
  readSessionCookie,
  readSignOnCookie,
  writeSessionCookie,
  writeSignOnCookie,
} from './session-cookie.ts';

interface ApiOptions {
  readonly handlers: Handlers;
  readonly current: () => Running;
  readonly idempotency: Idempotency;
  /** Who has signed in with this session. */
  readonly actorOfSession: (token: string) => Promise<Actor | undefined>;
  readonly live: Live;
  /** Durable when it resolves. */
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

const STORE_RETRY_S = 5;

type Anything = (asked: unknown) => unknown;
const anonymous = { kind: 'anonymous', id: '', name: '' } as const;

/**
 * Serves the rows of the contract's table that have a handler. Every row passes through the same
 * stages in the same order, so no endpoint can leave one out: who is it, may they, is it well
 * formed, do it once, write it down, say of the result what the schema says and nothing else.
 */
export function addApi(server: FastifyInstance, options: ApiOptions): void {
  const { handlers, current, idempotency, audit, live } = options;
  const served = (Object.keys(endpoints) as EndpointKey[]).filter((key) => key in handlers);
  // Made when somebody asks: it takes longer than the rest of a start's own work.
  let described: object | undefined;
  const identify = (request: FastifyRequest) => identified(request, options);

  server.get('/api/openapi.json', async (request) => {
    signedIn(await identify(request));
    return (described ??= openApi(version(), [...served, 'GET /api/events']));
  });
  server.get<{ Querystring: { only?: string } }>('/api/events', async (request, reply) => {
    const key = 'GET /api/events';
    const actor = signedIn(admitted(await identify(request), key, endpoints[key]));
    const { only } = readAs(endpoints[key].query, request.query, 'query') as { only?: string };
    const { clock } = current();
    tellEvents(request, reply, { actor, live, clock, only }, () => identify(request));
    return reply;
  });
  for (const key of served) {
    const endpoint: Endpoint = endpoints[key];
    const { method, path } = methodAndPath(key);
    const handle = handlers[key] as Anything;
    const isStream = endpoint.media === 'text/event-stream';
    server.route({
      method,
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      async handler(request, reply) {
        refuseOddValues(request.params, request.query, request.body);
        const { address, isSecure, origin } = originOf(request, current());
        const actor = await identify(request);
        let doer: Pick<Actor, 'id' | 'name'> & { readonly kind: string } = actor ?? anonymous;
        const caller: Caller = {
          address,
          origin,
          userAgent: request.headers['user-agent'] ?? '',
          signOn: readSignOnCookie(request, isSecure),
          setSignOn: (sealed) => writeSignOnCookie(reply, isSecure, sealed),
          setSession: (token, maxAgeMs) => writeSessionCookie(reply, isSecure, token, maxAgeMs),
          signedInAs({ id, name }) {
            doer = { kind: 'user', id, name };
          },
        };
        const writeDown = async (status: number) => {
          const { params, query, body, id: requestId } = request;
          const at = current().clock.wall();
          const done = { key, endpoint, actor: doer, address, params, query, body };
          const entry = auditEntryOf({ ...done, status, requestId, at });
          if (entry !== undefined) await audit(entry);
        };
        let told: Told;
        try {
          const asked = read(request, admitted(actor, key, endpoint), caller, endpoint);
          const idempotencyKey = request.headers['idempotency-key']?.toString();
          told = await idempotency.once(
            `${doer.id} ${key}`,
            // A stream can be told once alone; what strangers ask would push out what others did.
            method === 'POST' && !isStream && actor !== undefined ? idempotencyKey : undefined,
            [asked.params, asked.body],
            async () => tell(endpoint, await handle(asked)),
          );
        } catch (error) {
          await writeDown(apiProblemKinds[failureOf(error, current()).code].status);
          throw error;
        }
        await writeDown(told.status);
        if (endpoint.media === 'text/csv') {
          reply.header('content-disposition', 'attachment; filename="usage.csv"');
          return reply.type('text/csv; charset=utf-8').send(told.body);
        }
        if (isStream) {
          reply.header('x-accel-buffering', 'no');
          return reply.type('text/event-stream').send(told.body);
        }
        if (told.status === 302) return reply.redirect(String(told.body), 302);
        return reply.code(told.status).send(told.body);
      },
    });
  }

  server.setErrorHandler(async (error, request, reply) => {
    const failure = failureOf(error, current());
    if (failure.code === 'internal_error') {
      current().log.error({ err: error, requestId: request.id }, 'admin request failed');
    } else if (failure.cause !== undefined) {
      const { cause } = failure;
      current().log.warn({ err: cause, requestId: request.id }, 'the store failed a request');
    }
    await refuse(reply, request, failure);
  });
  server.setNotFoundHandler(async (request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    const isApi = path.startsWith('/api/') || path === '/api';
    // Strangers are not told which endpoints there are.
    if (isApi && (await identify(request)) === undefined) {
      return refuse(reply, request, stranger());
    }
    if (matchEndpoint(request.method, path) !== 'method') {
      const nothing = new ApiFailure('not_found', `there is nothing at ${path.slice(0, 200)}`);
      return refuse(reply, request, nothing);
    }
    const allowed = methods.filter((method) => typeof matchEndpoint(method, path) === 'object');
    reply.header('allow', allowed.join(', '));
    const failure = new ApiFailure('method_not_allowed', `this path takes ${allowed.join(', ')}`);
    return refuse(reply, request, failure);
  });
}

/**
 * Who sends this: an admin token or a session, never both, so that a stolen page cannot lend its
 * cookie to a request that a program makes.
 */
async function identified(
  request: FastifyRequest,
  { current, actorOfSession }: ApiOptions,
): Promise<Actor | undefined> {
  const running = current();
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const secret = /^bearer (.+)$/i.exec(authorization)?.[1];
    const token = running.adminTokens.find(secret, running.clock.wall());
    if (token === undefined) {
      await slowDown(originOf(request, running).address, running);
      return undefined;
    }
    const { id, name, role, scopes, expiresAt } = token;
    const rest = { teams: [], email: null, session: undefined, hasSecondFactor: false };
    return { kind: 'token', id, name, role, scopes, expiresAt, ...rest };
  }
  const { isSecure, origin } = originOf(request, running);
  refuseCrossSite(request, origin);
  const cookie = readSessionCookie(request, isSecure);
  return cookie === undefined ? undefined : actorOfSession(cookie);
}

/** @throws {ApiFailure} `too_many_attempts` where an address has tried too many wrong tokens */
async function slowDown(address: string, running: Running): Promise<void> {
  try {
    await running.wrongKeys.count(address, running);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { message, retryAfter } = error;
    throw new ApiFailure(
      'too_many_attempts',
      message,
      retryAfter === undefined ? {} : { retryAfter },
    );
  }
}

const stranger = () =>
  new ApiFailure('not_signed_in', 'sign in, or send an admin token as "Authorization: Bearer …"');

function signedIn(actor: Actor | undefined): Actor {
  if (actor === undefined) throw stranger();
  return actor;
}

/** Whether the row lets them: by role, and by the scopes of a token. */
function admitted(
  found: Actor | undefined,
  key: EndpointKey,
  { allow, tag }: Endpoint,
): Actor | undefined {
  if (allow === 'public') return found;
  const actor = signedIn(found);
  if (!allow.includes(actor.role)) {
    throw new ApiFailure('forbidden', `this takes one of the roles ${allow.join(', ')}`);
  }
  const scope = `${tag}:${key.startsWith('GET ') ? 'read' : 'write'}`;
  // Who one is may be asked with any token.
  if (actor.scopes?.includes(scope) === false && key !== 'GET /api/session') {
    throw new ApiFailure('forbidden', `this takes a token with the scope ${scope}`);
  }
  if (actor.kind === 'token' && tag === 'profile') {
    throw new ApiFailure('forbidden', 'a token has no profile; sign in as a user');
  }
  return actor;
}

type LooseAsked = Omit<Asked<EndpointKey>, 'actor' | 'query' | 'body'> & {
  readonly actor: Actor | undefined;
  readonly query: unknown;
  readonly body: unknown;
};

function read(
  request: FastifyRequest,
  actor: Actor | undefined,
  caller: Caller,
  { query, body, versioned }: Endpoint,
): LooseAsked {
  const match = request.headers['if-match'];
  if (versioned === true && match === undefined) {
    throw new ApiFailure('version_required', 'send the version you have read as If-Match');
  }
  return {
    actor,
    caller,
    params: request.params as Record<string, string>,
    query: readAs(query, request.query, 'query'),
    body: readAs(body, request.body === undefined ? {} : request.body, 'body'),
    version: match?.replaceAll(/^W\/|"/g, '') ?? '',
  };
}

function tell({ answer, status, media }: Endpoint, result: unknown): Told {
  if (media !== undefined) return { status: 200, body: result };
  if (status === 302) return { status, body: result };
  if (answer === undefined) return { status: 204, body: undefined };
  return { status: status ?? 200, body: writeAs(answer, result) };
}

/** An address that cannot be read has no endpoint, and no handler of errors either. */
export function refuseAddress(_error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = 'the address has an escape that stands for no character; send it as UTF-8';
  void refuse(reply, request, new ApiFailure('invalid_request', problem));
}

async function refuse(
  reply: FastifyReply,
  request: FastifyRequest,
  failure: ApiFailure,
): Promise<void> {
  const problem = problemOf(failure, request.id);
  if (problem.code === 'not_signed_in') reply.header('www-authenticate', 'Bearer');
  if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter));
  await reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** What Fastify refuses by itself, and what the store could not do, in our words. */
function failureOf(error: unknown, { storeWatch }: Running): ApiFailure {
  if (error instanceof ApiFailure) return error;
  const { statusCode = 500 } = error as Partial<FastifyError>;
  if (statusCode === 413) return new ApiFailure('request_too_large', 'the body is too large');
  if (statusCode === 415) return new ApiFailure('unsupported_media_type', 'send application/json');
  if (statusCode < 500) return new ApiFailure('invalid_request', 'the body is not valid JSON');
  if (isCutShort(error)) return tooBroad();
  const isOfStore = error instanceof Failure && error.code === 'store_unavailable';
  if (isOfStore || storeWatch.problem !== undefined) {
    return new ApiFailure('unavailable', 'the store does not answer; try again', {
      retryAfter: STORE_RETRY_S,
      cause: error,
    });
  }
  return new ApiFailure('internal_error', 'the gateway failed; its log tells why');
}
