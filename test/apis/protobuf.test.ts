import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, testGateway, type TestGateway } from '../harness/gateway.ts';
import { sharedUpstream, type HttpUpstream } from './upstream.ts';

/**
 * `protoc --include_imports --descriptor_set_out` of
 *
 *     syntax = "proto3"; package shop.v1;
 *     message Order { int64 id = 1; string name = 2; double total = 3; }
 *     message Orders { repeated Order orders = 1; }
 *     message Problem { string message = 1; }
 */
const DESCRIPTORS =
  'CrcBCgpzaG9wLnByb3RvEgdzaG9wLnYxIkEKBU9yZGVyEg4KAmlkGAEgASgDUgJpZBISCgRuYW1lGAIgASgJUgRuYW1lEhQKBXRvdGFsGAMgASgBUgV0b3RhbCIwCgZPcmRlcnMSJgoGb3JkZXJzGAEgAygLMg4uc2hvcC52MS5PcmRlclIGb3JkZXJzIiMKB1Byb2JsZW0SGAoHbWVzc2FnZRgBIAEoCVIHbWVzc2FnZWIGcHJvdG8z';

/** `{ id: 7, name: "tea" }` as an Order, and a list of it as Orders (protobuf.dev, "Encoding"). */
const ORDER = Buffer.from([0x08, 7, 0x12, 3, ...Buffer.from('tea')]);
const ORDERS = Buffer.from([0x0a, ORDER.length, ...ORDER]);
const PROBLEM = Buffer.from([0x0a, 4, ...Buffer.from('sold')]);
const PROTOBUF = 'application/protobuf';

describe('an API that is spoken to, or speaks, in binary formats', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
  const file = join(folder, 'shop.pb');
  let upstream: HttpUpstream;
  let gateway: TestGateway;
  let said: { status: number; type: string; body: Buffer };
  let sent: { type: string | undefined; body: Buffer } | undefined;

  beforeAll(async () => {
    writeFileSync(file, Buffer.from(DESCRIPTORS, 'base64'));
    upstream = await sharedUpstream(async (request, response) => {
      sent = { type: request.headers['content-type'], body: await buffer(request) };
      response.writeHead(said.status, { 'content-type': said.type }).end(said.body);
    });
    const messages = `protobuf: { descriptors: "${file}", request: shop.v1.Order, answer: shop.v1.Orders, error: shop.v1.Problem }`;
    gateway = await sharedGateway({
      config: `
apis:
  - { name: told, path: /told, private: true, upstreams: ["${upstream.url}"], formats: { upstream: protobuf, offered: [json, msgpack, cbor], ${messages} } }
  - { name: tells, path: /tells, private: true, upstreams: ["${upstream.url}"], formats: { upstream: json, offered: [protobuf, json], ${messages} } }
  - { name: reads, path: /reads, private: true, upstreams: ["${upstream.url}"], formats: { upstream: json, offered: [protobuf], protobuf: { descriptors: "${file}", answer: shop.v1.Orders } } }
  - { name: packs, path: /packs, private: true, upstreams: ["${upstream.url}"], formats: { upstream: msgpack, offered: [cbor, json] } }
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (path: string, headers: Record<string, string>, body?: string | Buffer) => {
    const found = await fetch(gateway.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${KEY}`, ...headers },
      ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
    });
    const bytes = Buffer.from(await found.arrayBuffer());
    return { status: found.status, type: found.headers.get('content-type'), bytes };
  };
  const JSON_TYPE = { 'content-type': 'application/json' };

  it('carries JSON to an upstream that speaks Protobuf, and its answers back', async () => {
    said = { status: 200, type: PROTOBUF, body: ORDERS };
    const found = await ask('/told', JSON_TYPE, '{"id":7,"name":"tea"}');
    expect(sent).toEqual({ type: PROTOBUF, body: ORDER });
    expect(JSON.parse(String(found.bytes))).toEqual({ orders: [{ id: '7', name: 'tea' }] });
    const packed = await ask('/told', { accept: 'application/cbor' });
    expect(packed.type).toBe('application/cbor');
    // A map of one, and its key of six letters (RFC 8949, section 3.1).
    expect([...packed.bytes.subarray(0, 2)]).toEqual([0xa1, 0x66]);
  });

  it('carries Protobuf to an upstream that speaks JSON, and its answers back', async () => {
    said = {
      status: 200,
      type: 'application/json',
      body: Buffer.from('{"orders":[{"id":7,"name":"tea"}]}'),
    };
    const found = await ask('/tells', { 'content-type': 'application/x-protobuf' }, ORDER);
    expect(JSON.parse(String(sent?.body))).toEqual({ id: '7', name: 'tea' });
    expect([found.type, found.bytes]).toEqual([PROTOBUF, ORDERS]);
  });

  it('carries errors by a message of their own, and lets them pass where there is none', async () => {
    said = { status: 409, type: PROTOBUF, body: PROBLEM };
    const found = await ask('/told', {});
    expect([found.status, JSON.parse(String(found.bytes))]).toEqual([409, { message: 'sold' }]);
    said = { status: 409, type: 'application/json', body: Buffer.from('{"message":"sold"}') };
    const passed = await ask('/reads', { accept: PROTOBUF });
    expect([passed.status, passed.type]).toEqual([409, 'application/json']);
  });

  it('refuses bodies that are none, have no field, or no message', async () => {
    said = { status: 200, type: PROTOBUF, body: Buffer.from([0x0a]) };
    expect(await ask('/tells', { 'content-type': PROTOBUF }, Buffer.from([0x0a]))).toMatchObject({
      status: 400,
    });
    const odd = await ask('/told', JSON_TYPE, '{"id":7,"odd":"secret"}');
    expect([odd.status, String(odd.bytes)]).toEqual([400, expect.stringContaining('no field for')]);
    const wrong = await ask('/told', JSON_TYPE, '{"id":"secret"}');
    expect([wrong.status, String(wrong.bytes)]).toEqual([
      400,
      expect.stringContaining('it does not fit shop.v1.Order, at shop.v1.Order.id'),
    ]);
    expect(String(odd.bytes) + String(wrong.bytes)).not.toContain('secret');
    expect(await ask('/reads', { 'content-type': PROTOBUF }, ORDER)).toMatchObject({ status: 415 });
    // What the upstream said cannot be read.
    expect(await ask('/told', {})).toMatchObject({ status: 502 });
  });

  it('carries MessagePack and CBOR', async () => {
    // [1, "a"] (msgpack specification; RFC 8949)
    said = {
      status: 200,
      type: 'application/vnd.msgpack',
      body: Buffer.from([0x92, 1, 0xa1, 0x61]),
    };
    const found = await ask(
      '/packs',
      { 'content-type': 'application/cbor' },
      Buffer.from([0x81, 0x18, 0x64]),
    );
    expect(sent).toEqual({ type: 'application/vnd.msgpack', body: Buffer.from([0x91, 0x64]) });
    expect([found.type, found.bytes]).toEqual([
      'application/cbor',
      Buffer.from([0x82, 1, 0x61, 0x61]),
    ]);
  });

  it('starts with no descriptors that are none, or lack a message', async () => {
    const start = (protobuf: string) =>
      testGateway({
        config: `
apis: [{ name: a, path: /a, private: true, upstreams: ["${upstream.url}"], formats: { upstream: json, offered: [protobuf]${protobuf} } }]`,
      });
    await expect(start('')).rejects.toThrow(/found protobuf among the formats/);
    await expect(
      start(`, protobuf: { descriptors: "${file}", answer: shop.v1.None }`),
    ).rejects.toThrow(/no message shop\.v1\.None/);
    await expect(
      start(`, protobuf: { descriptors: "${file}.none", answer: shop.v1.Order }`),
    ).rejects.toThrow(/descriptors/);
  });
});
