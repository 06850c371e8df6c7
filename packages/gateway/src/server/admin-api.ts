import {
  ApiFailure,
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
import type { Actor, Asked, Handler, Handlers } from '../admin/asked.ts';
import type { Log } from '../observe/log.ts';
import { version } from '../version.ts';

interface ApiOptions {
  readonly handlers: Handlers;
  /** Who sends this; undefined when nobody we know. */
  readonly identify: (request: FastifyRequest) => Actor | undefined;
  readonly log: () => Log;
}

/**
 * Serves the rows of the contract's table that have a handler. Every row passes through the same
 * stages in the same order, so no endpoint can leave one out: who is it, may they, is it well
 * formed, do it, say of the result what the schema says and nothing else.
 */
export function addApi(server: FastifyInstance, { handlers, identify, log }: ApiOptions): void {
  const served = (Object.keys(endpoints) as EndpointKey[]).filter((key) => key in handlers);
  const described = openApi(version(), served);

  server.get('/api/openapi.json', async (request) => {
    signedIn(identify(request));
    return described;
  });
  for (const key of served) {
    const endpoint: Endpoint = endpoints[key];
    const { method, path } = methodAndPath(key);
    server.route({
      method,
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      async handler(request, reply) {
        const actor = admitted(identify(request), endpoint);
        const asked = {
          actor,
          params: request.params,
          query: readAs(endpoint.query, request.query, 'query'),
          body: readAs(endpoint.body, request.body ?? {}, 'body'),
        };
        // The table and the handlers agree by type; one loop over all of them cannot say so.
        const handler = handlers[key] as unknown as Handler<EndpointKey>;
        const answer = await handler(asked as unknown as Asked<EndpointKey>);
        if (endpoint.answer === undefined) return reply.code(204).send();
        return reply.code(endpoint.status ?? 200).send(writeAs(endpoint.answer, answer));
      },
    });
  }

  server.setErrorHandler(async (error: FastifyError | ApiFailure, request, reply) => {
    const failure = failureOf(error);
    if (failure.code === 'internal_error') {
      log().error({ err: error, requestId: request.id }, 'admin request failed');
    }
    await refuse(reply, request, failure);
  });
  server.setNotFoundHandler(async (request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    const isApi = path.startsWith('/api/') || path === '/api';
    // Strangers are not told which endpoints there are.
    if (isApi && identify(request) === undefined) return refuse(reply, request, stranger());
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

const stranger = () =>
  new ApiFailure('not_signed_in', 'send an admin token as "Authorization: Bearer TOKEN"');

function signedIn(actor: Actor | undefined): Actor {
  if (actor === undefined) throw stranger();
  return actor;
}

function admitted(found: Actor | undefined, { allow }: Endpoint): Actor {
  const actor = signedIn(found);
  if (allow !== 'public' && !allow.includes(actor.role)) {
    throw new ApiFailure('forbidden', `this takes one of the roles ${allow.join(', ')}`);
  }
  return actor;
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

/** What Fastify refuses by itself, in our words. */
function failureOf(error: FastifyError | ApiFailure): ApiFailure {
  if (error instanceof ApiFailure) return error;
  const { statusCode = 500 } = error;
  if (statusCode === 413) return new ApiFailure('request_too_large', 'the body is too large');
  if (statusCode === 415) return new ApiFailure('unsupported_media_type', 'send application/json');
  if (statusCode < 500) return new ApiFailure('invalid_request', 'the body is not valid JSON');
  return new ApiFailure('internal_error', 'the gateway failed; its log tells why');
}
