/** For everything that speaks in the Request and Response of the Fetch standard. */
import type { Health } from '../health.ts';
import { createHandler, type ServeOptions } from './handler.ts';
import type { Asked } from './method.ts';
import type { Reply } from './reply.ts';

/** Undefined when the request is not about health. */
export function fetchHealth(
  health: Health,
  options?: ServeOptions,
): (request: Request) => Promise<Response | undefined> {
  const handle = createHandler(health, options);
  return async (request) => {
    const { pathname, search } = new URL(request.url);
    const reply = await handle(asked(request, pathname + search));
    return reply && response(reply);
  };
}

/**
 * One view under whatever path it is mounted, as in a route handler of Next.js:
 * `export const GET = healthRoute(health, 'readiness')`.
 */
export function healthRoute(
  health: Health,
  view: string,
  options?: Omit<ServeOptions, 'routes'>,
): (request: Request) => Promise<Response> {
  const path = '/view';
  const handle = createHandler(health, { ...options, routes: { [path]: view } });
  return async (request) => {
    const reply = await handle(asked(request, path + new URL(request.url).search));
    return reply === undefined ? new Response(null, { status: 404 }) : response(reply);
  };
}

/** Middleware for Hono: `app.use(honoHealth(health))`, before other middleware. */
export function honoHealth(
  health: Health,
  options?: ServeOptions,
): (context: { req: { raw: Request } }, next: () => Promise<void>) => Promise<Response | void> {
  const handle = fetchHealth(health, options);
  return async (context, next) => (await handle(context.req.raw)) ?? next();
}

function asked({ method, headers }: Request, url: string): Asked {
  return { method, url, header: (name) => headers.get(name) ?? undefined };
}

function response({ status, headers, body }: Reply): Response {
  // A 304 must not have a body, not even an empty one.
  return new Response(body === '' ? null : body, { status, headers });
}
