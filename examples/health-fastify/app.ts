/** A shop on Fastify. */
import { check, createHealth } from '@vitalgate/health';
import { http } from '@vitalgate/health/check/http';
import { loop } from '@vitalgate/health/check/loop';
import { formats } from '@vitalgate/health/report/formats';
import { fastifyHealth } from '@vitalgate/health/serve/fastify';
import fastify from 'fastify';

const ordersUrl = (): string => process.env['ORDERS_URL'] ?? 'http://127.0.0.1:9001/livez';

export async function start(port: number): Promise<{ url: string; close: () => Promise<void> }> {
  const app = fastify();

  const health = createHealth({ name: 'shop', version: '1.2.3' });
  health.liveness.add(check('loop', { scope: 'local', run: loop() }));
  health.readiness.add(check('orders', { scope: 'shared', run: http({ url: ordersUrl() }) }));
  const started = health.starting('listening');
  await app.register(fastifyHealth, { health, formats }); // before other plugins and their guards

  app.get('/', () => 'shop');
  const url = await app.listen({ port, host: '127.0.0.1' });
  started();
  return {
    url,
    async close() {
      await health.drain(); // readiness fails, everything is still served
      health.close();
      await app.close();
    },
  };
}

if (import.meta.main) console.log((await start(3000)).url);
