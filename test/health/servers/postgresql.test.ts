import { sql } from '@vitalgate/health/check/sql';
import pg, { type Pool, type PoolConfig } from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { PATIENCE_MS, type Daemon } from '../../harness/daemon.ts';
import { startPostgres } from '../../harness/postgres.ts';

let server: Daemon;
let port: number;

beforeAll(async () => {
  const settings = ['log_statement=all', 'max_connections=8', 'superuser_reserved_connections=1'];
  ({ server, port } = await startPostgres(settings));
}, PATIENCE_MS);
afterAll(() => server.remove());

const poolOf = (more: PoolConfig = {}): Pool => {
  const address = {
    host: '127.0.0.1',
    port,
    user: 'owner',
    password: 'secret',
    database: 'postgres',
  };
  const pool = new pg.Pool({ ...address, ...more });
  // A connection that breaks while nobody uses it; without a listener it would end the process.
  pool.on('error', () => {});
  onTestFinished(() => pool.end());
  return pool;
};
const soon = (): AbortSignal => AbortSignal.timeout(300);
const long = (): AbortSignal => AbortSignal.timeout(10_000);

test('passes against a living server, which hears one question and nothing else', async () => {
  const pool = poolOf();
  const look = sql(pool);
  expect(await look(long())).toMatchObject({
    status: 'pass',
    measured: [{ value: 1 }, { value: 1 }, { value: 0 }],
  });
  await look(long());
  // What the server writes comes later than what it answers.
  await pool.query("SELECT 'the end'");
  await server.until(/statement: SELECT 'the end'/);
  const statements = [...server.output.matchAll(/statement: (.*)$/gm)].map(([, one]) => one);
  expect(statements).toEqual(['SELECT 1', 'SELECT 1', "SELECT 'the end'"]);
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
  const hog = poolOf({ max: 7, user: 'owner' });
  await hog.query("CREATE ROLE guest LOGIN PASSWORD 'secret'");
  const held = await Promise.all(Array.from({ length: 7 }, () => hog.connect()));
  const found = await sql(poolOf({ user: 'guest' }))(long());
  for (const one of held) one.release();
  expect(found).toMatchObject({
    status: 'fail',
    reason: 'too_many_connections',
    fault: 'provider',
  });
});

test('a pool that is used up is not the server’s failure', async () => {
  const pool = poolOf({ max: 1 });
  const held = await pool.connect();
  const found = await sql(pool)(soon());
  held.release();
  expect(found).toMatchObject({ status: 'fail', reason: 'pool_exhausted' });
  expect(found.fault).toBeUndefined();
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
  const pool = poolOf();
  const look = sql(pool);
  await look(long());
  const lost = new Promise((heard) => pool.once('remove', heard));
  await server.kill();
  await lost;
  expect(await look(long())).toMatchObject({
    status: 'fail',
    reason: 'connect_refused',
    fault: 'network',
  });
  await server.start();
  expect(await look(long())).toMatchObject({ status: 'pass' });
});
