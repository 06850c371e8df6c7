import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../health/certificate.ts';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { until } from '../harness/until.ts';
import { sharedUpstream, type HttpUpstream } from './upstream.ts';

const DAY = 24 * 3600 * 1000;
const EVENT = { 'content-type': 'text/event-stream' };
const CHUNK =
  'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n';

const LAST =
  'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

/** What there is to ask for, each with the beginning of an answer. */
const kinds = [
  ['an API', { ':path': '/r/x' }, undefined],
  [
    'a model',
    { ':path': '/v1/chat/completions', ':method': 'POST' },
    '{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}',
  ],
] as const;

describe('RFC 9113 8.1: the end of a stream', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
  let upstream: HttpUpstream;
  let gateway: TestGateway;
  let session: ClientHttp2Session;
  let certificate = '';
  /** Answers of the upstream that have been asked for and not ended. */
  const open = new Set<ServerResponse>();
  let hasHead = true;

  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const issue = (): void => {
    const made = selfSigned('gw.example', new Date(Date.now() - DAY), new Date(Date.now() + DAY));
    certificate = made.cert;
    writeFileSync(cert, made.cert);
    writeFileSync(key, made.key);
  };
  beforeAll(async () => {
    issue();
    upstream = await sharedUpstream((request, response) => {
      if (request.url?.endsWith('/models') === true) {
        response.end('{"data":[]}');
        return;
      }
      open.add(response);
      request.resume();
      response.on('close', () => open.delete(response));
      if (hasHead) response.writeHead(200, EVENT).write(CHUNK);
    });
    gateway = await sharedGateway({
      listen: `tls: { cert: "${cert}", key: "${key}" }`,
      config: `
health: { fall: 100 }
providers: [{ name: p, dialect: openai-chat, baseUrl: "${upstream.url}/v1", private: true }]
models: [{ name: m, targets: [{ provider: p, model: m }] }]
apis: [{ name: r, path: /r, private: true, upstreams: ["${upstream.url}"], retries: { attempts: 1 } }]
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  beforeEach(() => {
    session = connect(gateway.url, { ca: certificate, servername: 'gw.example' });
  });
  afterEach(() => {
    hasHead = true;
    session.destroy();
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const begin = (headers: Record<string, string>, body: string | undefined): ClientHttp2Stream => {
    const head = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers };
    const stream = session.request(head, { endStream: body === undefined });
    stream.on('error', () => undefined);
    if (body !== undefined) stream.end(body);
    return stream;
  };

  it.each(kinds)('is an error where the answer is cut: %s', async (_kind, headers, body) => {
    const stream = begin(headers, body);
    await once(stream, 'data');
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const closed = new Promise((resolve) => stream.on('close', resolve));
    for (const response of open) response.destroy();
    await closed;
    // A model's stream tells it in its own words, whose end may be a good one.
    const isTold = stream.rstCode === constants.NGHTTP2_INTERNAL_ERROR || text.includes('"error"');
    expect(isTold).toBe(true);
  });

  it.each(kinds)('that its caller ends ends at the upstream: %s', async (_kind, headers, body) => {
    const stream = begin(headers, body);
    await once(stream, 'data');
    expect(open.size).toBe(1);
    stream.close(constants.NGHTTP2_CANCEL);
    await until(
      () => open.size,
      (left) => left === 0,
    );
    hasHead = false;
    const waiting = begin(headers, body);
    await until(
      () => open.size,
      (asked) => asked === 1,
    );
    waiting.close(constants.NGHTTP2_CANCEL);
    await until(
      () => open.size,
      (left) => left === 0,
    );
  });

  it('ends with its connection', async () => {
    await Promise.all(kinds.map(([, headers, body]) => once(begin(headers, body), 'data')));
    expect(open.size).toBe(2);
    session.destroy();
    await until(
      () => open.size,
      (left) => left === 0,
    );
    const outcomes = () => gateway.logged.filter((line) => line.includes('"outcome":"abandoned"'));
    await until(outcomes, (lines) => lines.length >= 2);
  });

  /** What two streams that go on say from now until their end, and how they end. */
  const toEnd = () =>
    kinds.map(async ([, headers, body]) => {
      const stream = begin(headers, body);
      const closed = new Promise((resolve) => stream.once('close', resolve));
      await once(stream, 'data');
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      return { ended: closed.then(() => ({ code: stream.rstCode, text })) };
    });
  const endAll = () => {
    for (const response of open) response.end(LAST);
  };
  const well = { code: constants.NGHTTP2_NO_ERROR, text: expect.stringContaining('[DONE]') };

  it('is a good one where the certificate is renewed meanwhile', async () => {
    const streams = await Promise.all(toEnd());
    const renewals = () => gateway.logged.filter((line) => line.includes('certificate renewed'));
    issue();
    await until(renewals, (lines) => lines.length > 0);
    // Who comes now is shown the new one.
    const next = connect(gateway.url, { ca: certificate, servername: 'gw.example' });
    await once(next, 'connect');
    next.destroy();
    endAll();
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual([well, well]);
    expect(session.closed).toBe(false);
  });

  it('is a good one where the gateway ends meanwhile, and none begins any more', async () => {
    const streams = await Promise.all(toEnd());
    const told = once(session, 'goaway');
    const stopped = gateway.stop();
    expect((await told)[0]).toBe(constants.NGHTTP2_NO_ERROR);
    await expect(once(begin({ ':path': '/r/x' }, undefined), 'response')).rejects.toThrow(
      /goaway|cancel|refused|closed/i,
    );
    endAll();
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual([well, well]);
    await stopped;
  });
});
