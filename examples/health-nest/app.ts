/** A shop on NestJS, whatever platform it runs on. */
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { check, createHealth } from '@vitalgate/health';
import { http } from '@vitalgate/health/check/http';
import { loop } from '@vitalgate/health/check/loop';
import { formats } from '@vitalgate/health/report/formats';
import { nestHealth } from '@vitalgate/health/serve/nest';
import type { IncomingMessage, ServerResponse } from 'node:http';

const ordersUrl = (): string => process.env['ORDERS_URL'] ?? 'http://127.0.0.1:9001/livez';

class Shop {
  readonly name = 'shop';
}
Module({})(Shop); // `@Module({})`, where a compiler knows decorators

export async function start(port: number): Promise<{ url: string; close: () => Promise<void> }> {
  const app = await NestFactory.create(Shop, { logger: false });

  const health = createHealth({ name: 'shop', version: '1.2.3' });
  health.liveness.add(check('loop', { scope: 'local', run: loop() }));
  health.readiness.add(check('orders', { scope: 'shared', run: http({ url: ordersUrl() }) }));
  const started = health.starting('listening');
  nestHealth(app, health, { formats }); // guards, pipes and interceptors never see a prober

  app.use((_request: IncomingMessage, response: ServerResponse) => response.end('shop'));
  await app.listen(port, '127.0.0.1');
  started();
  return {
    url: await app.getUrl(),
    async close() {
      await health.drain(); // readiness fails, everything is still served
      health.close();
      await app.close();
    },
  };
}

if (import.meta.main) console.log((await start(3000)).url);
