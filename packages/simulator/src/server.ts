import { createServer, type Server } from 'node:http';
import { control, controlPath, type Controls } from './control.ts';
import { exchange } from './exchange.ts';
import type { Workshop } from './workshop.ts';

/** Longer than callers keep idle connections, so that none is closed just as it is used again. */
const keepAliveMs = 75_000;

/** A server that is not listening yet. */
export function toyServer(workshop: Workshop, controls: Controls): Server {
  return createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
    const isControl = request.url?.startsWith(controlPath) === true;
    if (!isControl) void exchange(request, response, workshop);
    // All that is left to fail there is a caller who leaves while sending.
    else control(request, response, controls).catch(() => response.destroy());
  });
}
