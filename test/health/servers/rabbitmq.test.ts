import { amqp } from '@vitalgate/health/check/amqp';
import { connect, type ChannelModel } from 'amqplib';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { account, Daemon, folderFor, PATIENCE_MS } from '../../harness/daemon.ts';
import { debianProgram } from '../../harness/debian.ts';
import { freePort } from '../../harness/free-port.ts';

const bin = '/usr/lib/rabbitmq/bin';
let server: Daemon;
/** Erlang's register of names; the broker would leave one of its own behind. */
let mapper: Daemon;
let port: number;

beforeAll(async () => {
  const command = await debianProgram('rabbitmq-server', 'rabbitmq-server', [bin]);
  const as = await account('rabbitmq');
  const folder = await folderFor(as);
  port = await freePort();
  const names = String(await freePort());
  mapper = new Daemon(await folderFor(as), {
    command: await debianProgram('epmd', 'rabbitmq-server'),
    args: ['-d', '-port', names, '-address', '127.0.0.1'],
    as,
    ready: /epmd running/,
  });
  await mapper.start();
  const definitions = join(folder, 'definitions.json');
  await writeFile(definitions, JSON.stringify(onlyALooker()));
  const config = join(folder, 'rabbitmq.conf');
  const settings = [`listeners.tcp.1 = 127.0.0.1:${port}`, `load_definitions = ${definitions}`];
  await writeFile(config, `${settings.join('\n')}\n`);
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
  const env = {
    HOME: folder,
    RABBITMQ_NODENAME: `looked-at-${port}@localhost`,
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_DIST_PORT: String(await freePort()),
    ERL_EPMD_PORT: names,
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
  server = new Daemon(folder, {
    command,
    args: [],
    env,
    as,
    ready: /Server startup complete|completed with/,
  });
  await server.start();
}, PATIENCE_MS);
afterAll(async () => {
  await server.remove();
  await mapper.remove();
});

/** One user, who may connect and neither declare, nor write, nor read anything. */
function onlyALooker(): object {
  const salt = Buffer.from('salt');
  const hash = createHash('sha256').update(salt).update('secret').digest();
  const password_hash = Buffer.concat([salt, hash]).toString('base64');
  const hashing_algorithm = 'rabbit_password_hashing_sha256';
  return {
    users: [{ name: 'looker', password_hash, hashing_algorithm, tags: '' }],
    vhosts: [{ name: '/' }],
    permissions: [{ user: 'looker', vhost: '/', configure: '^$', write: '^$', read: '^$' }],
  };
}

const client = async (): Promise<ChannelModel> => {
  const made = await connect(`amqp://looker:secret@127.0.0.1:${port}`);
  made.on('error', () => {});
  let isOpen = true;
  made.on('close', () => (isOpen = false));
  onTestFinished(async () => {
    if (isOpen) await made.close();
  });
  return made;
};
const soon = (): AbortSignal => AbortSignal.timeout(300);
const long = (): AbortSignal => AbortSignal.timeout(10_000);

test('passes against a living broker, for a user who may do nothing there', async () => {
  const one = await client();
  const look = amqp(one);
  for (let n = 0; n < 3; n += 1) expect(await look(long())).toMatchObject({ status: 'pass' });
  const channel = await one.createChannel();
  const refused = new Promise((heard) => channel.once('error', heard));
  await expect(channel.assertQueue('any')).rejects.toThrow('ACCESS_REFUSED');
  await refused;
});

test('fails while the broker stands still, and passes when it goes on', async () => {
  const look = amqp(await client());
  await server.pause();
  onTestFinished(() => server.resume());
  expect(await look(soon())).toMatchObject({ status: 'fail', reason: 'timeout', fault: 'network' });
  server.resume();
  expect(await look(long())).toMatchObject({ status: 'pass' });
});

test('fails when the broker is killed, and passes with the connection that takes its place', async () => {
  let current = await client();
  const look = amqp(() => current);
  expect(await look(long())).toMatchObject({ status: 'pass' });
  const lost = new Promise((heard) => current.once('close', heard));
  await server.kill();
  await lost;
  expect(await look(long())).toMatchObject({
    status: 'fail',
    reason: 'not_connected',
    fault: 'network',
  });
  await server.start();
  current = await client();
  expect(await look(long())).toMatchObject({ status: 'pass' });
}, 120_000);
