/** No library: what node:http takes by itself for an answer like ours. */
import { createServer } from 'node:http';
import { announce } from '../served.ts';
import { told } from './shop.ts';

const body = JSON.stringify({
  status: 'healthy',
  uptime: 12,
  phase: 'ready',
  name: 'shop',
  version: '1.2.3',
  checks: { database: 'pass' },
});
const headers = { 'content-type': 'application/json', 'content-length': body.length };

const server = createServer((request, response) => {
  if (request.url === '/health') response.writeHead(200, headers).end(body);
  else response.end(told());
});
server.listen(0, '127.0.0.1', () => announce(server));
