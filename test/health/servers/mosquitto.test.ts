import { mqtt } from '@vitalgate/health/check/mqtt';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { account, Daemon, folderFor, PATIENCE_MS } from '../../harness/daemon.ts';
import { debianProgram } from '../../harness/debian.ts';
import { freePort } from '../../harness/free-port.ts';

let server: Daemon;
let port: number;

beforeAll(async () => {
  const command = await debianProgram('mosquitto', 'mosquitto');
  const as = await account('mosquitto');
  const folder = await folderFor(as);
  port = await freePort();
  const settings = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'log_type all'];
  const file = join(folder, 'mosquitto.conf');
  await writeFile(file, `${settings.join('\n')}\n`);
  server = new Daemon(folder, {
    command,
    args: ['-c', file, '-v'],
    as,
    ready: /version \S+ running/,
  });
  await server.start();
}, PATIENCE_MS);
afterAll(() => server.remove());

const client = async (more: IClientOptions = {}): Promise<MqttClient> => {
  const made = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 10, ...more });
  made.on('error', () => {});
  onTestFinished(() => made.endAsync(true));
  return made;
};
const hear = (one: MqttClient, event: 'close' | 'connect'): Promise<void> =>
  new Promise((heard) => one.once(event, () => heard()));

test('passes against a living broker, which hears nothing of it', async () => {
  const one = await client();
  const before = server.output;
  for (let n = 0; n < 3; n += 1) expect(await mqtt(one)()).toMatchObject({ status: 'pass' });
  await one.endAsync();
  await server.until(/Received DISCONNECT/);
  expect(server.output.slice(before.length)).not.toMatch(/PUBLISH|SUBSCRIBE|PINGREQ/);
});

test('fails within one and a half keep-alives while the broker stands still, and recovers', async () => {
  const one = await client({ keepalive: 1, connectTimeout: 500 });
  const look = mqtt(one);
  await server.pause();
  onTestFinished(() => server.resume());
  await hear(one, 'close');
  expect(await look()).toMatchObject({ status: 'fail', reason: 'not_connected', fault: 'network' });
  const back = hear(one, 'connect');
  server.resume();
  await back;
  expect(await look()).toMatchObject({ status: 'pass' });
});

test('fails when the broker is killed, and passes when it is back', async () => {
  const one = await client();
  const look = mqtt(one);
  const lost = hear(one, 'close');
  await server.kill();
  await lost;
  expect(await look()).toMatchObject({ status: 'fail', reason: 'not_connected', fault: 'network' });
  const back = hear(one, 'connect');
  await server.start();
  await back;
  expect(await look()).toMatchObject({ status: 'pass' });
});

test('a client that is leaving is not connected', async () => {
  const one = await client();
  const left = one.endAsync();
  expect(await mqtt(one)()).toMatchObject({ status: 'fail', reason: 'not_connected' });
  await left;
});
