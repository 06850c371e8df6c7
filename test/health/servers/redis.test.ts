import { createClient } from '@redis/client';
import { redis } from '@vitalgate/health/check/redis';
import type { EventEmitter } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Daemon, folderFor, PATIENCE_MS } from '../../harness/daemon.ts';
import { debianProgram } from '../../harness/debian.ts';
import { freePort } from '../../harness/free-port.ts';

let server: Daemon;
let port: number;
let data: string;

beforeAll(async () => {
  const command = await debianProgram('redis-server', 'redis-server');
  const folder = await folderFor();
  data = join(folder, 'data');
  await mkdir(data);
  port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', data];
  server = new Daemon(folder, { command, args, ready: /Ready to accept connections/ });
  await server.start();
}, PATIENCE_MS);
afterAll(() => server.remove());

const client = async () => {
  const made = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: 10 } });
  made.on('error', () => {});
  await made.connect();
  onTestFinished(() => made.destroy());
  return made;
};
/** `once` of node:events would take the errors of a lost connection for its own. */
const hear = (one: EventEmitter, event: string): Promise<void> =>
  new Promise((heard) => one.once(event, () => heard()));
const soon = (): AbortSignal => AbortSignal.timeout(200);

test('passes against a living server, and nothing is written', async () => {
  const one = await client();
  const look = redis(one);
  await one.configResetStat();
  for (let n = 0; n < 3; n += 1) expect(await look(soon())).toMatchObject({ status: 'pass' });
  const commands = [...(await one.info('commandstats')).matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)];
  expect(commands.map(([, name, calls]) => `${name} ${calls}`).toSorted()).toEqual([
    'config|resetstat 1',
    'ping 3',
  ]);
});

test('fails while the server stands still, and passes when it goes on', async () => {
  const look = redis(await client());
  await server.pause();
  onTestFinished(() => server.resume());
  expect(await look(soon())).toMatchObject({ status: 'fail', reason: 'timeout', fault: 'network' });
  server.resume();
  expect(await look(AbortSignal.timeout(5_000))).toMatchObject({ status: 'pass' });
});

test('fails when the server is killed, without queueing, and passes when it is back', async () => {
  const one = await client();
  const look = redis(one);
  const lost = hear(one, 'reconnecting');
  await server.kill();
  await lost;
  expect(await look()).toMatchObject({ status: 'fail', reason: 'not_connected', fault: 'network' });
  const back = hear(one, 'ready');
  await server.start();
  await back;
  expect(await look(soon())).toMatchObject({ status: 'pass' });
});

test('tells a server that cannot save from one that is away', async () => {
  const one = await client();
  await rm(data, { recursive: true });
  await one.configSet('save', '3600 1');
  await one.bgSave();
  await server.until(/Background saving error/);
  expect(await redis(one)(soon())).toMatchObject({ reason: 'not_persisting', fault: 'provider' });
});
