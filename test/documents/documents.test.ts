import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPage } from '../harness/console.ts';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerJson, Upstream } from '../harness/upstream.ts';

type Json = Readonly<Record<string, unknown>>;
interface Document {
  readonly openapi: string;
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: Readonly<Record<string, Json>>;
}

const ORDERS = `
openapi: 3.0.3
info: { title: Orders, version: "1" }
servers: [{ url: https://orders.example.com/v2 }]
security: [{ basic: [] }]
paths:
  /orders/{id}:
    parameters: [{ $ref: "#/components/parameters/Id" }]
    get:
      operationId: getOrder
      summary: One order
      responses: { "200": { description: It, content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } } } }
    delete: { responses: { "204": { description: Gone } } }
  /orders:
    post:
      operationId: addOrder
      requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } } }
      responses: { "201": { description: Made } }
  /elsewhere: { get: { responses: { "200": { description: Not reached } } } }
components:
  parameters: { Id: { name: id, in: path, required: true, schema: { type: integer } } }
  schemas: { Order: { type: object, properties: { note: { type: string, nullable: true }, next: { $ref: "#/components/schemas/Order" } } } }
  securitySchemes: { basic: { type: http, scheme: basic } }
`;

let upstream: Upstream;
let gateway: TestGateway;
const folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));

beforeAll(async () => {
  upstream = await Upstream.shared('any', (_received, response) => answerJson(response, 200, {}));
  const file = join(folder, 'orders.yaml');
  writeFileSync(file, ORDERS);
  gateway = await sharedGateway({
    config: `
documents: { enabled: true, title: The <b>shop</b>, description: What there is. }
providers:
  - { name: openai, dialect: openai-chat, baseUrl: "${upstream.url}", private: true, credentials: [{ name: main, value: of-openai }] }
models:
  - { name: chat, targets: [{ provider: openai, model: m }] }
  - { name: secret, targets: [{ provider: openai, model: n }] }
prompts:
  - { name: sum, path: [/sum, /v1/sum], model: chat, prompt: "{{text}}", description: Sums up., variables: { text: { type: string } }, output: { type: object, properties: { sum: { type: string } } }, formats: [json, xml] }
  - { name: hidden, path: /hidden, model: secret, prompt: hello }
apis:
  - name: shop
    path: /shops/{shop}/orders
    rewrite: /v2/orders
    methods: [GET, POST]
    private: true
    upstreams: ["${upstream.url}"]
    openapi: { document: ${file} }
    formats: { upstream: json, offered: [json, xml] }
  - { name: files, path: /files, private: true, upstreams: ["${upstream.url}"], methods: [GET] }
  - { name: docs, path: /docs, private: true, upstreams: ["${upstream.url}"] }
keys:
  - { name: client, secret: ${KEY} }
  - { name: some, secret: key-of-some, models: [chat], apis: [shop] }
  - { name: limited, secret: key-of-limited, limits: [{ requests: 1, per: 1h }] }
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  rmSync(folder, { recursive: true });
});

const read = async (key: string) => {
  const answer = await fetch(`${gateway.url}/openapi.json`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return (await answer.json()) as Document;
};

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((one) => one !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${path}`),
  );

describe('the document of what a key may call', () => {
  it('has models, prompts and APIs, each where it is called', async () => {
    const document = await read(KEY);
    expect(document.openapi).toBe('3.1.1');
    expect(document.tags.map(({ name }) => name)).toEqual([
      'models',
      'prompts',
      'shop',
      'files',
      'docs',
    ]);
    expect(operationsOf(document)).toEqual(
      expect.arrayContaining([
        'POST /v1/chat/completions',
        'POST /v1beta/models/{model}:generateContent',
        'GET /v1/models',
        'POST /sum',
        'POST /v1/sum',
        'POST /hidden',
        'GET /shops/{shop}/orders/{id}',
        'POST /shops/{shop}/orders',
        'GET /files',
        'GET /files/{path}',
      ]),
    );
    expect(operationsOf(document)).not.toContain('DELETE /shops/{shop}/orders/{id}');
    expect(JSON.stringify(document.paths)).not.toContain('elsewhere');
  });

  it('has for each key what that key may', async () => {
    const document = await read('key-of-some');
    const paths = operationsOf(document).join('\n');
    expect(paths).toContain('/shops/');
    expect(paths).not.toMatch(/files|hidden/);
    expect(JSON.stringify(document)).not.toContain('secret');
    expect(document.tags.map(({ name }) => name)).toEqual(['models', 'prompts', 'shop']);
  });

  it('refers to nothing that is not in it, and calls nothing twice by one name', async () => {
    const document = await read(KEY);
    const text = JSON.stringify(document);
    for (const [, section = '', name = ''] of text.matchAll(
      /"\$ref":"#\/components\/([\w-]+)\/([^"/]+)"/g,
    )) {
      expect(document.components[section]).toHaveProperty([name]);
    }
    expect(text.match(/"\$ref":"(?!#\/components\/)/)).toBeNull();
    const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g)) {
        const told = JSON.stringify(item);
        expect(told.includes(`"name":"${name}"`) || told.includes('parameters/shop.Id')).toBe(true);
      }
    }
  });

  it('tells bodies in every format that is offered, in the words of 3.1', async () => {
    const { paths, components } = await read(KEY);
    const post = paths['/shops/{shop}/orders']?.['post'] as unknown as {
      requestBody: { content: Json };
      parameters: readonly Json[];
    };
    expect(Object.keys(post.requestBody.content)).toEqual(['application/json', 'application/xml']);
    expect(post.parameters).toMatchObject([{ name: 'shop', in: 'path', required: true }]);
    const order = components['schemas']?.['shop.Order'];
    expect(JSON.stringify(order)).toContain('{"anyOf":[{"type":"string"},{"type":"null"}]}');
    const sum = paths['/sum']?.['post'] as unknown as { requestBody: { content: Json } };
    expect(sum.requestBody.content['application/xml']).toMatchObject({
      schema: { required: ['text'] },
    });
  });

  it.each([
    ['/v1/embeddings', ['model', 'input']],
    ['/api/embeddings', ['model', 'prompt']],
    ['/api/show', ['model']],
    ['/v1beta/models/{model}:batchEmbedContents', ['requests']],
    ['/v1beta/models/{model}:countTokens', ['contents']],
    ['/model/{model}/count-tokens', ['input']],
    ['/v1/chat/completions', ['model', 'messages']],
  ])('says what %s has to be told', async (path, required) => {
    const post = (await read(KEY)).paths[path]?.['post'] as { requestBody: { content: Json } };
    expect(post.requestBody.content['application/json']).toMatchObject({ schema: { required } });
  });

  it('is for those with a key, within its limits', async () => {
    const nobody = await fetch(`${gateway.url}/openapi.json`);
    expect([nobody.status, nobody.headers.get('content-type')]).toEqual([
      401,
      'application/problem+json',
    ]);
    const headers = { authorization: 'Bearer key-of-limited' };
    await (await fetch(`${gateway.url}/openapi.json`, { headers })).arrayBuffer();
    expect((await fetch(`${gateway.url}/openapi.json`, { headers })).status).toBe(429);
    const posted = await fetch(`${gateway.url}/openapi.json`, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('the page of it', () => {
  it('shows in a browser what the key may call, with nothing from elsewhere', async () => {
    const browser = await launchBrowser();
    try {
      const { page, wrongs } = await openPage(browser);
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.goto(`${gateway.url}/docs`);
      await page.getByText('Enter a key of this gateway.').waitFor();
      await page.getByLabel('Key').fill(KEY);
      await page.getByRole('button').click();
      await page.getByRole('heading', { name: 'The <b>shop</b>' }).waitFor();
      await page.getByText('/shops/{shop}/orders/{id}').click();
      await page.getByText('One order').waitFor();
      expect(await page.locator('section').count()).toBe(5);
      expect(asked.every((url) => url.startsWith(gateway.url))).toBe(true);
      expect(asked.join(' ')).not.toContain(KEY);
      // The first look is without a key, which the browser writes down.
      expect(wrongs.filter((one) => !one.includes('401'))).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('lets nothing run but its own script, and leaves its other paths to others', async () => {
    const page = await fetch(`${gateway.url}/docs`);
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(await page.text()).not.toMatch(/https?:|<script>|style=|\son\w+=/);
    const headers = { authorization: `Bearer ${KEY}` };
    const other = await fetch(`${gateway.url}/docs/guide`, { headers });
    expect(other.headers.get('x-vitalgate-target')).toBe('docs/1');
  });
});
