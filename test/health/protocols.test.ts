/** Checks that speak a protocol themselves, against servers that speak it in a few lines. */
import { VirtualClock } from '@vitalgate/health';
import { dns } from '@vitalgate/health/check/dns';
import { grpc } from '@vitalgate/health/check/grpc';
import { http } from '@vitalgate/health/check/http';
import { models } from '@vitalgate/health/check/models';
import { tls } from '@vitalgate/health/check/tls';
import { createSocket } from 'node:dgram';
import {
  createServer as createHttp2,
  createSecureServer as createHttp2Secure,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { selfSigned } from './certificate.ts';
import { listen, serve } from './servers.ts';

const DAY = 86_400_000;
const inDays = (days: number): Date => new Date(Date.now() + days * DAY);
const valid = selfSigned('localhost', inDays(-1), inDays(100));

describe('tls', () => {
  const at = async (certificate: { cert: string; key: string }) => ({
    host: '127.0.0.1',
    servername: 'localhost',
    port: await listen(createTls(certificate, (socket) => socket.on('error', () => {}))),
  });

  test('passes with a valid certificate and says how long it lasts', async () => {
    const look = tls({ ...(await at(valid)), ca: valid.cert });
    expect(await look()).toMatchObject({
      status: 'pass',
      measured: [{ name: 'certificateExpiry', value: 99, unit: 'd' }],
    });
  });

  test('warns when the certificate ends soon', async () => {
    const clock = new VirtualClock(Date.now() + 90 * DAY);
    const look = tls({ ...(await at(valid)), ca: valid.cert, clock });
    expect(await look()).toMatchObject({ status: 'warn', reason: 'certificate_ends_soon' });
  });

  test('names what is wrong with a certificate', async () => {
    const expired = selfSigned('localhost', inDays(-10), inDays(-1));
    expect(await tls({ ...(await at(expired)), ca: expired.cert })()).toMatchObject({
      reason: 'certificate_expired',
      fault: 'network',
    });
    expect(await tls(await at(valid))()).toMatchObject({ reason: 'certificate_untrusted' });
    const other = selfSigned('elsewhere.test', inDays(-1), inDays(100));
    expect(await tls({ ...(await at(other)), ca: other.cert })()).toMatchObject({
      reason: 'certificate_name',
    });
  });

  test('gives up on a server that never shakes hands, and hears its caller', async () => {
    const port = await listen(createTcp(() => {}));
    expect(await tls({ host: '127.0.0.1', port, timeoutMs: 50 })()).toMatchObject({
      reason: 'timeout',
    });
    const caller = new AbortController();
    const outcome = tls({ host: '127.0.0.1', port })(caller.signal);
    caller.abort();
    expect(await outcome).toMatchObject({ reason: 'aborted', fault: 'gateway' });
  });

  test('is part of the look over HTTPS', async () => {
    const server = createHttps(valid, (_, response) => response.end());
    const url = `https://localhost:${await listen(server)}/`;
    expect(await http({ url, ca: valid.cert })()).toMatchObject({
      status: 'pass',
      measured: [{ name: 'certificateExpiry', value: 99 }],
    });
    expect(await http({ url, ca: valid.cert, certificateDays: 120 })()).toMatchObject({
      status: 'warn',
      reason: 'certificate_ends_soon',
    });
    expect(await http({ url })()).toMatchObject({ reason: 'certificate_untrusted' });
  });
});

describe('grpc', () => {
  type Answer = (stream: ServerHttp2Stream, service: string, headers: IncomingHttpHeaders) => void;
  const answering =
    (answer: Answer) => (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      stream.on('error', () => {});
      stream.once('data', (message: Buffer) =>
        answer(stream, message.subarray(7).toString(), headers),
      );
    };
  const server = async (answer: Answer): Promise<string> => {
    const http2 = createHttp2().on('stream', answering(answer));
    return `http://127.0.0.1:${await listen(http2)}`;
  };
  const saying =
    (status: number | undefined, code = '0'): Answer =>
    (stream) => {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': code }));
      const field = status === undefined ? [] : [0x08, status];
      stream.end(Buffer.from([0, 0, 0, 0, field.length, ...field]));
    };

  test('asks for a service and passes when it is serving', async () => {
    let asked: unknown;
    const url = await server((stream, service, headers) => {
      asked = [service, headers[':path'], headers['content-type'], headers['te']];
      saying(1)(stream, service, headers);
    });
    expect(await grpc({ url, service: 'shop.Orders' })()).toMatchObject({ status: 'pass' });
    expect(asked).toEqual([
      'shop.Orders',
      '/grpc.health.v1.Health/Check',
      'application/grpc',
      'trailers',
    ]);
  });

  test.each<[string, Answer, string]>([
    ['NOT_SERVING', saying(2), 'not_serving'],
    ['UNKNOWN, whose field is left out', saying(undefined), 'unknown'],
    ['NOT_FOUND', saying(undefined, '5'), 'service_unknown'],
    ['UNIMPLEMENTED', saying(undefined, '12'), 'not_implemented'],
    ['a status of its own', saying(undefined, '13'), 'grpc_13'],
    [
      'an error with the headers alone',
      (stream) => stream.respond({ ':status': 200, 'grpc-status': '5' }, { endStream: true }),
      'service_unknown',
    ],
    [
      'plain HTTP/2',
      (stream) => stream.respond({ ':status': 404 }, { endStream: true }),
      'malformed_answer',
    ],
  ])('fails on %s', async (_, answer, reason) => {
    expect(await grpc({ url: await server(answer) })()).toMatchObject({
      status: 'fail',
      reason,
      fault: 'provider',
    });
  });

  test('speaks over TLS', async () => {
    const http2 = createHttp2Secure(valid).on('stream', answering(saying(1)));
    const url = `https://localhost:${await listen(http2)}`;
    expect(await grpc({ url, ca: valid.cert })()).toMatchObject({ status: 'pass' });
    expect(await grpc({ url })()).toMatchObject({ reason: 'certificate_untrusted' });
  });

  test('gives up in time, and hears its caller', async () => {
    const url = await server(() => {});
    expect(await grpc({ url, timeoutMs: 50 })()).toMatchObject({
      reason: 'timeout',
      fault: 'network',
    });
    expect(await grpc({ url })(AbortSignal.abort())).toMatchObject({ reason: 'aborted' });
  });

  test('is not impressed by a flood', async () => {
    const url = await server((stream) => {
      stream.respond({ ':status': 200 });
      stream.end(Buffer.alloc(1_000_000));
    });
    expect(await grpc({ url })()).toMatchObject({ status: 'fail', reason: 'malformed_answer' });
  });
});

describe('dns', () => {
  /** A name server that answers every question with `code` and, when that is 0, one address. */
  const nameServer = async (code: number): Promise<string> => {
    const socket = createSocket('udp4', (question, { port, address }) => {
      const answer = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
      const end = question.indexOf(0, 12) + 5;
      const reply = Buffer.concat([
        question.subarray(0, end),
        code === 0 ? answer : Buffer.alloc(0),
      ]);
      reply.writeUInt16BE(0x8180 | code, 2);
      reply.writeUInt16BE(code === 0 ? 1 : 0, 6);
      reply.writeUInt32BE(0, 8);
      socket.send(reply, port, address);
    });
    await new Promise<void>((ready) => socket.bind(0, '127.0.0.1', ready));
    onTestFinished(() => void socket.close());
    return `127.0.0.1:${socket.address().port}`;
  };

  test('passes on an answer, and hands it to the expectation', async () => {
    const servers = [await nameServer(0)];
    expect(await dns({ host: 'a.test', servers })()).toMatchObject({ status: 'pass' });
    const expectOther = dns({
      host: 'a.test',
      servers,
      expect: ([first]) => (first === '192.0.2.1' ? 'old_address' : undefined),
    });
    expect(await expectOther()).toMatchObject({ status: 'fail', reason: 'old_address' });
  });

  test('tells a name that is not there from a server that cannot say', async () => {
    expect(await dns({ host: 'a.test', servers: [await nameServer(3)] })()).toMatchObject({
      reason: 'dns_not_found',
    });
    expect(await dns({ host: 'a.test', servers: [await nameServer(2)] })()).toMatchObject({
      reason: 'dns_unavailable',
    });
  });
});

describe('models', () => {
  const listing = (code: number, body: string): Promise<string> =>
    serve((request, response) => {
      const isAsked =
        request.url === '/v1/models' && request.headers.authorization === 'Bearer key';
      response.writeHead(isAsked ? code : 500).end(body);
    });
  const list = '{"object":"list","data":[{"id":"small"},{"id":"large"}]}';

  test('passes when the models are listed', async () => {
    const url = `${await listing(200, list)}v1/`;
    expect(await models({ url, apiKey: 'key', model: 'large' })()).toMatchObject({
      status: 'pass',
    });
  });

  test('warns only, when a model is not listed: it may go by another name', async () => {
    const url = `${await listing(200, list)}v1`;
    expect(await models({ url, apiKey: 'key', model: 'alias' })()).toMatchObject({
      status: 'warn',
      reason: 'model_not_listed',
    });
  });

  test.each([
    [401, '{}', 'http_401'],
    [503, '', 'http_503'],
    [200, '<html>', 'malformed_answer'],
    [200, '{"data":{}}', 'malformed_answer'],
  ])('fails on %i %s', async (code, body, reason) => {
    const url = `${await listing(code, body)}v1`;
    expect(await models({ url, apiKey: 'key' })()).toMatchObject({ status: 'fail', reason });
  });
});
