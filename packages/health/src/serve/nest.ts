import type { Server } from 'node:http';
import type { Cancel } from '../clock.ts';
import type { Health } from '../health.ts';
import type { ServeOptions } from './handler.ts';
import { serveHealth } from './node.ts';

/**
 * Health for a NestJS application on any platform: `nestHealth(app, health)` before `listen`.
 * It is answered before guards, pipes and interceptors, which would have to let probers through.
 */
export function nestHealth(
  app: { getHttpServer(): Server },
  health: Health,
  options?: ServeOptions,
): Cancel {
  return serveHealth(app.getHttpServer(), health, options);
}
