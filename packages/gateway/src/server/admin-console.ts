import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import staticFiles from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Script, style, pictures and calls of our own, and nothing else; nobody may frame it. */
export const CONSOLE_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const hasConsole = (folder: string | undefined): folder is string =>
  folder !== undefined && existsSync(join(folder, 'index.html'));

/**
 * Serves the built console. Its files have names that change with their content and may be kept;
 * every other path is one of its pages, which its own router knows.
 */
export async function addConsole(server: FastifyInstance, folder: string): Promise<void> {
  const index = await readFile(join(folder, 'index.html'));
  await server.register(staticFiles, {
    root: folder,
    wildcard: false,
    index: false,
    dotfiles: 'deny',
    cacheControl: false,
    setHeaders(reply, path) {
      const isHashed = /-[\w-]{8}\.\w+$/.test(path);
      void reply.header(
        'cache-control',
        isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
    },
  });
  server.get('/*', async (request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    if (path.startsWith('/api/') || path === '/api' || path.startsWith('/assets/')) {
      return reply.callNotFound();
    }
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(index);
  });
}
