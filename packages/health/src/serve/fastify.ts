import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Health } from '../health.ts';
import { createHandler, type ServeOptions } from './handler.ts';
import { askedBy, respond } from './node.ts';

/** The parts of Fastify that are used. */
interface Instance {
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply) => Promise<void>): unknown;
}
interface Request {
  readonly raw: IncomingMessage;
}
interface Reply {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

export interface FastifyHealthOptions extends ServeOptions {
  readonly health: Health;
}

/**
 * A plugin for Fastify: `await app.register(fastifyHealth, { health })`, before other plugins.
 * Health is answered in the first hook, so that no parser, guard or limiter after it can refuse.
 */
export const fastifyHealth: {
  (instance: Instance, options: FastifyHealthOptions, done: () => void): void;
} = Object.assign(plug, {
  // Without encapsulation the hook serves the whole application, not this plugin's own routes.
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'vitalgate-health',
});

function plug(
  instance: Instance,
  { health, ...options }: FastifyHealthOptions,
  done: () => void,
): void {
  const handle = createHandler(health, options);
  instance.addHook('onRequest', async ({ raw }, answer) => {
    const reply = await handle(askedBy(raw));
    if (reply === undefined) return;
    answer.hijack();
    respond(answer.raw, reply);
  });
  done();
}
