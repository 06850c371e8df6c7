/** A shop on Hono. On Node, `serve` of @hono/node-server takes the place of `bridge`. */
import { check, createHealth } from '@vitalgate/health';
import { http } from '@vitalgate/health/check/http';
import { loop } from '@vitalgate/health/check/loop';
import { formats } from '@vitalgate/health/report/formats';
import { honoHealth } from '@vitalgate/health/serve/fetch';
import { Hono } from 'hono';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const ordersUrl = (): string => process.env['ORDERS_URL'] ?? 'http://127.0.0.1:9001/livez';

export async function start(port: number): Promise<{ url: string; close: () => Promise<void> }> {
  const app = new Hono();

  const health = createHealth({ name: 'shop', version: '1.2.3' });
  health.liveness.add(check('loop', { scope: 'local', run: loop() }));
  health.readiness.add(check('orders', { scope: 'shared', run: http({ url: ordersUrl() }) }));
  const started = health.starting('listening');
  app.use(honoHealth(health, { formats })); // before guards

  app.get('/', (context) => context.text('shop'));
  const server = createServer((incoming, outgoing) => void bridge(app, incoming, outgoing));
  await once(server.listen(port, '127.0.0.1', started), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      await health.drain(); // readiness fails, everything is still served
      health.close();
      await once(server.close(), 'close');
    },
  };
}

/** Enough for requests without a body. */
async function bridge(app: Hono, incoming: IncomingMessage, outgoing: ServerResponse) {
  const headers = new Headers(
    Object.entries(incoming.headersDistinct).flatMap(([name, values]) =>
      (values ?? []).map((value): [string, string] => [name, value]),
    ),
  );
  const url = new URL(incoming.url ?? '/', 'http://shop');
  const answer = await app.fetch(new Request(url, { method: incoming.method ?? 'GET', headers }));
  outgoing.writeHead(answer.status, [...answer.headers].flat());
  outgoing.end(Buffer.from(await answer.arrayBuffer()));
}

if (import.meta.main) console.log((await start(3000)).url);
