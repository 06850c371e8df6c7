import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Health } from '../health.ts';
import { createHandler, type ServeOptions } from './handler.ts';
import { askedBy, respond } from './node.ts';

/** The parts of Koa's context that are used. */
interface Context {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  respond?: boolean;
}

/** Middleware for Koa: `app.use(koaHealth(health))`, before other middleware. */
export function koaHealth(
  health: Health,
  options?: ServeOptions,
): (context: Context, next: () => Promise<unknown>) => Promise<unknown> {
  const handle = createHandler(health, options);
  return async (context, next) => {
    const reply = await handle(askedBy(context.req));
    if (reply === undefined) return next();
    context.respond = false;
    respond(context.res, reply);
    return undefined;
  };
}
