import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Running } from '../running.ts';
import { badFraming } from './framing.ts';
import { isPermitted } from './status-page.ts';

const PATHS: ReadonlySet<string> = new Set(['/', '/ollama', '/ollama/']);
const GREETING = 'Vitalgate is running\n';

/**
 * Whether somebody asks if anybody is there: Ollama's command line does before each command
 * (`HEAD /`, without a key), and people do with a browser. It says no more than that.
 */
export const isGreeted = (request: IncomingMessage, path: string, running: Running): boolean =>
  PATHS.has(path) &&
  (request.method === 'HEAD' || request.method === 'GET') &&
  badFraming(request) === undefined &&
  isPermitted(request, running);

export function greet({ method }: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(GREETING),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(method === 'GET' ? GREETING : undefined);
}
