/** Runs once, around all tests: a PostgreSQL that starts when the first of them asks for it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { startPostgres, type Postgres } from './postgres.ts';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<Postgres> | undefined;
  const door = createServer((_request, response) => {
    // Tests of one run make and drop databases by the dozen; none of them has to survive a crash.
    started ??= startPostgres(['fsync=off', 'max_connections=200']);
    started.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  project.provide('postgres', `http://127.0.0.1:${(door.address() as AddressInfo).port}`);
  return async () => {
    door.close();
    await (await started?.catch(() => undefined))?.server.remove();
  };
}
