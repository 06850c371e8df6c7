import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  connect as connectHttp2,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
} from 'node:http2';
import { get, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { selfSigned } from '../health/certificate.ts';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { sharedUpstream, type HttpUpstream } from './upstream.ts';

const DAY = 86_400_000;
const asClient = { authorization: `Bearer ${KEY}` };

describe('a listener with a certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  let now = issue('first.example');
  let upstream: HttpUpstream;
  let gateway: TestGateway;

  function issue(name: string) {
    const made = selfSigned(name, new Date(Date.now() - DAY), new Date(Date.now() + DAY));
    writeFileSync(files.cert, made.cert);
    writeFileSync(files.key, made.key);
    return made;
  }

  beforeAll(async () => {
    upstream = await sharedUpstream((request, response) => {
      const answer = (body: Buffer) => {
        response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'], trailer: 'x-sum' });
        response.write(JSON.stringify({ ...request.headers, bytes: body.length }));
        response.addTrailers({ 'x-sum': '7' });
        response.end();
      };
      // A body that is too large breaks off.
      buffer(request).then(answer, () => undefined);
    });
    const sockets = new WebSocketServer({ server: upstream.server });
    sockets.on('connection', (client) => client.on('message', (data: Buffer) => client.send(data)));
    gateway = await sharedGateway({
      listen: `tls: { cert: "${files.cert}", key: "${files.key}" }`,
      config: `
models: []
apis: [{ name: orders, path: /orders, private: true, maxBody: 4MiB, upstreams: ["${upstream.url}"] }]
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const trusting = () => ({ ca: now.cert, servername: 'first.example' });
  const ask = async (options: RequestOptions = {}) => {
    const url = new URL('/orders', gateway.url);
    const asked = get(url, { ...trusting(), headers: asClient, agent: false, ...options });
    const [found] = (await once(asked, 'response')) as [IncomingMessage];
    return { found, said: JSON.parse(await text(found)) as Record<string, unknown> };
  };
  const ask2 = async (
    session: ClientHttp2Session,
    headers: Record<string, string | string[]>,
    body?: Buffer,
  ) => {
    const stream = session.request({ ...asClient, ...headers }, { endStream: body === undefined });
    const trailers = once(stream, 'trailers') as Promise<[IncomingHttpHeaders]>;
    trailers.catch(() => undefined);
    if (body !== undefined) stream.end(body);
    const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    return { head, body: await text(stream), trailers };
  };

  it('answers over HTTPS, and says so to the upstream', async () => {
    expect(gateway.url).toMatch(/^https:/);
    const { found, said } = await ask();
    expect(found.httpVersion).toBe('1.1');
    expect(said).toMatchObject({ 'x-forwarded-proto': 'https', via: '1.1 vitalgate' });
  });

  it('speaks HTTP/2, many requests over one connection', async () => {
    const session = connectHttp2(gateway.url, trusting());
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        ask2(session, { ':path': `/orders/${i}`, cookie: ['a=1', 'b=2'], 'x-n': `${i}` }),
      ),
    );
    for (const [i, { head, body, trailers }] of all.entries()) {
      expect(head[':status']).toBe(200);
      expect(head['set-cookie']).toEqual(['a=1', 'b=2']);
      expect(head['x-request-id']).toMatch(/^req_/);
      expect((await trailers)[0]).toMatchObject({ 'x-sum': '7' });
      expect(JSON.parse(body)).toMatchObject({
        'x-n': `${i}`,
        cookie: 'a=1; b=2',
        via: '2.0 vitalgate',
        'x-forwarded-host': `first.example:${new URL(gateway.url).port}`,
      });
    }
    const both = await ask2(session, {
      ':path': '/orders',
      ':authority': 'a.example',
      host: 'b.example',
    });
    expect(JSON.parse(both.body)).toMatchObject({ 'x-forwarded-host': 'a.example' });
    const sent = await ask2(session, { ':method': 'POST', ':path': '/orders' }, Buffer.alloc(3e6));
    expect(JSON.parse(sent.body)).toMatchObject({ bytes: 3e6 });
    session.close();
  });

  it('keeps its controls over HTTP/2', async () => {
    const session = connectHttp2(gateway.url, trusting());
    const status = async (headers: Record<string, string>, body?: Buffer) =>
      (await ask2(session, headers, body)).head[':status'];
    expect(await status({ ':path': '/orders', authorization: '' })).toBe(401);
    expect(await status({ ':path': '/orders/%2e%2e/x' })).toBe(400);
    expect(await status({ ':path': '/nowhere' })).toBe(404);
    expect(await status({ ':path': '/health' })).toBe(200);
    expect(await status({ ':path': '/v1/models' })).toBe(200);
    const tunnel = await ask2(session, { ':method': 'CONNECT', ':authority': 'a.example:443' });
    expect([tunnel.head[':status'], tunnel.head['allow']]).toEqual([405, expect.any(String)]);
    expect(await status({ ':path': '/orders', ':method': 'PUT' }, Buffer.alloc(5e6))).toBe(413);
    session.close();
  });

  it('passes WebSockets', async () => {
    const url = `${gateway.url.replace('https', 'wss')}/orders`;
    const client = new WebSocket(url, { ...trusting(), headers: asClient });
    await once(client, 'open');
    client.send('hi');
    expect(String(((await once(client, 'message')) as [Buffer])[0])).toBe('hi');
    client.close();
    await once(client, 'close');
  });

  it('takes up a renewed certificate, and keeps the old one where the new is none', async () => {
    const subject = async () => {
      const { hostname, port } = new URL(gateway.url);
      const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { CN } = socket.getPeerCertificate().subject;
      socket.destroy();
      return CN;
    };
    expect(await subject()).toBe('first.example');
    now = issue('second.example');
    await expect.poll(subject, { timeout: 10_000 }).toBe('second.example');
    writeFileSync(files.cert, 'nonsense');
    await expect.poll(() => gateway.logged.join('')).toContain('certificate not renewed');
    expect(await subject()).toBe('second.example');
  });
});
