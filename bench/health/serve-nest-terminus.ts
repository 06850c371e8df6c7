/**
 * `@nestjs/terminus` on Nest's default platform, with an indicator of one's own as its
 * documentation has it. Decorators are called, for Node cannot parse them.
 */
import type * as Common from '@nestjs/common';
import type * as Core from '@nestjs/core';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { announce, installed } from '../served.ts';
import { look, told } from './shop.ts';

type Indication = Record<string, unknown>;
interface HealthCheckService {
  check(indicators: (() => Promise<Indication>)[]): Promise<unknown>;
}
interface HealthIndicatorService {
  check(name: string): { up(): Indication };
}
interface Terminus {
  readonly TerminusModule: new () => object;
  readonly HealthCheckService: new () => HealthCheckService;
  readonly HealthIndicatorService: new () => HealthIndicatorService;
  HealthCheck(): MethodDecorator;
}

installed('reflect-metadata');
const { Controller, Get, Inject, Module } = installed('@nestjs/common') as typeof Common;
const { NestFactory } = installed('@nestjs/core') as typeof Core;
const terminus = installed('@nestjs/terminus') as Terminus;

class HealthController {
  readonly #service: HealthCheckService;
  readonly #indicators: HealthIndicatorService;

  constructor(service: HealthCheckService, indicators: HealthIndicatorService) {
    this.#service = service;
    this.#indicators = indicators;
  }

  answer(): Promise<unknown> {
    return this.#service.check([
      async () => {
        await look();
        return this.#indicators.check('database').up();
      },
    ]);
  }
}
Controller()(HealthController);
Inject(terminus.HealthCheckService)(HealthController, undefined, 0);
Inject(terminus.HealthIndicatorService)(HealthController, undefined, 1);
const method = Object.getOwnPropertyDescriptor(HealthController.prototype, 'answer') ?? {};
Get('health')(HealthController.prototype, 'answer', method);
terminus.HealthCheck()(HealthController.prototype, 'answer', method);

class Shop {
  readonly name = 'shop';
}
Module({ imports: [terminus.TerminusModule], controllers: [HealthController] })(Shop);

const app = await NestFactory.create(Shop, { logger: ['error'] });
app.use('/looks', (_request: IncomingMessage, response: ServerResponse) => response.end(told()));
await app.listen(0, '127.0.0.1');
announce(app.getHttpServer() as Server);
