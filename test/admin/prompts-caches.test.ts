import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';

/** What the console shows of prompts and of remembered answers. */
const ADMIN = 'an-admin-token-of-32-characters-or-more';
const config = `providers: [{ name: toy, dialect: simulator }]
models:
  - { name: chat, targets: [{ provider: toy, model: toy-1 }], cache: { ttl: 10m } }
  - { name: forgetful, targets: [{ provider: toy, model: toy-1 }] }
documents: { enabled: true }
prompts:
  - name: greet
    version: "2"
    path: [/greet, /v2/greet]
    model: forgetful
    system: A secret recipe.
    prompt: Greet {{who}}.
    variables: { who: { type: string, default: Ada } }
  - { name: greet, version: "1", path: /v1/greet, model: forgetful, prompt: "Hello" }
keys: [{ name: client, secret: ${KEY} }]
`;

let gateway: TestGateway;
let client: ApiClient;

beforeAll(async () => {
  gateway = await sharedGateway({ config, environment: { VITALGATE_ADMIN_TOKEN: ADMIN } });
  client = createClient({ baseUrl: gateway.addresses.admin, token: ADMIN });
});
afterAll(() => gateway.stop());

it('tells each version of a prompt as its callers are told, and never the prompt itself', async () => {
  const { items } = await client.call('GET /api/prompts');
  expect(items.map(({ id, paths }) => [id, paths])).toEqual([
    ['greet@2', ['/greet', '/v2/greet']],
    ['greet@1', ['/v1/greet']],
  ]);
  const headers = { authorization: `Bearer ${KEY}` };
  const document = await (await fetch(`${gateway.url}/openapi.json`, { headers })).json();
  const { paths } = document as { paths: Record<string, unknown> };
  for (const { openapi } of items) expect(paths).toMatchObject(openapi);
  expect(items[0]).toMatchObject({ input: { properties: { who: { default: 'Ada' } } } });
  expect(JSON.stringify(items)).not.toContain('secret recipe');
});

it('lets a prompt be tried from the console, as its callers call it', async () => {
  const told: string[] = [];
  const body = { path: '/greet', key: KEY, body: '{"who":"Grace"}' };
  await client.play({ body, signal: new AbortController().signal }, (event) => {
    if (event.name === 'head') told.push(String(event.data.status));
    if (event.name === 'piece') told.push(event.data.text);
  });
  expect(told[0]).toBe('200');
  expect(told.join('')).toContain('"text"');
});

it('counts what was remembered, and forgets it when told to', async () => {
  const ask = async () => {
    const call = { model: 'chat', messages: [{ role: 'user', content: 'hello' }] };
    const answer = await post(gateway.url, '/v1/chat/completions', call);
    await answer.text();
    return answer.headers.get('x-vitalgate-cache');
  };
  expect([await ask(), await ask(), await ask()]).toEqual(['miss', 'hit', 'hit']);
  const { items } = await client.call('GET /api/caches');
  expect(items).toMatchObject([
    { name: 'chat', kind: 'model', scope: 'key', ttlMs: 600_000, hits: 2, misses: 1, bypasses: 0 },
  ]);
  await client.call('DELETE /api/caches');
  expect([await ask(), await ask()]).toEqual(['miss', 'hit']);
});
