/** gRPC Health v1 as an official client sees it. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Client, credentials, Metadata, status as code, type ServiceError } from '@grpc/grpc-js';
import { grpcHealthServer, type ServingStatus } from '@vitalgate/health/serve/grpc';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';

const words = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** `HealthCheckRequest`, written as protobuf’s own encoder would. */
const request = (service: string): Buffer =>
  service === ''
    ? Buffer.alloc(0)
    : Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)]);
const word = (message: Buffer): string => words[message[1] ?? 0] ?? 'nothing';
const asIs = (bytes: Buffer): Buffer => bytes;

/** Names and statuses of a `HealthListResponse` with short names. */
function listed(message: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < message.length;) {
    const entry = message.subarray(at + 2, at + 2 + (message[at + 1] ?? 0));
    const name = entry.subarray(2, 2 + (entry[1] ?? 0));
    found[name.toString()] = word(entry.subarray(4 + name.length));
    at += 2 + entry.length;
  }
  return found;
}

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

async function served(known: Record<string, ServingStatus>) {
  const services = new Map(Object.entries(known));
  const watchers = new Set<() => void>();
  const server = grpcHealthServer({
    status: (service) => services.get(service),
    services: () => [...services.keys()],
    onChange(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  open.push(client);
  const unary = (method: string, service: string): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/grpc.health.v1.Health/${method}`,
        asIs,
        asIs,
        request(service),
        new Metadata(),
        { deadline: Date.now() + 5000 },
        (error: ServiceError | null, answer?: Buffer) =>
          error === null && answer !== undefined ? resolve(answer) : reject(error as Error),
      );
    });
  return {
    client,
    watchers,
    check: async (service: string) => word(await unary('Check', service)),
    list: async () => listed(await unary('List', '')),
    unary,
    set: (service: string, status: ServingStatus) => {
      services.set(service, status);
      for (const tell of watchers) tell();
    },
    watch: (service: string) => {
      const call = client.makeServerStreamRequest(
        '/grpc.health.v1.Health/Watch',
        asIs,
        asIs,
        request(service),
      );
      const told: string[] = [];
      call.on('data', (message: Buffer) => told.push(word(message)));
      call.on('error', () => undefined);
      return { told, call };
    },
  };
}

describe('Check', () => {
  it('G1, G2: tells the whole server', async () => {
    const { check, set } = await served({ '': 'SERVING' });
    expect(await check('')).toBe('SERVING');
    set('', 'NOT_SERVING');
    expect(await check('')).toBe('NOT_SERVING');
  });
  it('G3, G4: does not know a service, until it does', async () => {
    const { check, set } = await served({ '': 'SERVING' });
    await expect(check('orders')).rejects.toMatchObject({ code: code.NOT_FOUND });
    set('orders', 'SERVING');
    expect(await check('orders')).toBe('SERVING');
  });
  it('has no other methods', async () => {
    const { unary } = await served({});
    await expect(unary('Stop', '')).rejects.toMatchObject({ code: code.UNIMPLEMENTED });
  });
});

describe('Watch', () => {
  it('G5, G6, G8: tells at once, then each change, and nothing twice', async () => {
    const { watch, set, check } = await served({ '': 'SERVING' });
    const { told } = watch('');
    await expect.poll(() => told).toEqual(['SERVING']);
    for (let i = 0; i < 5; i += 1) set('', 'SERVING');
    set('', 'NOT_SERVING');
    await expect.poll(() => told).toEqual(['SERVING', 'NOT_SERVING']);
    expect(await check('')).toBe('NOT_SERVING');
    expect(told).toHaveLength(2);
  });
  it('G7, G10: waits for a service that is not there, for each who asks', async () => {
    const { watch, set } = await served({});
    const both = [watch('orders'), watch('orders')];
    for (const { told } of both) await expect.poll(() => told).toEqual(['SERVICE_UNKNOWN']);
    set('orders', 'SERVING');
    for (const { told } of both) {
      await expect.poll(() => told).toEqual(['SERVICE_UNKNOWN', 'SERVING']);
    }
  });
  it('G15: forgets who has left', async () => {
    const { watch, watchers } = await served({ '': 'SERVING' });
    const all = Array.from({ length: 50 }, () => watch(''));
    await expect.poll(() => watchers.size).toBe(50);
    for (const { call } of all) call.cancel();
    await expect.poll(() => watchers.size).toBe(0);
  });
});

describe('List', () => {
  it('G11, G12: tells all there are', async () => {
    const { list, set } = await served({});
    expect(await list()).toEqual({});
    set('', 'SERVING');
    set('orders', 'NOT_SERVING');
    expect(await list()).toEqual({ '': 'SERVING', orders: 'NOT_SERVING' });
  });
  it('G13: lists a hundred, and says when there are more', async () => {
    const { list, set } = await served({});
    for (let i = 0; i < 100; i += 1) set(`s${i}`, 'SERVING');
    expect(Object.keys(await list())).toHaveLength(100);
    set('one-more', 'SERVING');
    await expect(list()).rejects.toMatchObject({ code: code.RESOURCE_EXHAUSTED });
  });
});
