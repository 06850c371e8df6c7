import { Daemon, folderFor } from './daemon.ts';
import { debianProgram } from './debian.ts';
import { freePort } from './free-port.ts';

/** A Redis of its own that keeps nothing over a restart; `remove` is to be called after the last test. */
export async function startRedis(): Promise<{ server: Daemon; url: string }> {
  const command = await debianProgram('redis-server', 'redis-server');
  const folder = await folderFor();
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const server = new Daemon(folder, { command, args, ready: /Ready to accept connections/ });
  await server.start();
  return { server, url: `redis://127.0.0.1:${port}` };
}
