/** Cases of the health standards that a running gateway has to show. */
import { connect as connectHttp2, constants } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Client, credentials, Metadata, status as code } from '@grpc/grpc-js';
import { grpcHealthServer, type ServingStatus } from '@vitalgate/health/serve/grpc';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chatConfig, post, testGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const words = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const asIs = (bytes: Buffer): Buffer => bytes;
/** `HealthCheckRequest` for a service with a short name. */
const asking = (service: string): Buffer =>
  service === ''
    ? Buffer.alloc(0)
    : Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)]);

function clientOf(address: string) {
  const client = new Client(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  const check = (service: string) =>
    new Promise<string>((resolve, reject) => {
      const path = '/grpc.health.v1.Health/Check';
      client.makeUnaryRequest(path, asIs, asIs, asking(service), (error, answer?: Buffer) =>
        error === null ? resolve(words[answer?.[1] ?? 0] ?? 'nothing') : reject(error),
      );
    });
  return { client, check };
}

/** A server of the library alone, whose one status the test sets. */
async function serving() {
  let status: ServingStatus = 'SERVING';
  const watchers = new Set<() => void>();
  const server = grpcHealthServer({
    status: () => status,
    services: () => [''],
    onChange(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const set = (next: ServingStatus): void => {
    status = next;
    for (const tell of watchers) tell();
  };
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, watchers, set };
}

describe('gRPC', () => {
  it('G9: a watcher that does not read is spared the backlog, and hears what holds in the end', async () => {
    const { address, watchers, set } = await serving();
    // No byte may be sent to it until it says so.
    const session = connectHttp2(`http://${address}`, { settings: { initialWindowSize: 0 } });
    onTestFinished(() => session.destroy());
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Watch',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.end(Buffer.alloc(5));
    await expect.poll(() => watchers.size).toBe(1);
    const changes = 50_001;
    for (let n = 0; n < changes; n += 1) set(n % 2 === 0 ? 'NOT_SERVING' : 'SERVING');

    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    session.settings({ initialWindowSize: 65_535 });
    const last = () => words[Buffer.concat(chunks).at(-1) ?? 0];
    await expect.poll(last).toBe('NOT_SERVING');
    // What Node keeps for a stream that takes nothing, and not 7 bytes for every change.
    expect(Buffer.concat(chunks).length).toBeLessThan(stream.writableHighWaterMark + 100);
    stream.close(constants.NGHTTP2_CANCEL);
  });

  it('G17: a watch whose time is over ends, and leaves nothing behind', async () => {
    const { address, watchers } = await serving();
    const { client } = clientOf(address);
    const call = client.makeServerStreamRequest(
      '/grpc.health.v1.Health/Watch',
      asIs,
      asIs,
      asking(''),
      new Metadata(),
      { deadline: Date.now() + 200 },
    );
    call.resume();
    const [error] = (await once(call, 'error')) as [{ code: number }];
    expect(error.code).toBe(code.DEADLINE_EXCEEDED);
    await expect.poll(() => watchers.size).toBe(0);
  });

  it('G14, G16: has a service for each probe, and serves no more while it drains', async () => {
    const held = Promise.withResolvers<void>();
    const upstream = await Upstream.start('only', async (received, response) => {
      if (received.method === 'POST') await held.promise;
      await answerWell(received, response);
    });
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [upstream]),
      listen: 'grpc: 127.0.0.1:0',
    });
    const { check } = clientOf(gateway.addresses.grpc ?? expect.unreachable());
    const all = () => Promise.all(['', 'readiness', 'liveness'].map(check));
    expect(await all()).toEqual(['SERVING', 'SERVING', 'SERVING']);
    await expect(check('nobody')).rejects.toMatchObject({ code: code.NOT_FOUND });

    const arrived = upstream.nextCall();
    const running = post(gateway.url, '/v1/chat/completions', { model: 'chat', messages: [] });
    await arrived;
    const stopped = gateway.stop();
    expect(await all()).toEqual(['NOT_SERVING', 'NOT_SERVING', 'SERVING']);
    held.resolve();
    await running;
    await stopped;
  });
});

describe('Prometheus', () => {
  it('O8: no counter falls when the configuration is reloaded', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
    const ask = () => post(gateway.url, '/v1/chat/completions', { model: 'chat', messages: [] });
    const counters = async (): Promise<Map<string, number>> => {
      const text = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
      const samples = [...text.matchAll(/^(\w+_(?:total|count|bucket)(?:\{.*\})?) (\S+)$/gm)];
      return new Map(samples.map(([, name = '', value]) => [name, Number(value)]));
    };
    for (let n = 0; n < 3; n += 1) await (await ask()).text();
    await expect.poll(async () => sum(await counters())).toBeGreaterThanOrEqual(3);
    const before = await counters();
    await gateway.reload();
    const after = await counters();
    expect(before.size).toBeGreaterThan(5);
    const fallen = [...before].filter(([name, value]) => !((after.get(name) ?? 0) >= value));
    expect(fallen).toEqual([]);
    await (await ask()).text();
    await expect.poll(async () => sum(await counters())).toBe(sum(before) + 1);
  });
});

/** Model calls, of every model and outcome. */
function sum(counters: ReadonlyMap<string, number>): number {
  return [...counters]
    .filter(([name]) => name.startsWith('vitalgate_requests_total'))
    .reduce((all, [, value]) => all + value, 0);
}
