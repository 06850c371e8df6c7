import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as lives from '../../packages/gateway/src/request/pipeline.ts';
import { KEY, ledgerOf, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { sharedUpstream, type HttpUpstream } from '../apis/upstream.ts';

/**
 * Every control × every way to an HTTP API, to a prompt and to the document of what a key may call ×
 * every form in which bodies come. Models have theirs in controls.test.ts. What lives a life of its own
 * in the pipeline and has no row here fails the build.
 */

const CARD = '4111 1111 1111 1111';
const HOST = 'shop.example.test';

/** How a request and its answer are put. */
interface Form {
  readonly name: string;
  readonly method: string;
  /** Of the answer. */
  readonly type: string;
  readonly isWebSocket?: true;
  readonly isChunked?: true;
}

const forms: readonly Form[] = [
  { name: 'whole', method: 'GET', type: 'application/json' },
  { name: 'whole', method: 'POST', type: 'application/json' },
  { name: 'chunks', method: 'PUT', type: 'text/plain', isChunked: true },
  { name: 'events', method: 'GET', type: 'text/event-stream' },
  { name: 'lines', method: 'DELETE', type: 'application/x-ndjson' },
  { name: 'WebSocket', method: 'GET', type: '', isWebSocket: true },
];

/** How a path belongs to an API. */
const ways = [
  { way: 'prefix', api: 'path: /prefix', path: '/prefix/some', sent: '/prefix/some' },
  { way: 'exact', api: 'path: /exact, match: exact', path: '/exact', sent: '/exact' },
  {
    way: 'segment',
    api: 'path: "/shops/{shop}/items"',
    path: '/shops/a/items',
    sent: '/shops/a/items',
  },
  { way: 'rewrite', api: 'path: /rewritten, rewrite: /to', path: '/rewritten', sent: '/to' },
  { way: 'host', api: `path: /, host: ${HOST}`, path: '/v1/models', sent: '/v1/models' },
];

interface Case {
  readonly name: string;
  readonly life: keyof typeof lives;
  readonly path: string;
  readonly form: Form;
  /** Name of what the ledger and metrics have. */
  readonly served: string;
}

const apiCases: readonly Case[] = ways.flatMap(({ way, path }) =>
  forms.map((form) => ({
    name: `${way} ${form.method} ${form.name}`,
    life: 'handleApi' as const,
    path,
    form,
    served: way,
  })),
);

const [get, post] = forms as [Form, Form];
const casesOf: Record<keyof typeof lives, readonly Case[] | string> = {
  handle: 'controls.test.ts, from the route table',
  handleApi: apiCases,
  handlePrompt: [
    { name: 'prompt', life: 'handlePrompt', path: '/asked', form: post, served: 'chat' },
  ],
  handleDocument: [
    { name: 'document', life: 'handleDocument', path: '/openapi.json', form: get, served: '' },
  ],
};
const cases = Object.values(casesOf).flatMap((some) => (typeof some === 'string' ? [] : some));

const folder = mkdtempSync(join(tmpdir(), 'vitalgate-controls-'));
let upstream: HttpUpstream;
let gateway: TestGateway;
let seen: { headers: IncomingMessage['headers']; body: string; url: string }[] = [];
let script: (request: IncomingMessage, response: ServerResponse, form: Form) => void;

/** What the upstream says, in pieces. */
let pieces: readonly string[];

const well = (request: IncomingMessage, response: ServerResponse, { type }: Form): void => {
  const said = pieces.join('');
  if (request.url?.startsWith('/v1/chat/') === true) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(completion(JSON.stringify({ said }))));
    return;
  }
  response.writeHead(200, { 'content-type': type });
  if (type === 'application/json') response.end(JSON.stringify({ said }));
  else if (type === 'text/plain') {
    for (const piece of pieces) response.write(piece);
    response.end();
  } else if (type === 'text/event-stream') {
    for (const delta of pieces) response.write(`data: ${JSON.stringify({ delta })}\n\n`);
    response.end();
  } else response.end(`${JSON.stringify({ said })}\n`);
};

const completion = (content: string) => ({
  id: 'c',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
});

const WELL = ['all ', 'is ', 'well'];

beforeAll(async () => {
  script = well;
  pieces = WELL;
  upstream = await sharedUpstream(async (request, response) => {
    const body = await buffer(request);
    const { headers, url = '' } = request;
    seen.push({ headers, body: body.toString(), url });
    const form = forms.find(({ name, method }) => headers['x-form'] === `${method} ${name}`);
    script(request, response, form ?? get);
  });
  upstream.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    seen.push({ headers: request.headers, body: '', url: request.url ?? '' });
    socket.on('error', () => socket.destroy());
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    );
    // One message in fragments (RFC 6455, section 5.4).
    for (const [i, piece] of [...pieces, ''].entries()) {
      const isLast = i === pieces.length;
      socket.write(Buffer.from([(isLast ? 0x80 : 0) | (i === 0 ? 1 : 0), piece.length]));
      socket.write(piece);
    }
    // Its end is seen by who reads on.
    socket.on('end', () => socket.end()).resume();
  });
  const documents = ways.map(({ way, sent }) => {
    const operation = {
      parameters: [{ name: 'n', in: 'query', schema: { type: 'integer' } }],
      responses: { 200: { description: 'ok' } },
    };
    const methods = ['get', 'post', 'put', 'delete'].map((method) => [method, operation]);
    const file = join(folder, `${way}.json`);
    const info = { title: way, version: '1' };
    const paths = { [sent]: Object.fromEntries(methods) };
    writeFileSync(file, JSON.stringify({ openapi: '3.1.0', info, paths }));
    return file;
  });
  const keys = cases.flatMap((_one, i) => [
    `  - { name: limited-${i}, secret: key-of-limited-${i}, limits: [{ requests: 1, per: 1h }] }`,
    `  - { name: known-${i}, secret: key-of-known-${i} }`,
  ]);
  gateway = await sharedGateway({
    config: `health: { fall: 100 }
documents: { enabled: true }
server: { maxBody: 64KiB }
guardrails:
  - { name: no-cards, on: request, detect: card, action: block, appliesTo: named }
  - { name: no-cards-out, on: answer, detect: card, action: block, appliesTo: named }
providers:
  - { name: any, dialect: openai-chat, baseUrl: "${upstream.url}/v1", private: true, credentials: [{ name: main, value: credential-of-any }] }
models: [{ name: chat, targets: [{ provider: any, model: m }] }]
prompts:
  - { name: asked, path: /asked, model: chat, prompt: "{{text}}", variables: { text: { type: string } }, output: { type: object } }
apis:
${ways.map(({ way, api }, i) => `  - { name: ${way}, ${api}, private: true, upstreams: ["${upstream.url}"], maxBody: 64KiB, retries: { attempts: 1 }, openapi: { document: "${documents[i]}" } }`).join('\n')}
keys:
  - { name: client, secret: ${KEY} }
  - { name: elsewhere, secret: key-of-elsewhere, ips: [10.0.0.0/8] }
  - { name: expired, secret: key-of-expired, expires: 2020-01-01 }
  - { name: none, secret: key-of-none, models: [], apis: [], prompts: [] }
  - { name: guarded, secret: key-of-guarded, guardrails: [no-cards] }
  - { name: listening, secret: key-of-listening, guardrails: [no-cards-out] }
${keys.join('\n')}
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Told {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** `cut` where it broke off. */
  readonly body: string;
}

interface Asked {
  readonly said?: string;
  readonly query?: string;
  readonly method?: string;
}

/** Says it in the body where there is one, and else in the query. */
function ask({ path, form }: Case, key: string | undefined, asked: Asked = {}): Promise<Told> {
  const { said = 'hello', query = '' } = asked;
  const method = asked.method ?? form.method;
  const hasBody = method === 'POST' || method === 'PUT';
  const at = new URL(gateway.url);
  const body = JSON.stringify({ text: said });
  const more = hasBody ? query : `${query}&q=${encodeURIComponent(said)}`;
  const { promise, resolve, reject } = Promise.withResolvers<Told>();
  const call = httpRequest({
    host: at.hostname,
    port: at.port,
    method,
    path: `${path}?${more.replace(/^&/, '')}`,
    headers: {
      'x-form': `${form.method} ${form.name}`,
      ...(path === '/v1/models' && { host: HOST }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(hasBody && { 'content-type': 'application/json' }),
      ...(hasBody && form.isChunked !== true && { 'content-length': Buffer.byteLength(body) }),
      ...(form.isWebSocket && {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      }),
    },
  });
  call.on('response', (response) => {
    const { statusCode: status = 0, headers } = response;
    text(response).then(
      (told) => resolve({ status, headers, body: told }),
      () => resolve({ status, headers, body: 'cut' }),
    );
  });
  call.on('upgrade', (response: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    socket.end();
    let body = head.toString('latin1');
    socket.on('data', (bytes: Buffer) => (body += bytes.toString('latin1')));
    socket.on('close', () => resolve({ status: 101, headers: response.headers, body }));
  });
  call.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET') resolve({ status: 0, headers: {}, body: 'cut' });
    else reject(error);
  });
  call.end(hasBody ? body : undefined);
  return promise;
}

const codeIn = ({ status, body }: Told): [number, unknown] => [
  status,
  codeOf(JSON.parse(body) as Refusal),
];

/** One control: where it does not hold, and why; and how one sees that it does. */
interface Control {
  readonly name: string;
  exempt(one: Case): string | false;
  holds(one: Case, index: number): Promise<void>;
}

const nowhere = (): false => false;
const isDocument = ({ life }: Case): boolean => life === 'handleDocument';
const isAnswered = ({ status }: Told): boolean => status === 200 || status === 101;

const controls: readonly Control[] = [
  {
    name: 'key',
    exempt: nowhere,
    async holds(one) {
      expect(codeIn(await ask(one, undefined))).toEqual([401, 'missing_key']);
      expect(codeIn(await ask(one, 'nobody-has-this'))).toEqual([401, 'invalid_key']);
      expect(codeIn(await ask(one, 'key-of-expired'))).toEqual([401, 'invalid_key']);
      expect(seen).toEqual([]);
    },
  },
  {
    name: 'network',
    exempt: nowhere,
    async holds(one) {
      expect(codeIn(await ask(one, 'key-of-elsewhere'))).toEqual([403, 'network_denied']);
      expect(seen).toEqual([]);
    },
  },
  {
    name: 'scope',
    exempt: (one) => isDocument(one) && 'it tells a key what is its own, and that may be nothing',
    async holds(one) {
      const [status, code] = codeIn(await ask(one, 'key-of-none'));
      expect([403, 404]).toContain(status);
      expect(code).toMatch(/^(?:api|model|prompt)_(?:denied|not_found)$|^not_found$/);
      expect(seen).toEqual([]);
    },
  },
  {
    name: 'limit',
    exempt: nowhere,
    async holds(one, i) {
      const key = `key-of-limited-${i}`;
      const first = await ask(one, key);
      expect(isAnswered(first)).toBe(true);
      expect(String(first.headers['ratelimit'])).toContain('"requests"');
      expect(codeIn(await ask(one, key))).toEqual([429, 'rate_limited']);
    },
  },
  {
    name: 'method',
    exempt: ({ life }) => life === 'handleApi' && 'an API takes any, but TRACE, which is here',
    async holds(one) {
      expect((await ask(one, KEY, { method: 'PATCH' })).status).toBe(405);
      expect(seen).toEqual([]);
    },
  },
  {
    name: 'TRACE',
    exempt: ({ form }) => form.isWebSocket === true && 'only a GET asks for one',
    async holds(one) {
      expect((await ask(one, KEY, { method: 'TRACE' })).status).toBe(405);
      expect(seen).toEqual([]);
    },
  },
  {
    name: 'validation',
    exempt: (one) => isDocument(one) && 'it is asked nothing',
    async holds(one) {
      const asked =
        one.life === 'handlePrompt' ? { said: 7 as unknown as string } : { query: 'n=x' };
      expect(codeIn(await ask(one, KEY, asked))).toEqual([400, 'invalid_request']);
      expect(seen).toEqual([]);
    },
  },
  {
    name: 'size',
    exempt: ({ form: { method } }) => method !== 'POST' && method !== 'PUT' && 'no body',
    async holds(one) {
      const told = await ask(one, KEY, { said: 'x'.repeat(70_000) });
      // A body that comes in pieces is refused while it is sent on.
      expect(codeIn(told)).toEqual([413, 'request_too_large']);
    },
  },
  {
    name: 'guardrail on requests',
    exempt: (one) => isDocument(one) && 'it is asked nothing',
    async holds(one) {
      const told = await ask(one, 'key-of-guarded', { said: `pay with ${CARD}` });
      expect(codeIn(told)).toEqual([400, 'guardrail_blocked']);
      expect(seen).toEqual([]);
    },
  },
  {
    name: 'guardrail on answers',
    exempt: (one) => isDocument(one) && 'nobody else writes it',
    async holds(one) {
      pieces = ['pay with 4111 1111', ' 1111 1111', ' today'];
      const told = await ask(one, 'key-of-listening');
      expect(told.body).not.toMatch(/1111 1111/);
      if (told.body === 'cut') expect(['chunks', 'events']).toContain(one.form.name);
      else if (one.form.isWebSocket) expect(told.body).toContain('no-cards-out does not let this');
      else expect(told.body).toContain('guardrail_blocked');
    },
  },
  {
    name: 'ledger',
    exempt: nowhere,
    async holds(one, i) {
      const told = await ask(one, `key-of-known-${i}`);
      expect(isAnswered(told)).toBe(true);
      if (isDocument(one)) return;
      const row = { key_id: `file:known-${i}`, model: one.served, outcome: 'completed' };
      owed.push([String(told.headers['x-request-id']), row]);
    },
  },
  {
    name: 'health',
    exempt: (one) =>
      (isDocument(one) && 'nobody is asked for it') ||
      (one.form.isWebSocket === true && 'a refusal to upgrade is an answer, as in test/apis'),
    async holds(one) {
      script = (_request, response) => response.writeHead(503).end('broken');
      expect([502, 503]).toContain((await ask(one, KEY)).status);
      const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
      const target = one.life === 'handlePrompt' ? 'any/m' : `${one.served}/1`;
      expect(metrics).toMatch(
        new RegExp(
          `vitalgate_attempts_failed_total\\{target="${target}",fault="provider",reason="http_503"\\} \\d`,
        ),
      );
    },
  },
  {
    name: 'custody of keys',
    exempt: nowhere,
    async holds(one) {
      const told = await ask(one, KEY);
      expect(isAnswered(told)).toBe(true);
      expect(JSON.stringify(seen) + told.body + gateway.logged.join('')).not.toContain(KEY);
    },
  },
  {
    name: 'caches',
    exempt: ({ life, form }) =>
      (life === 'handleApi' &&
        'an API says itself what may be kept; what a key saw varies with it') ||
      (form.isWebSocket === true && 'nothing that could be kept'),
    async holds(one) {
      expect((await ask(one, KEY)).headers['cache-control']).toMatch(/no-store|private|no-cache/);
    },
  },
];

/** Rows the ledger must have when all is over, by request. */
const owed: [id: string, row: Readonly<Record<string, unknown>>][] = [];

const matrix = controls.flatMap((control) =>
  cases
    .map((one, index) => ({ control, one, index }))
    .filter(({ one }) => control.exempt(one) === false),
);

describe('MC4, A10: every control × every other way in × form', () => {
  it.each(matrix.map((cell) => ({ ...cell, name: cell.control.name, place: cell.one.name })))(
    '$name: $place',
    async ({ control, one, index }) => {
      script = well;
      pieces = WELL;
      seen = [];
      await expect(control.holds(one, index)).resolves.toBeUndefined();
    },
  );

  it('has a row for every life that a request may have', () => {
    expect(Object.keys(casesOf).toSorted()).toEqual(Object.keys(lives).toSorted());
    expect(matrix.length).toBeGreaterThan(300);
  });

  it('has written down every request of a key', async () => {
    const rows = () => new Map(ledgerOf(gateway.databasePath).map((row) => [row['id'], row]));
    const missing = () => owed.filter(([id]) => !rows().has(id));
    // A thread writes rows in batches.
    await expect.poll(missing, { timeout: 10_000 }).toEqual([]);
    for (const [id, row] of owed) expect(rows().get(id)).toMatchObject(row);
    expect(owed.length).toBe(cases.length - 1);
  });
});
