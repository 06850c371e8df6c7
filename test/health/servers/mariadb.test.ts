import { sql } from '@vitalgate/health/check/sql';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createPool as createCallbackPool } from 'mysql2';
import { createPool, type PoolOptions } from 'mysql2/promise';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { account, Daemon, folderFor, PATIENCE_MS } from '../../harness/daemon.ts';
import { debianProgram } from '../../harness/debian.ts';
import { freePort } from '../../harness/free-port.ts';

let server: Daemon;
let port: number;
let heard: string;

beforeAll(async () => {
  const command = await debianProgram('mariadbd', 'mariadb-server');
  const as = await account('mysql');
  const folder = await folderFor(as);
  const data = join(folder, 'data');
  heard = join(folder, 'heard.log');
  const init = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal'];
  await promisify(execFile)('/usr/bin/mariadb-install-db', [...init, '--skip-test-db'], {
    cwd: folder,
    ...as,
  });
  port = await freePort();
  const place = [`--datadir=${data}`, `--socket=${join(folder, 'socket')}`, `--port=${port}`];
  const log = ['--general-log=1', `--general-log-file=${heard}`, '--bind-address=127.0.0.1'];
  const args = ['--no-defaults', ...place, ...log, '--innodb-fast-shutdown=2'];
  server = new Daemon(folder, { command, args, as, ready: /ready for connections/ });
  await server.start();
}, PATIENCE_MS);
afterAll(() => server.remove());

const address = (more: PoolOptions = {}): PoolOptions => ({
  host: '127.0.0.1',
  port,
  user: 'root',
  ...more,
});
const poolOf = (more?: PoolOptions) => {
  const pool = createPool(address(more));
  onTestFinished(() => pool.end());
  return pool;
};
const soon = (): AbortSignal => AbortSignal.timeout(300);
const long = (): AbortSignal => AbortSignal.timeout(10_000);

test('passes against a living server, which hears one question and nothing else', async () => {
  const callbacks = createCallbackPool(address());
  onTestFinished(() => callbacks.promise().end());
  expect(await sql(poolOf())(long())).toMatchObject({ status: 'pass' });
  expect(await sql(callbacks)(long())).toMatchObject({ status: 'pass' });
  const queries = [...(await readFile(heard, 'utf8')).matchAll(/ Query\t(.*)$/gm)].map(
    ([, one]) => one,
  );
  expect(queries).toEqual(['SELECT 1', 'SELECT 1']);
});

test.each([
  [{ password: 'wrong' }, 'credentials_refused'],
  [{ database: 'nowhere' }, 'no_such_database'],
])('with %j it is the server that refuses: %s', async (more, reason) => {
  expect(await sql(poolOf(more))(long())).toMatchObject({
    status: 'fail',
    reason,
    fault: 'provider',
  });
});

test('a server that has no connection left says so', async () => {
  const owner = poolOf();
  await owner.query('SET GLOBAL max_connections = 10');
  await owner.query("CREATE USER guest@localhost IDENTIFIED BY 'secret'");
  await owner.query("CREATE USER guest@'127.0.0.1' IDENTIFIED BY 'secret'");
  const guest = { user: 'guest', password: 'secret' };
  const hog = poolOf({ ...guest, connectionLimit: 9 });
  const held = await Promise.all(Array.from({ length: 9 }, () => hog.getConnection()));
  const found = await sql(poolOf(guest))(long());
  for (const one of held) one.release();
  await owner.query('SET GLOBAL max_connections = 100');
  expect(found).toMatchObject({
    status: 'fail',
    reason: 'too_many_connections',
    fault: 'provider',
  });
});

test('fails while the server stands still, and passes when it goes on', async () => {
  const look = sql(poolOf());
  expect(await look(long())).toMatchObject({ status: 'pass' });
  await server.pause();
  onTestFinished(() => server.resume());
  expect(await look(soon())).toMatchObject({ status: 'fail', reason: 'timeout', fault: 'network' });
  server.resume();
  expect(await look(long())).toMatchObject({ status: 'pass' });
});

test('fails when the server is killed, and passes when it is back', async () => {
  const look = sql(poolOf());
  await server.kill();
  expect(await look(long())).toMatchObject({
    status: 'fail',
    reason: 'connect_refused',
    fault: 'network',
  });
  await server.start();
  expect(await look(long())).toMatchObject({ status: 'pass' });
});
