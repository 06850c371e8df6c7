/** `fastify-healthcheck`, with a look at the dependency once per interval. */
import type * as Fastify from 'fastify';
import { announce, installed } from '../served.ts';
import { INTERVAL_MS, look, told } from './shop.ts';

const { fastify } = installed('fastify') as typeof Fastify;
const app = fastify();
const underPressureOptions = { healthCheck: look, healthCheckInterval: INTERVAL_MS };
const healthcheck = installed('fastify-healthcheck') as Fastify.FastifyPluginCallback<{
  underPressureOptions: typeof underPressureOptions;
}>;
await app.register(healthcheck, { underPressureOptions });
app.get('/looks', () => told());
await app.listen({ port: 0, host: '127.0.0.1' });
announce(app.server);
