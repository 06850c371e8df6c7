import { createMock, type Mock } from '@vitalgate/contract/api/mock';
import {
  apiProblemKinds,
  endpoints,
  methodAndPath,
  type Endpoint,
  type EndpointKey,
} from '@vitalgate/contract/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sharedGateway, type TestGateway } from '../harness/gateway.ts';

/**
 * Every endpoint × input that nobody sends on purpose: told as a problem that the contract knows,
 * and by the contract's mock as by the gateway.
 */
const TOKEN = 'an-admin-token-of-32-characters-or-more';
/** A token has no profile, and ends no session; events go on. */
const keys = (Object.keys(endpoints) as EndpointKey[]).filter((key) => {
  const { tag } = endpoints[key];
  return tag !== 'profile' && tag !== 'events' && !/^DELETE \/api\/sessions?$/.test(key);
});

let gateway: TestGateway;
let mock: Mock;

beforeAll(async () => {
  gateway = await sharedGateway({
    config: `providers: [{ name: toy, dialect: simulator }]
models: [{ name: chat, targets: [{ provider: toy, model: toy-1 }] }]
`,
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  mock = createMock({ requests: 10, every: () => () => {} });
});
afterAll(() => gateway.stop());

interface Odd {
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** In place of what stands for the name or the number of something. */
  readonly name?: string;
}

/** What is told of it: the code of a problem, or that it was done. */
interface Told {
  readonly gateway: string;
  readonly mock: string;
}

async function ask(key: EndpointKey, odd: Odd): Promise<Told> {
  const { method, path } = methodAndPath(key);
  const { name = 'nothing', query = '', body } = odd;
  const url = path.replaceAll('{number}', '77').replaceAll(/\{\w+\}/g, name) + query;
  const headers = {
    'if-match': '"0"',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...odd.headers,
  };
  const init = { method, headers, ...(body !== undefined && { body }) };
  const real = await fetch(gateway.addresses.admin + url, {
    ...init,
    headers: { ...headers, authorization: `Bearer ${TOKEN}` },
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
  });
  return { gateway: await codeOf(real), mock: await codeOf(await mock.fetch(url, init)) };
}

async function codeOf(answer: Response): Promise<string> {
  const text = await answer.text();
  if (answer.status < 400) return 'done';
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const { code, status, detail } = JSON.parse(text) as Record<string, unknown>;
  expect(Object.keys(apiProblemKinds)).toContain(code);
  expect([status, detail]).toEqual([answer.status, expect.stringMatching(/\w/)]);
  return String(code);
}

const withBody = keys.filter((key) => (endpoints[key] as Endpoint).body !== undefined);
const withQuery = keys.filter((key) => (endpoints[key] as Endpoint).query !== undefined);
const named = keys.filter((key) => key.includes('{'));

it.each<[what: string, asked: readonly EndpointKey[], odd: Odd, code: string]>([
  [
    'values within values',
    withBody,
    { body: '['.repeat(90_000) + ']'.repeat(90_000) },
    'invalid_request',
  ],
  [
    '2 MB',
    withBody,
    { body: JSON.stringify({ name: 'x'.repeat(2_000_000) }) },
    'request_too_large',
  ],
  ['half an object', withBody, { body: '{"a":' }, 'invalid_request'],
  [
    'XML',
    withBody,
    { body: '<a/>', headers: { 'content-type': 'text/xml' } },
    'unsupported_media_type',
  ],
  ['an escape of no character', named, { name: '%E0%A4%A', body: '{}' }, 'invalid_request'],
  ['a NUL', named, { name: '%00', body: '{}' }, 'invalid_request'],
])('refuses %s wherever it is sent', async (_what, asked, odd, code) => {
  const { body, ...bare } = odd;
  const told: string[] = [];
  for (const key of asked) {
    // A GET has no body to send.
    const sent = key.startsWith('GET ') || body === undefined ? bare : { ...bare, body };
    const { gateway: one } = await ask(key, sent);
    // What is not served here does not look at it.
    if (one !== 'not_found') told.push(`${key}: ${one}`);
  }
  expect(told.length).toBeGreaterThan(20);
  expect(told.filter((one) => !one.endsWith(`: ${code}`))).toEqual([]);
});

it.each<[what: string, asked: readonly EndpointKey[], odd: Odd]>([
  ['a field that nobody knows', withBody, { body: '{"nothing":"of this name"}' }],
  ['nothing that it needs', withBody, { body: '{}' }],
  ['a list', withBody, { body: '[]' }],
  ['null', withBody, { body: 'null' }],
  ['a limit below zero', withQuery, { query: '?limit=-1' }],
  ['a limit that is a word', withQuery, { query: '?limit=many' }],
])('%s: the mock tells what the gateway does', async (_what, asked, odd) => {
  const apart: unknown[] = [];
  for (const key of asked) {
    const told = await ask(key, odd);
    if (told.gateway !== 'not_found' && told.gateway !== told.mock) apart.push([key, told]);
  }
  expect(apart).toEqual([]);
});

it.each(['a\u202eb', 'a\nb', '\u001b[31mred', 'a\u2028b'])(
  'takes no name like %j',
  async (name) => {
    const body = JSON.stringify({ name, role: 'viewer' });
    const told = await ask('POST /api/admin-tokens', { body });
    expect(told).toEqual({ gateway: 'invalid_request', mock: 'invalid_request' });
  },
);

it('takes a name once, as the mock does', async () => {
  const body = (more: object) => JSON.stringify({ name: 'twice', ...more });
  const made: [EndpointKey, string][] = [
    ['POST /api/teams', body({})],
    ['POST /api/keys', body({})],
    ['POST /api/providers', body({ dialect: 'simulator' })],
    ['POST /api/models', body({ targets: [{ provider: 'twice', model: 'm' }] })],
    ['POST /api/guardrails', body({ settings: { detect: 'pii', action: 'flag' } })],
    ['POST /api/users', body({ email: 'twice@example.com', role: 'viewer' })],
  ];
  for (const [key, sent] of made) {
    const told = [await ask(key, { body: sent }), await ask(key, { body: sent })];
    const both = (code: string) => ({ gateway: code, mock: code });
    expect([key, told]).toEqual([key, [both('done'), both('already_exists')]]);
  }
});
