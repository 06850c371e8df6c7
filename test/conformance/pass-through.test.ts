import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { KEY, testGateway, type TestGateway } from '../harness/gateway.ts';
import {
  answerWell,
  chatEvents,
  messageEvents,
  Upstream,
  type Script,
} from '../harness/upstream.ts';

/**
 * Same dialect in and out: every byte passes, but for credential and model name. Recorded
 * exchanges are replayed where they are present; the project's own cases run everywhere.
 */

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));

interface Exchange {
  readonly file: string;
  readonly path: string;
  readonly request: Record<string, unknown>;
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly streamed: boolean;
}

const paths: Readonly<Record<string, string>> = {
  'openai-chat': '/v1/chat/completions',
  'openai-completions': '/v1/completions',
  'openai-embeddings': '/v1/embeddings',
  'anthropic-messages': '/v1/messages',
  'anthropic-count-tokens': '/v1/messages/count_tokens',
};

/** What a recording has to be for a pass-through: the bytes of a wire, not one payload a line. */
function recordings(): Exchange[] {
  if (!existsSync(`${corpus}index.jsonl`)) return [];
  const found: Exchange[] = [];
  for (const line of readFileSync(`${corpus}index.jsonl`, 'utf8').trim().split('\n')) {
    const { file, dialect } = JSON.parse(line) as { file: string; dialect: string };
    const path = paths[dialect];
    if (path === undefined) continue;
    const { request, response } = JSON.parse(readFileSync(corpus + file, 'utf8')) as {
      request: { body?: unknown } | null;
      response: {
        status: number | null;
        headers?: Record<string, string>;
        body?: unknown;
        body_text?: string;
        stream?: { format: string; raw?: string };
      };
    };
    const { stream, body, body_text: text } = response;
    if (stream !== undefined && stream.format !== 'sse') continue;
    const bytes = stream?.raw ?? text ?? JSON.stringify(body);
    const asked = request?.body;
    found.push({
      file,
      path,
      request: {
        ...(typeof asked === 'object' ? asked : { messages: [] }),
        model: 'chat',
        ...(stream === undefined ? {} : { stream: true }),
      },
      status: response.status ?? 200,
      contentType:
        response.headers?.['content-type'] ??
        (stream === undefined ? 'application/json' : 'text/event-stream'),
      body: Buffer.from(bytes ?? ''),
      streamed: stream !== undefined,
    });
  }
  return found;
}

/** Not passed on as they came, each for a reason. */
const notPassed: Readonly<Record<string, string>> = {
  'envoy-ai-gateway/openai/chat-bad-request--00.json':
    'a temperature below 0 is refused before it is sent, as its vendor would',
  'envoy-ai-gateway/openai/completion-bad-request--00.json': 'a temperature of 3 as well',
  'envoy-ai-gateway/openai/embeddings-bad-request--00.json': 'and -1 dimensions',
  'openllmetry/azure/test_embeddings-test_azure_openai_embeddings--02.json':
    'a 401 is about the gateway’s own credential and is told as upstream_error',
  'pydantic-ai/openrouter/test_openrouter-test_openrouter_stream_error--00.json':
    'the stream tells an error before any content, while another target may still take over',
};

/** Streams that carry an error event after their beginning pass up to it and end in an error. */
const isBroken = (body: Buffer) => !/data: ?\[DONE\]|"message_stop"/.test(body.toString());

/** A gateway before one upstream that is taken for providers of these dialects. */
async function gatewayFor(
  upstream: Upstream,
  names: readonly string[] = ['openai', 'anthropic'],
): Promise<TestGateway> {
  const targets = (model: string) =>
    names.map((provider) => `{ provider: ${provider}, model: ${model} }`).join(', ');
  return testGateway({
    config: `providers:
  - { name: openai, dialect: openai-chat, baseUrl: "${upstream.url}", private: true, credentials: [{ name: a, value: ours }] }
  - { name: anthropic, dialect: anthropic, baseUrl: "${upstream.url}", private: true, credentials: [{ name: a, value: ours }] }
models:
  - { name: chat, targets: [${targets('chat')}] }
  - { name: renamed, targets: [${targets('"other \\"name\\""')}] }
keys:
  - { name: client, secret: ${KEY} }
`,
  });
}

/** Writes `body` in pieces of `size` bytes, each in a turn of its own. */
function inPieces(body: Buffer, size: number): Script {
  return async (_received, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let at = 0; at < body.length; at += size) {
      await written(response, body.subarray(at, at + size));
    }
    response.end();
  };
}

function written(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => response.write(bytes, () => resolve()));
}

const call = (gateway: TestGateway, path: string, body: string) =>
  fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body,
  });

describe('recorded exchanges', () => {
  const all = recordings();

  it(`pass byte for byte (${all.length} present)`, async () => {
    const upstream = await Upstream.start('recorded', answerWell);
    let gateway: TestGateway | undefined;
    let served = '';
    const wrong: string[] = [];
    for (const one of all) {
      upstream.script = (_received, response) => {
        response.writeHead(one.status, { 'content-type': one.contentType });
        response.end(one.body);
      };
      const sent = JSON.stringify(one.request);
      // With a provider of the other dialect at hand, a refusal would be translated and tried there.
      const provider = one.path.startsWith('/v1/messages') ? 'anthropic' : 'openai';
      if (gateway === undefined || served !== provider) {
        gateway = await gatewayFor(upstream, [provider]);
        served = provider;
      }
      const answer = await call(gateway, one.path, sent);
      const body = Buffer.from(await answer.arrayBuffer());
      const wasSentSame = upstream.calls.at(-1)?.body.toString() === sent;
      const endsInError = one.streamed && isBroken(one.body);
      const isSame = endsInError
        ? body.toString().includes('"error"')
        : answer.status === one.status &&
          body.equals(one.body) &&
          answer.headers.get('content-type') === one.contentType;
      if ((wasSentSame && isSame) === one.file in notPassed) {
        wrong.push(`${one.file}: ${answer.status} ${body.toString().slice(0, 200)}`);
      }
      // A recorded refusal rests a credential, which is not what the next recording is about.
      if (answer.status !== 200 || endsInError) gateway = undefined;
    }
    expect(wrong).toEqual([]);
  });
});

describe('streams cut anywhere', () => {
  const streams = [
    ['/v1/chat/completions', chatEvents.join('')],
    ['/v1/chat/completions', chatEvents.join('').replaceAll('\n', '\r\n')],
    ['/v1/messages', messageEvents.join('')],
    [
      '/v1/messages',
      `: a comment\n\nevent: ping\ndata: {"type":"ping"}\n\n${messageEvents.join('')}`,
    ],
  ] as const;

  it.each(streams)('%s %#', async (path, text) => {
    const upstream = await Upstream.start('cut', answerWell);
    const gateway = await gatewayFor(upstream);
    const body = Buffer.from(text);
    for (const size of [1, 2, 3, 7, 64, 1000, body.length]) {
      upstream.script = inPieces(body, size);
      const answer = await call(gateway, path, '{"model":"chat","stream":true,"messages":[]}');
      expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
    }
  });
});

describe('requests', () => {
  it('change nothing but the model’s name', async () => {
    const upstream = await Upstream.start('echo', answerWell);
    const gateway = await gatewayFor(upstream);
    const before =
      '{ "temperature" : 1.0000000000000000001, "unknown": {"model": "renamed"},\n "model"';
    const after = ', "messages": [], "seed": 12345678901234567890 }';
    await call(gateway, '/v1/chat/completions', `${before}: "renamed"${after}`);
    expect(upstream.calls[0]?.body.toString()).toBe(`${before}: "other \\"name\\""${after}`);
  });

  it('carry our credential, the vendor’s headers, and nothing of the caller’s key', async () => {
    const upstream = await Upstream.start('headers', answerWell);
    const gateway = await gatewayFor(upstream);
    await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': KEY,
        'anthropic-version': '2026-10-21',
        'anthropic-beta': 'files',
        cookie: 'session=1',
        'x-forwarded-for': '1.2.3.4',
        'x-vitalgate-role': 'owner',
      },
      body: '{"model":"chat","max_tokens":1,"messages":[]}',
    });
    const { headers, path } = upstream.calls[0] ?? {};
    expect(path).toBe('/v1/messages');
    expect(headers).toMatchObject({
      'x-api-key': 'ours',
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'files',
      'accept-encoding': 'identity',
    });
    expect(Object.keys(headers ?? {})).not.toEqual(expect.arrayContaining(['cookie']) as unknown);
    expect(JSON.stringify(headers)).not.toContain(KEY);
    expect(headers).not.toHaveProperty('x-vitalgate-role');
    expect(headers).not.toHaveProperty('x-forwarded-for');
  });

  it('ask for a version when the caller does not, for Anthropic demands one', async () => {
    const upstream = await Upstream.start('version', answerWell);
    const gateway = await gatewayFor(upstream);
    await call(gateway, '/anthropic/v1/messages', '{"model":"chat","messages":[]}');
    expect(upstream.calls[0]?.headers['anthropic-version']).toBe('2023-06-01');
  });
});

describe('answers', () => {
  it('keep cookies, accounts and server names from the caller', async () => {
    const upstream = await Upstream.start('heads', (_received, response) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'set-cookie': 'a=b',
        server: 'secret-host',
        'openai-organization': 'org-of-the-operator',
        'x-ratelimit-remaining-requests': '7',
      });
      response.end('{}');
    });
    const gateway = await gatewayFor(upstream);
    const { headers } = await call(gateway, '/v1/chat/completions', '{"model":"chat"}');
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('7');
    for (const name of ['set-cookie', 'server', 'openai-organization']) {
      expect(headers.get(name)).toBeNull();
    }
    expect(headers.get('x-request-id')).toMatch(/^req_/);
    expect(headers.get('server-timing')).toMatch(/^gateway;dur=[\d.]+, upstream;dur=[\d.]+$/);
  });
});
