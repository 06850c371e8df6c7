/** A shop on Express. */
import { check, createHealth } from '@vitalgate/health';
import { http } from '@vitalgate/health/check/http';
import { loop } from '@vitalgate/health/check/loop';
import { formats } from '@vitalgate/health/report/formats';
import { healthListener } from '@vitalgate/health/serve/node';
import express from 'express';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const ordersUrl = (): string => process.env['ORDERS_URL'] ?? 'http://127.0.0.1:9001/livez';

export async function start(port: number): Promise<{ url: string; close: () => Promise<void> }> {
  const app = express();

  const health = createHealth({ name: 'shop', version: '1.2.3' });
  health.liveness.add(check('loop', { scope: 'local', run: loop() }));
  health.readiness.add(check('orders', { scope: 'shared', run: http({ url: ordersUrl() }) }));
  const started = health.starting('listening');
  app.use(healthListener(health, { formats })); // first: a prober has no session and no token

  app.get('/', (_request, response) => void response.send('shop'));
  const server = app.listen(port, '127.0.0.1', started);
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      await health.drain(); // readiness fails, everything is still served
      health.close();
      await once(server.close(), 'close');
    },
  };
}

if (import.meta.main) console.log((await start(3000)).url);
