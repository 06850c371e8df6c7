import { nats } from '@vitalgate/health/check/nats';
import { connect, Events, type NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Daemon, folderFor, PATIENCE_MS } from '../../harness/daemon.ts';
import { debianProgram } from '../../harness/debian.ts';
import { freePort } from '../../harness/free-port.ts';

let server: Daemon;
let port: number;
let monitor: number;

beforeAll(async () => {
  const command = await debianProgram('nats-server', 'nats-server');
  [port, monitor] = [await freePort(), await freePort()];
  const args = ['-a', '127.0.0.1', '-p', String(port), '-m', String(monitor)];
  server = new Daemon(await folderFor(), { command, args, ready: /Server is ready/ });
  await server.start();
}, PATIENCE_MS);
afterAll(() => server.remove());

const client = async (): Promise<NatsConnection> => {
  const options = { maxReconnectAttempts: -1, reconnectTimeWait: 10, reconnectJitter: 0 };
  const made = await connect({ servers: `127.0.0.1:${port}`, ...options });
  onTestFinished(() => made.close());
  return made;
};
const hear = async (one: NatsConnection, event: Events): Promise<void> => {
  for await (const { type } of one.status()) if (type === event) return;
};
const soon = (): AbortSignal => AbortSignal.timeout(300);
const long = (): AbortSignal => AbortSignal.timeout(10_000);

test('passes against a living server, and publishes and subscribes to nothing', async () => {
  const look = nats(await client());
  for (let n = 0; n < 3; n += 1)
    expect(await look(long())).toMatchObject({
      status: 'pass',
      measured: [{ name: 'responseTime', unit: 'ms' }],
    });
  const seen = await fetch(`http://127.0.0.1:${monitor}/connz?subs=1`);
  const { connections } = (await seen.json()) as { connections: Record<string, number>[] };
  expect(connections).toMatchObject([{ in_msgs: 0, out_msgs: 0, subscriptions: 0 }]);
});

test('fails while the server stands still, and passes when it goes on', async () => {
  const look = nats(await client());
  await server.pause();
  onTestFinished(() => server.resume());
  expect(await look(soon())).toMatchObject({ status: 'fail', reason: 'timeout', fault: 'network' });
  server.resume();
  expect(await look(long())).toMatchObject({ status: 'pass' });
});

test('fails when the server is killed, and passes when it is back', async () => {
  const one = await client();
  const look = nats(one);
  const lost = hear(one, Events.Disconnect);
  await server.kill();
  await lost;
  expect(await look(soon())).toMatchObject({
    status: 'fail',
    reason: 'not_connected',
    fault: 'network',
  });
  const back = hear(one, Events.Reconnect);
  await server.start();
  await back;
  expect(await look(long())).toMatchObject({ status: 'pass' });
});

test('a connection that the application closed is not connected', async () => {
  const one = await client();
  await one.close();
  expect(await nats(one)()).toMatchObject({ status: 'fail', reason: 'not_connected' });
});
