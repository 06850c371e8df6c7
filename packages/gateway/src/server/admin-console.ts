import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
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

/** What the console is built of. */
const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const KEPT = 'public, max-age=31536000, immutable';

/**
 * Serves the built console. Its files have names that change with their content and may be kept;
 * every other path is one of its pages, which its own router knows. What is no file of the folder
 * when it starts is no file.
 */
export async function addConsole(server: FastifyInstance, folder: string): Promise<void> {
  const index = await readFile(join(folder, 'index.html'));
  const names = await readdir(folder, { recursive: true });
  const files = new Set(
    names.filter((name) => extname(name) in types).map((name) => `/${name.replaceAll(sep, '/')}`),
  );
  server.get('/*', async (request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    if (files.has(path)) {
      const isHashed = /-[\w-]{8}\.\w+$/.test(path);
      reply.header('cache-control', isHashed ? KEPT : 'no-cache');
      return reply.type(types[extname(path)] ?? '').send(await readFile(join(folder, path)));
    }
    if (path.startsWith('/api/') || path === '/api' || path.startsWith('/assets/')) {
      return reply.callNotFound();
    }
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(index);
  });
}
