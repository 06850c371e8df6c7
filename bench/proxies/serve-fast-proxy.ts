/** `fast-proxy` on `node:http`, as its documentation has it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { announce, installed, upstreamUrl } from '../served.ts';

type FastProxy = (options: { readonly base: string }) => {
  proxy(request: IncomingMessage, response: ServerResponse, path: string, options: object): void;
};

const passer = (installed('fast-proxy') as FastProxy)({ base: upstreamUrl() });
const server = createServer((request, response) => {
  passer.proxy(request, response, request.url ?? '/', {});
});
server.listen(0, '127.0.0.1', 8192, () => announce(server));
