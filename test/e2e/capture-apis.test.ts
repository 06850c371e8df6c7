import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sharedUpstream, type HttpUpstream } from '../apis/upstream.ts';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';

/** What is kept of calls of HTTP APIs and prompts: the same as of models. */

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const CARD = '4111 1111 1111 1111';
const MAIL = 'bob.smith@example.com';

let upstream: HttpUpstream;
let gateway: TestGateway;
let got: string[] = [];
let say: { readonly status?: number; readonly type: string; readonly pieces: (string | Buffer)[] };
const well = { type: 'text/plain', pieces: ['well'] };

beforeAll(async () => {
  say = well;
  upstream = await sharedUpstream(async (request, response) => {
    got.push(`${request.method} ${request.url}\n\n${await text(request)}`);
    const { status = 200, type, pieces } = say;
    const encoding = type === 'application/gzipped' ? { 'content-encoding': 'gzip' } : {};
    response.writeHead(status, { 'content-type': type, ...encoding });
    for (const piece of pieces) response.write(piece);
    response.end();
  });
  const at = `upstreams: ["${upstream.url}"], private: true`;
  gateway = await sharedGateway({
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
    config: `capture: { apis: [shop, guarded], prompts: [summary], keep: 2d, maxBody: 4KiB }
providers:
  - { name: openai, dialect: openai-chat, baseUrl: "${upstream.url}", private: true, credentials: [{ name: main, value: of-openai }] }
models: [{ name: chat, targets: [{ provider: openai, model: m }] }]
prompts:
  - { name: summary, path: /summary, model: chat, prompt: "Sum up: {{text}}", variables: { text: { type: string } } }
  - { name: other, path: /other, model: chat, prompt: "{{text}}", variables: { text: { type: string } } }
guardrails: [{ name: no-cards, on: request, detect: card, action: redact, appliesTo: named }]
apis:
  - { name: shop, path: /shop, ${at} }
  - { name: guarded, path: /guarded, ${at}, guardrails: [no-cards] }
  - { name: private, path: /private, ${at} }
keys: [{ name: client, secret: ${KEY}, owner: ada }]
`,
  });
});
beforeEach(() => {
  got = [];
  say = well;
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const admin = (path: string) =>
  fetch(gateway.addresses.admin + path, { headers: { authorization: `Bearer ${TOKEN}` } });

interface Kept {
  readonly request: string | null;
  readonly answer: string | null;
}

const keptOf = (id: string): Promise<Kept> =>
  vi.waitFor(
    async () => {
      const answer = await admin(`/api/requests/${id}/capture`);
      expect(answer.status).toBe(200);
      return (await answer.json()) as Kept;
    },
    { timeout: 10_000, interval: 20 },
  );

async function call(path: string, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${KEY}`, ...(init.headers as Record<string, string>) };
  const answer = await fetch(gateway.url + path, { ...init, headers });
  const told = Buffer.from(await answer.arrayBuffer()).toString();
  return { status: answer.status, told, id: answer.headers.get('x-request-id') ?? '' };
}

const send = (path: string, type: string, body: string | Uint8Array) =>
  call(path, { method: 'POST', headers: { 'content-type': type }, body: body as string });

const events = (...texts: string[]) => texts.map((one) => `data: ${one}\n\n`);

describe('a call of an API that is kept', () => {
  it.each([
    ['JSON', 'application/json', `{"to":"${MAIL}"}`, ['{"card":"4111 1111', ` 1111 1111"}`]],
    ['a form', 'application/x-www-form-urlencoded', `to=${encodeURIComponent(MAIL)}`, ['well']],
    ['lines', 'application/x-ndjson', `{"to":"${MAIL}"}\n`, [`{"a":"${CARD}"}\n`, '{"b":1}\n']],
    ['events', 'text/event-stream', `to ${MAIL}`, events('4111 1111', ' 1111 1111', ' there')],
    ['text', 'text/plain', `to ${MAIL}`, ['a 4111 11', '11 1111 1111 b']],
    ['XML', 'application/xml', `<to>${MAIL}</to>`, [`<card>${CARD}</card>`]],
  ])('is redacted, and what goes out is not: %s', async (_, type, body, pieces) => {
    say = { type, pieces };
    const { id, told } = await send(
      `/shop/${MAIL}/orders?card=4111+1111+1111+1111&n=1`,
      type,
      body,
    );
    const { request, answer } = await keptOf(id);
    expect(request).toMatch(/^POST \/%5BEMAIL%5D\/orders\?card=%5BCARD%5D&n=1\n\n/);
    for (const kept of [request, answer]) {
      for (const secret of ['bob', '4111', '1111', 'CARD 1111']) expect(kept).not.toContain(secret);
    }
    expect(answer?.length).toBeGreaterThan(3);
    expect(got.join()).toContain(body);
    expect(told).toBe(pieces.join(''));
  });

  it('has its address alone where it has no body', async () => {
    const { id } = await call('/shop/a?b=c');
    expect(await keptOf(id)).toMatchObject({ request: 'GET /shop/a?b=c\n\n', answer: 'well' });
  });

  it('is kept as a guardrail has let it go on', async () => {
    const { id } = await send('/guarded/a', 'application/json', `{"card":"${CARD}"}`);
    const { request } = await keptOf(id);
    expect(request).toBe('POST /guarded/a\n\n{"card":"[CARD]"}');
    expect(got).toEqual(['POST /guarded/a\n\n{"card":"[CARD]"}']);
  });

  it('has nothing that cannot be read, is too long, or is an error', async () => {
    const picture = Buffer.concat([Buffer.from('\x89PNG\r\n'), randomBytes(200)]);
    say = { type: 'application/gzipped', pieces: [gzipSync(MAIL)] };
    expect(await keptOf((await send('/shop/a', 'image/png', picture)).id)).toMatchObject({
      request: null,
      answer: null,
    });
    say = { type: 'text/plain', pieces: ['x'.repeat(3000), 'x'.repeat(3000)] };
    const long = await send('/shop/a', 'text/plain', 'x'.repeat(5000));
    expect(long.told).toHaveLength(6000);
    expect(await keptOf(long.id)).toMatchObject({ request: null, answer: null });
    say = { status: 422, type: 'text/plain', pieces: ['what you sent was …'] };
    const refused = await send('/shop/a', 'text/plain', 'sent');
    expect(await keptOf(refused.id)).toMatchObject({
      request: 'POST /shop/a\n\nsent',
      answer: null,
    });
  });

  it('is named in the configuration; of others nothing is kept', async () => {
    const { id } = await call('/private/a');
    const model = await send('/v1/chat/completions', 'application/json', '{"model":"chat"}');
    await keptOf((await call('/shop/after')).id);
    for (const one of [id, model.id]) {
      expect((await admin(`/api/requests/${one}/capture`)).status).toBe(404);
    }
  });
});

describe('a call of a prompt that is kept', () => {
  it('has what its model was asked, and the document its caller was told', async () => {
    const content = `It is by ${MAIL}.`;
    const choice = { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' };
    say = { type: 'application/json', pieces: [JSON.stringify({ choices: [choice] })] };
    const variables = JSON.stringify({ text: `A letter to ${MAIL}` });
    const { id, told } = await call('/summary', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/xml' },
      body: variables,
    });
    expect(told).toContain(MAIL);
    const { request, answer } = await keptOf(id);
    expect(request).toContain('Sum up: A letter to [EMAIL]');
    expect(answer).toContain('It is by [EMAIL].');
    expect(answer).toMatch(/^<\?xml/);
    const other = await send('/other', 'application/json', variables);
    await keptOf((await call('/shop/after')).id);
    expect((await admin(`/api/requests/${other.id}/capture`)).status).toBe(404);
  });
});
