/** Checks that ask through the application's own client, against clients made of a few lines. */
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../clock.ts';
import { amqp } from './amqp.ts';
import { withinBudget } from './budget.ts';
import { kafka } from './kafka.ts';
import { mongodb } from './mongodb.ts';
import { mqtt } from './mqtt.ts';
import { nats } from './nats.ts';
import type { Look } from './outcome.ts';
import { redis } from './redis.ts';
import { s3 } from './s3.ts';
import { sql } from './sql.ts';

const refused = (): Promise<never> =>
  Promise.reject(
    Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' }),
  );
const hangs = (): Promise<never> => new Promise(() => {});
const pass = { status: 'pass' };
const unreachable = { status: 'fail', reason: 'connect_refused', fault: 'network' };

describe.each<[string, Look, Look, Look]>([
  [
    'sql',
    sql({ query: () => Promise.resolve({ rows: [[1]] }) }),
    sql({ query: refused }),
    sql({ query: hangs }),
  ],
  [
    'sql by mysql2 with callbacks',
    sql({ query: () => ({}), promise: () => ({ query: () => Promise.resolve([]) }) }),
    sql({ query: () => ({}), promise: () => ({ query: refused }) }),
    sql({ query: () => ({}), promise: () => ({ query: hangs }) }),
  ],
  [
    'node-redis',
    redis({ isReady: true, ping: () => Promise.resolve('PONG') }),
    redis({ isReady: true, ping: refused }),
    redis({ isReady: true, ping: hangs }),
  ],
  [
    'ioredis',
    redis({ status: 'ready', ping: () => Promise.resolve('PONG') }),
    redis({ status: 'ready', ping: refused }),
    redis({ status: 'ready', ping: hangs }),
  ],
  [
    'mongodb',
    mongodb({ db: () => ({ command: () => Promise.resolve({ ok: 1 }) }) }),
    mongodb({ db: () => ({ command: refused }) }),
    mongodb({ db: () => ({ command: hangs }) }),
  ],
  [
    'amqp',
    amqp({ createChannel: () => Promise.resolve({ close: () => Promise.resolve() }) }),
    amqp({ createChannel: refused }),
    amqp({ createChannel: () => Promise.resolve({ close: hangs }) }),
  ],
  [
    'kafka',
    kafka({ describeCluster: () => Promise.resolve({ brokers: [1], controller: 1 }) }),
    kafka({ describeCluster: refused }),
    kafka({ describeCluster: hangs }),
  ],
  [
    'nats',
    nats({ isClosed: () => false, rtt: () => Promise.resolve(2) }),
    nats({ isClosed: () => false, rtt: refused }),
    nats({ isClosed: () => false, rtt: hangs }),
  ],
  [
    's3',
    s3({ send: () => Promise.resolve({}) }, 'HeadBucket'),
    s3({ send: refused }, 'HeadBucket'),
    s3({ send: hangs }, 'HeadBucket'),
  ],
])('%s', (_, good, bad, slow) => {
  test('passes, and fails by what happened, in a code that hides the address', async () => {
    expect(await good()).toMatchObject(pass);
    const outcome = await bad();
    expect(outcome).toMatchObject(unreachable);
    expect(JSON.stringify(outcome)).not.toContain('10.0.0.7');
    expect(outcome.detail?.reveal()).toContain('10.0.0.7');
  });

  test('ends at the signal, though the client goes on', async () => {
    const caller = new AbortController();
    const outcome = slow(caller.signal);
    caller.abort(new DOMException('', 'TimeoutError'));
    expect(await outcome).toMatchObject({ status: 'fail', reason: 'timeout' });
    expect(await good(AbortSignal.abort())).toMatchObject({ reason: 'aborted', fault: 'gateway' });
  });
});

describe('amqp', () => {
  const open = { createChannel: () => Promise.resolve({ close: () => Promise.resolve() }) };
  const lost = { status: 'fail', reason: 'not_connected', fault: 'network' };
  const rejects = (thrown: Error): Promise<never> => Promise.reject(thrown);

  test('asks on the connection of the moment', async () => {
    let current: typeof open | undefined;
    const look = amqp(() => current);
    expect(await look()).toMatchObject(lost);
    current = open;
    expect(await look()).toMatchObject(pass);
  });

  test.each([
    Object.assign(new Error('Connection closed'), { name: 'IllegalOperationError' }),
    new Error('Connection closed: 320 (CONNECTION-FORCED)'),
  ])('a connection that is closed is not connected: %s', async (thrown) => {
    expect(await amqp({ createChannel: () => rejects(thrown) })()).toMatchObject(lost);
  });
});

describe('sql', () => {
  const pool = { totalCount: 10, idleCount: 0, waitingCount: 3, options: { max: 10 } };
  const late = AbortSignal.abort(new DOMException('', 'TimeoutError'));

  test('tells a pool without a free connection from a database that does not answer', async () => {
    expect(await sql({ ...pool, query: hangs })(late)).toMatchObject({ reason: 'pool_exhausted' });
    expect(await sql({ ...pool, totalCount: 4, query: hangs })(late)).toMatchObject({
      reason: 'timeout',
    });
    expect(await sql({ ...pool, idleCount: 2, query: hangs })(late)).toMatchObject({
      reason: 'timeout',
    });
  });

  test('measures the pool', async () => {
    expect(await sql({ ...pool, query: () => Promise.resolve() })()).toMatchObject({
      measured: [
        { name: 'connections', value: 10 },
        { name: 'idle', value: 0 },
        { name: 'waiting', value: 3 },
      ],
    });
  });

  test.each([
    ['28P01', 'credentials_refused'],
    ['53300', 'too_many_connections'],
    ['57P03', 'starting_up'],
    ['ER_ACCESS_DENIED_ERROR', 'credentials_refused'],
  ])('names the server’s %s', async (code, reason) => {
    const query = () => Promise.reject(Object.assign(new Error(), { code }));
    expect(await sql({ query })()).toMatchObject({ reason, fault: 'provider' });
  });
});

describe('redis', () => {
  test('does not ask a client that would only queue the question', async () => {
    let asked = false;
    const ping = () => {
      asked = true;
      return hangs();
    };
    for (const client of [
      { isReady: false, ping },
      { status: 'reconnecting', ping },
    ]) {
      expect(await redis(client)()).toMatchObject({ reason: 'not_connected', fault: 'network' });
    }
    expect(asked).toBe(false);
  });

  test.each([
    ['LOADING Redis is loading the dataset in memory', 'starting_up'],
    ['NOAUTH Authentication required.', 'credentials_refused'],
    ['MISCONF Redis is configured to save RDB snapshots', 'not_persisting'],
  ])('names “%s”', async (message, reason) => {
    const look = redis({ isReady: true, ping: () => Promise.reject(new Error(message)) });
    expect(await look()).toMatchObject({ reason, fault: 'provider' });
  });
});

test('kafka wants a controller, and as many brokers as it was told', async () => {
  const cluster = (brokers: number, controller: number | null) =>
    kafka(
      { describeCluster: () => Promise.resolve({ brokers: Array(brokers).fill(0), controller }) },
      { brokers: 3 },
    );
  expect(await cluster(3, 1)()).toMatchObject(pass);
  expect(await cluster(2, 1)()).toMatchObject({ status: 'warn', reason: 'brokers_missing' });
  expect(await cluster(3, null)()).toMatchObject({ status: 'fail', reason: 'no_controller' });
  expect(await cluster(3, -1)()).toMatchObject({ status: 'fail', reason: 'no_controller' });
});

test('mqtt and nats say when they are not connected', async () => {
  const lost = { status: 'fail', reason: 'not_connected' };
  expect(await mqtt({ connected: true, disconnecting: false })()).toMatchObject(pass);
  expect(await mqtt({ connected: false, disconnecting: false })()).toMatchObject(lost);
  expect(await mqtt({ connected: true, disconnecting: true })()).toMatchObject(lost);
  expect(await nats({ isClosed: () => true, rtt: hangs })()).toMatchObject(lost);
});

test('s3 names the status of the answer', async () => {
  const error = Object.assign(new Error(), { $metadata: { httpStatusCode: 403 } });
  const look = s3({ send: () => Promise.reject(error) }, 'HeadBucket');
  expect(await look()).toMatchObject({ reason: 'http_403', fault: 'provider' });
});

describe('a budget', () => {
  const spend = (perDay: number, costPerRun = 0.1) => {
    const clock = new VirtualClock();
    let runs = 0;
    const look = withinBudget(
      () => {
        runs += 1;
        return Promise.resolve({ status: 'pass' });
      },
      { costPerRun, perDay, clock },
    );
    return { clock, look, runs: () => runs };
  };

  test('of nothing makes no run, ever', async () => {
    const { clock, look, runs } = spend(0);
    for (let hour = 0; hour < 100; hour += 1) {
      expect(await look()).toMatchObject({ reason: 'budget_spent', fault: 'gateway' });
      clock.advance(3_600_000);
    }
    expect(runs()).toBe(0);
  });

  test('that cannot be read as a number makes none either', async () => {
    const { look, runs } = spend(Number.NaN);
    await look();
    expect(runs()).toBe(0);
  });

  test('lasts for a day, also for looks at the same moment', async () => {
    const { clock, look, runs } = spend(0.35);
    await Promise.all([look(), look(), look(), look(), look()]);
    expect(runs()).toBe(3);
    expect(look.spent()).toBeCloseTo(0.3);
    clock.advance(86_400_000);
    expect(look.spent()).toBe(0);
    await look();
    expect(runs()).toBe(4);
  });
});
