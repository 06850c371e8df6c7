/** `@fastify/http-proxy` on Fastify, as its documentation has it. */
import type * as Fastify from 'fastify';
import { announce, installed, upstreamUrl } from '../served.ts';

const { fastify } = installed('fastify') as typeof Fastify;
const app = fastify();
const proxy = installed('@fastify/http-proxy') as Fastify.FastifyPluginCallback<{
  readonly upstream: string;
}>;
await app.register(proxy, { upstream: upstreamUrl() });
await app.listen({ port: 0, host: '127.0.0.1', backlog: 8192 });
announce(app.server);
