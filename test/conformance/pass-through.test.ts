import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { KEY, testGateway, type TestGateway } from '../harness/gateway.ts';
import {
  answerWell,
  chatAnswer,
  chatEvents,
  messageEvents,
  Upstream,
  type Script,
} from '../harness/upstream.ts';
import { recordings } from './corpus.ts';

/**
 * Same dialect in and out: every byte passes, but for credential and model name. Recorded
 * exchanges are replayed where they are present; the project's own cases run everywhere.
 */

interface Exchange {
  readonly file: string;
  readonly provider: string;
  readonly path: string;
  readonly request: Record<string, unknown>;
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly streamed: boolean;
  /** It has an error after its beginning, or no end: it passes up to there. */
  readonly endsInError: boolean;
}

interface Spoken {
  /** The provider that speaks it. */
  readonly provider: string;
  /** Where it is asked, by whether the answer is streamed. */
  readonly path: (streamed: boolean) => string;
  /** Whether the path names the model, and says whether to stream. */
  readonly isInPath?: true;
  /** How a stream of it ends. */
  readonly end: RegExp;
}

const same = (provider: string, path: string, end: RegExp): Spoken => ({
  provider,
  path: () => path,
  end,
});

const CHAT = /data: ?\[DONE\]/;
const MESSAGES = /"message_stop"/;

const spoken: Readonly<Record<string, Spoken>> = {
  'openai-chat': same('openai', '/v1/chat/completions', CHAT),
  'openai-completions': same('openai', '/v1/completions', CHAT),
  'openai-embeddings': same('openai', '/v1/embeddings', CHAT),
  'openai-responses': same('responses', '/v1/responses', /response\.(?:completed|incomplete)"/),
  'anthropic-messages': same('anthropic', '/v1/messages', MESSAGES),
  'anthropic-count-tokens': same('anthropic', '/v1/messages/count_tokens', MESSAGES),
  'ollama-chat': same('ollama', '/api/chat', /"done": ?true/),
  'ollama-generate': same('ollama', '/api/generate', /"done": ?true/),
  'gemini-generateContent': {
    provider: 'gemini',
    path: (streamed) =>
      `/v1beta/models/chat:${streamed ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    isInPath: true,
    end: /"(?:finishReason|blockReason)"/,
  },
  'gemini-countTokens': {
    provider: 'gemini',
    path: () => '/v1beta/models/chat:countTokens',
    isInPath: true,
    end: /$/,
  },
  'gemini-embedContent': {
    provider: 'gemini',
    path: () => '/v1beta/models/chat:batchEmbedContents',
    isInPath: true,
    end: /$/,
  },
  'bedrock-converse': {
    provider: 'bedrock',
    path: (streamed) => `/model/chat/converse${streamed ? '-stream' : ''}`,
    isInPath: true,
    end: /messageStop/,
  },
};

/** What a recording has to be for a pass-through: the bytes of a wire, not one payload a line. */
function exchanges(): Exchange[] {
  return Object.entries(spoken).flatMap(([dialect, { provider, path, isInPath, end }]) =>
    recordings([dialect])
      // Gemini's stream as one array is made by the gateway.
      .filter((one) => one.isAsSent && !Array.isArray(one.payloads[0]))
      .map((one): Exchange => {
        const asked = typeof one.request === 'object' ? one.request : { messages: [] };
        const model = isInPath === true ? {} : { model: 'chat' };
        const stream = isInPath !== true && one.streamed ? { stream: true } : {};
        return {
          file: one.file,
          provider,
          path: path(one.streamed),
          request: { ...asked, ...model, ...stream },
          status: one.status,
          contentType: one.contentType,
          body: one.bytes,
          streamed: one.streamed,
          endsInError: one.streamed && !end.test(one.bytes.toString('latin1')),
        };
      }),
  );
}

/** Not passed on as they came, each for a reason. */
const notPassed: Readonly<Record<string, string>> = {
  'envoy-ai-gateway/openai/chat-bad-request--00.json':
    'a temperature below 0 is refused before it is sent, as its vendor would',
  'envoy-ai-gateway/openai/completion-bad-request--00.json': 'a temperature of 3 as well',
  'envoy-ai-gateway/openai/embeddings-bad-request--00.json': 'and -1 dimensions',
  'pydantic-ai/openai/test_openai_responses-test_openai_responses_model_http_error--00.json':
    'and a temperature of -1',
  'openllmetry/azure/test_embeddings-test_azure_openai_embeddings--02.json':
    'a 401 is about the gateway’s own credential and is told as upstream_error',
  'pydantic-ai/openrouter/test_openrouter-test_openrouter_stream_error--00.json':
    'the stream tells an error before any content, while another target may still take over',
  'vercel-ai/openai/reasoning-model-legacy-parameter-error.json':
    'an error without its status, which a 200 does not make an answer',
  'vercel-ai/openai/openai-error.1.json': 'another',
  'vercel-ai/openai/reasoning-model-temperature-error.json': 'another',
  'vercel-ai/gemini/google-429-retry-info.json': 'another',
  'vercel-ai/azure/azure-deepseek-reasoning.1.json':
    'an answer of Chat Completions is none of Responses',
};

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
  - { name: responses, dialect: openai-responses, baseUrl: "${upstream.url}", private: true, credentials: [{ name: a, value: ours }] }
  - { name: gemini, dialect: gemini, baseUrl: "${upstream.url}", private: true, credentials: [{ name: a, value: ours }] }
  - { name: ollama, dialect: ollama, baseUrl: "${upstream.url}", private: true }
  - { name: bedrock, dialect: bedrock, baseUrl: "${upstream.url}", private: true, credentials: [{ name: a, value: ours }] }
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
  const all = exchanges();

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
      // Some requests name the model in their body as well as in their path.
      const sent = JSON.stringify(one.request).replaceAll(
        /"model":"models\/[^"]+"/g,
        '"model":"models/chat"',
      );
      // With a provider of the other dialect at hand, a refusal would be translated and tried there.
      const { provider, endsInError } = one;
      if (gateway === undefined || served !== provider) {
        gateway = await gatewayFor(upstream, [provider]);
        served = provider;
      }
      const answer = await call(gateway, one.path, sent);
      const body = Buffer.from(await answer.arrayBuffer());
      const wasSentSame = upstream.calls.at(-1)?.body.toString() === sent;
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
  }, 300_000);
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
      response.end(JSON.stringify(chatAnswer));
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
