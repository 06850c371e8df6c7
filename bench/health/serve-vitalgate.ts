/** `@vitalgate/health` on node:http, as its README begins. */
import { check, createHealth } from '@vitalgate/health';
import { serveHealth } from '@vitalgate/health/serve/node';
import { createServer } from 'node:http';
import { announce } from '../served.ts';
import { INTERVAL_MS, look, told } from './shop.ts';

const server = createServer((_request, response) => response.end(told()));
const health = createHealth({ name: 'shop', version: '1.2.3' });
const schedule = { intervalMs: INTERVAL_MS };
health.readiness.add(check('database', { scope: 'shared', run: look, schedule }));
serveHealth(server, health);
server.listen(0, '127.0.0.1', () => void health.refresh().then(() => announce(server)));
