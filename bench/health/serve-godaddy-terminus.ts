/** `@godaddy/terminus` on node:http, as its README has it. */
import { createServer, type Server } from 'node:http';
import { announce, installed } from '../served.ts';
import { look, told } from './shop.ts';

interface Terminus {
  readonly createTerminus: (
    server: Server,
    options: { healthChecks: Record<string, () => Promise<unknown>> },
  ) => void;
}

const { createTerminus } = installed('@godaddy/terminus') as Terminus;
const server = createServer((_request, response) => response.end(told()));
createTerminus(server, {
  healthChecks: { '/health': async () => ({ database: await look() }) },
});
server.listen(0, '127.0.0.1', () => announce(server));
