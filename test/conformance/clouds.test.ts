/**
 * Models where clouds resell them: requests signed for AWS, tokens made for Google, Claude in
 * frames. The clouds are scripted, and check what they are sent by the vendors' own rules.
 */
import { createVerify, generateKeyPairSync } from 'node:crypto';
import Anthropic from '@anthropic-ai/sdk';
import {
  AccessDeniedException,
  BedrockRuntimeClient,
  ConverseCommand,
  ResourceNotFoundException,
  ThrottlingException,
} from '@aws-sdk/client-bedrock-runtime';
import { systemClock, type Clock } from '@vitalgate/health';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEY, post, sharedGateway, testGateway, type TestGateway } from '../harness/gateway.ts';
import { signatureOf } from '../harness/signature.ts';
import {
  answerJson,
  messageAnswer,
  messageEvents,
  Upstream,
  type Received,
  type Script,
} from '../harness/upstream.ts';

const CLAUDE = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE';
const SECRET_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

const converseAnswer = {
  output: { message: { role: 'assistant', content: [{ text: 'hello' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 7, outputTokens: 5, totalTokens: 12 },
};

/** A frame of `application/vnd.amazon.eventstream` around one event of Messages. */
function frame(type: 'event' | 'exception', name: string, payload: object): Buffer {
  const headers = Buffer.concat(
    [
      [`:${type}-type`, name],
      [':content-type', 'application/json'],
      [':message-type', type],
    ].map(([key = '', value = '']) =>
      Buffer.concat([
        Buffer.of(key.length),
        Buffer.from(key),
        Buffer.of(7, 0, value.length),
        Buffer.from(value),
      ]),
    ),
  );
  const body = Buffer.from(JSON.stringify(payload));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(headers.length + body.length + 16);
  head.writeUInt32BE(headers.length, 4);
  const withSum = (bytes: Buffer) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(bytes));
    return Buffer.concat([bytes, sum]);
  };
  return withSum(Buffer.concat([withSum(head), headers, body]));
}

const events = messageEvents.map((event) => /data: (.*)/.exec(event)?.[1] ?? '');
const chunks = events.map((event) =>
  frame('event', 'chunk', { bytes: Buffer.from(event).toString('base64'), p: 'abcd' }),
);

const framed = (pieces: readonly Buffer[]): Script => {
  const bytes = Buffer.concat(pieces);
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    // In the middle of a frame's head, and of a payload.
    for (const [from, to] of [
      [0, 5],
      [5, 300],
      [300, bytes.length],
    ]) {
      response.write(bytes.subarray(from, to));
    }
    response.end();
  };
};

const bodyOf = ({ body }: Received) => JSON.parse(body.toString()) as Record<string, unknown>;

describe('Bedrock', () => {
  let bedrock: Upstream;
  let gateway: TestGateway;

  const answerAll: Script = ({ path }, response) =>
    answerJson(response, 200, path.endsWith('/invoke') ? messageAnswer : converseAnswer);

  beforeAll(async () => {
    bedrock = await Upstream.shared('aws', answerAll);
    gateway = await sharedGateway({
      environment: { SECRET_KEY, TOKEN: 'token-of-a-session' },
      config: `health: { fall: 100 }
providers:
  - name: aws
    dialect: bedrock
    baseUrl: "${bedrock.url}"
    private: true
    credentials:
      - { name: main, accessKeyId: ${ACCESS_KEY}, secretAccessKey: "\${SECRET_KEY}", sessionToken: "\${TOKEN}", region: eu-west-1 }
models:
  - { name: claude, targets: [{ provider: aws, model: "${CLAUDE}" }] }
  - { name: nova, targets: [{ provider: aws, model: "us.amazon.nova-lite-v1:0" }] }
keys: [{ name: client, secret: ${KEY} }]`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await bedrock.close();
  });
  beforeEach(() => {
    bedrock.received.length = 0;
    bedrock.script = answerAll;
  });

  const client = () => new Anthropic({ apiKey: KEY, baseURL: gateway.url, maxRetries: 0 });
  const asked = {
    model: 'claude',
    max_tokens: 50,
    messages: [{ role: 'user' as const, content: 'Grüße' }],
  };

  it('is sent requests that bear the signature it computes itself', async () => {
    const chat = { model: 'nova', messages: [{ role: 'user', content: 'Grüße 👋' }] };
    expect((await post(gateway.url, '/v1/chat/completions', chat)).status).toBe(200);
    const [call] = bedrock.calls;
    expect(call?.path).toBe('/model/us.amazon.nova-lite-v1%3A0/converse');
    const { authorization = '' } = call?.headers ?? {};
    expect(authorization).toContain(`Credential=${ACCESS_KEY}/`);
    expect(authorization).toContain('/eu-west-1/bedrock/aws4_request');
    expect(authorization).toMatch(/SignedHeaders=host;x-amz-date;x-amz-security-token/);
    expect(call?.headers['x-amz-security-token']).toBe('token-of-a-session');
    expect(/Signature=(\w+)/.exec(authorization)?.[1]).toBe(
      call === undefined ? '' : signatureOf(call, SECRET_KEY),
    );
  });

  it('is asked by InvokeModel for what callers of Messages want of Claude', async () => {
    const answer = await client().messages.create(asked, {
      headers: { 'anthropic-beta': 'context-1m-2025-08-07' },
    });
    expect(answer.content).toEqual(messageAnswer.content);
    const [call] = bedrock.calls;
    expect(call?.path).toBe(`/model/${encodeURIComponent(CLAUDE)}/invoke`);
    expect(call === undefined ? undefined : bodyOf(call)).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 50,
      messages: asked.messages,
      anthropic_beta: ['context-1m-2025-08-07'],
    });
  });

  it('streams the events out of its frames, byte for byte', async () => {
    bedrock.script = framed(chunks);
    const response = await post(gateway.url, '/v1/messages', { ...asked, stream: true });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toBe(messageEvents.join(''));
    expect(bedrock.calls[0]?.path).toMatch(/\/invoke-with-response-stream$/);
    expect(bedrock.calls[0]?.body.toString()).not.toMatch(/"stream"|"model"/);

    const stream = client().messages.stream(asked);
    expect(await stream.finalText()).toBe('Grüße 👋');
  });

  it.each([
    ['breaks off', chunks.slice(0, 3)],
    [
      'tells an exception',
      [...chunks.slice(0, 3), frame('exception', 'throttlingException', { message: 'slow' })],
    ],
    ['is damaged', [...chunks.slice(0, 3), Buffer.alloc(40, 1)]],
  ])('ends a stream that %s as an error', async (_, pieces) => {
    const { promise: begun, resolve: goOn } = Promise.withResolvers<void>();
    bedrock.script = async (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      response.write(Buffer.concat(pieces.slice(0, 3)));
      await begun;
      response.end(Buffer.concat(pieces.slice(3)));
    };
    const response = await post(gateway.url, '/v1/messages', { ...asked, stream: true });
    expect(response.status).toBe(200);
    goOn();
    const text = await response.text();
    expect(text).toContain('event: error');
    expect(text).not.toContain('message_stop');
  });

  it('keeps what Claude signed, beside what another model signed', async () => {
    const [own, others] = ['c2lnbmVk', JSON.stringify({ o: 'gemini/google', d: 'x' })];
    const thinking = (signature: string) => ({ type: 'thinking', thinking: 'Hm.', signature });
    const messages = [
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: [
          thinking(`vgseal.${Buffer.from(others).toString('base64url')}`),
          thinking(own),
          { type: 'text', text: 'Hello' },
        ],
      },
      { role: 'user', content: 'Again' },
    ];
    const headers = { authorization: `Bearer ${KEY}`, 'anthropic-beta': 'context-1m-2025-08-07' };
    const response = await post(gateway.url, '/v1/messages', { ...asked, messages }, headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-vitalgate-warnings')).toContain('"messages[1].content[0]"');
    const [call] = bedrock.calls;
    expect(call?.path).toMatch(/\/invoke$/);
    expect(call?.body.toString()).toContain(`"signature":"${own}"`);
    expect(call?.body.toString()).not.toContain('vgseal');
    expect(call?.body.toString()).toContain('"anthropic_beta":["context-1m-2025-08-07"]');
  });

  it('serves callers of other dialects by Converse', async () => {
    const chat = { model: 'claude', messages: [{ role: 'user', content: 'Hi' }] };
    expect((await post(gateway.url, '/v1/chat/completions', chat)).status).toBe(200);
    expect(bedrock.calls[0]?.path).toMatch(/\/converse$/);
  });

  it("raises the exception of AWS's client that fits", async () => {
    const ask = (key: string, modelId: string) =>
      new BedrockRuntimeClient({
        endpoint: gateway.url,
        region: 'us-east-1',
        token: { token: key },
        authSchemePreference: ['httpBearerAuth'],
        maxAttempts: 1,
        requestHandler: new NodeHttpHandler(),
      }).send(
        new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }),
      );
    await expect(ask('no-key-of-ours', 'nova')).rejects.toBeInstanceOf(AccessDeniedException);
    await expect(ask(KEY, 'nobody')).rejects.toBeInstanceOf(ResourceNotFoundException);
    bedrock.script = (_, response) => {
      response.setHeader('x-amzn-errortype', 'ThrottlingException:http://internal.amazon.com/');
      answerJson(response, 429, { message: 'Too many tokens' });
    };
    await expect(ask(KEY, 'nova')).rejects.toBeInstanceOf(ThrottlingException);
  });
});

describe('Vertex', () => {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  let later = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + later,
    wall: () => systemClock.wall() + later,
  };
  const gemini = {
    candidates: [
      { content: { role: 'model', parts: [{ text: 'hello' }] }, finishReason: 'STOP', index: 0 },
    ],
    usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 5, totalTokenCount: 12 },
  };
  let vertex: Upstream;
  let google: Upstream;
  let gateway: TestGateway;
  let environment: Record<string, string>;
  let config: string;
  let issued = 0;

  beforeEach(async () => {
    issued = 0;
    vertex = await Upstream.start('vertex', ({ path }, response) => {
      answerJson(response, 200, path.includes('/anthropic/') ? messageAnswer : gemini);
    });
    google = await Upstream.start('google', (_, response) => {
      issued += 1;
      answerJson(response, 200, {
        access_token: `ya29.token-${issued}`,
        expires_in: 3599,
        token_type: 'Bearer',
      });
    });
    const account = {
      type: 'service_account',
      client_email: 'gateway@project.iam.gserviceaccount.com',
      private_key: keys.privateKey,
      private_key_id: 'key-1',
      token_uri: `${google.url}/token`,
    };
    environment = { ACCOUNT: JSON.stringify(account) };
    config = `providers:
  - name: vertex
    dialect: vertex
    baseUrl: "${vertex.url}/v1/projects/p/locations/global"
    private: true
    credentials: [{ name: main, serviceAccount: "\${ACCOUNT}" }]
models:
  - { name: gemini, targets: [{ provider: vertex, model: gemini-2.5-flash }] }
  - { name: claude, targets: [{ provider: vertex, model: claude-sonnet-4-5@20250929 }] }
keys: [{ name: client, secret: ${KEY} }]`;
    gateway = await testGateway({ clock, environment, config });
  });

  const chat = { model: 'gemini', messages: [{ role: 'user', content: 'Hi' }] };
  const say = () => post(gateway.url, '/v1/chat/completions', chat);

  it('is called with a token that its key was exchanged for, once for all', async () => {
    const answers = await Promise.all([say(), say(), say()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(vertex.calls.map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 3 }, () => 'Bearer ya29.token-1'),
    );
    expect(google.calls).toHaveLength(1);
    const form = new URLSearchParams(google.calls[0]?.body.toString());
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [head = '', claims = '', signature = ''] = form.get('assertion')?.split('.') ?? [];
    const decoded = (text: string) =>
      JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown;
    expect(decoded(head)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' });
    const { iat, ...said } = decoded(claims) as Record<string, number>;
    expect(said).toEqual({
      iss: 'gateway@project.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: `${google.url}/token`,
      exp: (iat ?? 0) + 3600,
    });
    expect(Math.abs((iat ?? 0) - clock.wall() / 1000)).toBeLessThan(60);
    const isSigned = createVerify('sha256')
      .update(`${head}.${claims}`)
      .verify(keys.publicKey, signature, 'base64url');
    expect(isSigned).toBe(true);
  });

  it('is called with a new token before the old one ends', async () => {
    await say();
    later += 3_400_000;
    const renewed = google.nextCall();
    // While a new one is asked for, the old one still serves.
    expect((await say()).status).toBe(200);
    await renewed;
    later += 300_000;
    await say();
    const tokens = vertex.calls.map(({ headers }) => headers.authorization);
    expect(tokens).toEqual([1, 1, 2].map((n) => `Bearer ya29.token-${n}`));
  });

  it('is not called without a token, and the caller is told whose fault it is', async () => {
    google.script = (_, response) => answerJson(response, 400, { error: 'invalid_grant' });
    await gateway.stop();
    const again = await testGateway({ clock, environment, config });
    const response = await post(again.url, '/v1/chat/completions', chat);
    expect(response.status).toBeGreaterThanOrEqual(500);
    expect(await response.text()).toContain('token_refused');
    expect(vertex.calls).toHaveLength(0);
  });

  it('is asked for Gemini as callers of Gemini ask, byte for byte', async () => {
    const body = '{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],  "labels":{"a":"b"}}';
    const response = await post(gateway.url, '/v1beta/models/gemini:generateContent', body);
    expect(await response.json()).toEqual(gemini);
    expect(vertex.calls[0]?.body.toString()).toBe(body);
    expect(vertex.calls[0]?.path).toBe(
      '/v1/projects/p/locations/global/publishers/google/models/gemini-2.5-flash:generateContent',
    );
  });

  it('streams Claude as it comes, and names version and model where Google wants them', async () => {
    vertex.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const bytes = Buffer.from(messageEvents.join(''));
      for (let at = 0; at < bytes.length; at += 77) response.write(bytes.subarray(at, at + 77));
      response.end();
    };
    const asked = { model: 'claude', max_tokens: 5, stream: true, messages: chat.messages };
    const headers = { authorization: `Bearer ${KEY}`, 'anthropic-beta': 'context-1m-2025-08-07' };
    const response = await post(gateway.url, '/v1/messages', asked, headers);
    expect(await response.text()).toBe(messageEvents.join(''));
    const [call] = vertex.calls;
    expect(call?.path).toBe(
      '/v1/projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4-5%4020250929:streamRawPredict',
    );
    expect(call?.headers['anthropic-beta']).toBe('context-1m-2025-08-07');
    expect(call === undefined ? undefined : bodyOf(call)).toEqual({
      anthropic_version: 'vertex-2023-10-16',
      max_tokens: 5,
      stream: true,
      messages: chat.messages,
    });
  });

  it('gives callers of other dialects Claude as well', async () => {
    const response = await post(gateway.url, '/v1/chat/completions', { ...chat, model: 'claude' });
    const answer = (await response.json()) as { choices: { message: { content: string } }[] };
    expect(answer.choices[0]?.message.content).toBe('hello');
    expect(vertex.calls[0]?.path).toMatch(/:rawPredict$/);
  });
});
