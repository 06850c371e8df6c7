/** A real PostgreSQL: one that all tests of a run share, and ones of their own to break. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { account, Daemon, folderFor } from './daemon.ts';
import { debianProgram } from './debian.ts';
import { freePort } from './free-port.ts';

const bin = '/usr/lib/postgresql/15/bin';

export interface Postgres {
  readonly server: Daemon;
  readonly port: number;
  /** URL of its database `postgres`, for the owner of all. */
  readonly url: string;
}

/** Starts a server of its own. `settings` are lines of postgresql.conf, `env` is for it alone. */
export async function startPostgres(
  settings: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Postgres> {
  const command = await debianProgram('postgres', 'postgresql-15', [bin]);
  const as = await account('postgres');
  const folder = await folderFor(as);
  const data = join(folder, 'data');
  const password = join(folder, 'password');
  await writeFile(password, 'secret');
  const init = ['-D', data, '-U', 'owner', '-A', 'scram-sha-256', `--pwfile=${password}`];
  await promisify(execFile)(`${bin}/initdb`, [...init, '--no-sync'], { cwd: folder, ...as });
  const port = await freePort();
  const place = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`];
  const all = [`port=${port}`, ...place, ...settings];
  const args = ['-D', data, ...all.flatMap((one) => ['-c', one])];
  const server = new Daemon(folder, {
    command,
    args,
    env,
    as,
    ready: /ready to accept connections/,
  });
  await server.start();
  return { server, port, url: `postgres://owner:secret@127.0.0.1:${port}/postgres` };
}

/** URL of a fresh database on the server of this run, gone when the test is over. */
export async function testDatabase(): Promise<string> {
  const { url, drop } = await sharedDatabase();
  onTestFinished(drop);
  return url;
}

/** The same for all tests of a file: `drop` is to be called after the last. */
export async function sharedDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const answer = await fetch(inject('postgres'));
  const shared = await answer.text();
  if (!answer.ok) throw new Error(shared);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await ask(shared, `CREATE DATABASE ${name}`);
  const url = new URL(shared);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async drop() {
      await ask(shared, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Asks one question on a connection of its own. */
export async function ask(
  url: string,
  question: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(question, [...values])).rows;
  } finally {
    await client.end();
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Whoever asks here is told the URL of the run's PostgreSQL, which starts at the first asking. */
    postgres: string;
  }
}
