import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawExchange } from '../apis/raw.ts';
import { chatConfig, KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** What is told to whom: to caches, to pages of other origins, and to the log. */
const ADMIN = 'an-admin-token-of-32-characters-or-more';
const BODY = '{"model":"chat","messages":[{"role":"user","content":"hi"}]}';

let gateway: TestGateway;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.shared('only', answerWell);
  gateway = await sharedGateway({
    config: chatConfig('openai-chat', [upstream]),
    environment: { VITALGATE_ADMIN_TOKEN: ADMIN },
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

describe('L03: what a caller says', () => {
  it('makes no line of the log, and no longer one', async () => {
    const odd = 'one\r\n{"level":"fatal"}\u001b[31m\u2028\u009b\u202e';
    const before = gateway.logged.length;
    for (const model of [odd, `only/${odd}`, 'x'.repeat(900_000)]) {
      const answer = await post(gateway.url, '/v1/chat/completions', { model, messages: [] });
      expect(answer.status).toBe(404);
      await answer.text();
    }
    const agent = 'User-Agent: \u009b31m{"level":"fatal"}';
    const paths = ['v1/chat/completions', encodeURIComponent(odd)];
    for (const path of paths) {
      const head = [
        `POST /${path} HTTP/1.1`,
        'Host: gateway.test',
        `Authorization: Bearer ${KEY}`,
        agent,
        'Content-Length: 0',
        'Connection: close',
      ];
      await rawExchange(gateway.url, `${head.join('\r\n')}\r\n\r\n`);
    }
    const lines = gateway.logged.slice(before);
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
      expect(line).toMatch(/^[^\p{Cc}\u2028\u202e]{1,8192}\n$/u);
    }
  });
});

describe('A22, A23: an answer to somebody', () => {
  it('is kept by nobody, wherever it is asked for', async () => {
    const places: readonly (readonly [string, RequestInit])[] = [
      [`${gateway.url}/v1/models`, {}],
      [`${gateway.url}/v1/models/chat`, {}],
      [`${gateway.url}/api/tags`, {}],
      [`${gateway.url}/health`, {}],
      [`${gateway.url}/openapi.json`, {}],
      [`${gateway.url}/v1/chat/completions`, { method: 'POST', body: BODY }],
      [`${gateway.url}/v1/chat/completions`, { method: 'POST', body: '{' }],
      ...['session', 'keys', 'requests', 'usage', 'openapi.json', 'nothing'].map(
        (path) => [`${gateway.addresses.admin}/api/${path}`, {}] as const,
      ),
    ];
    for (const [url, init] of places) {
      const key = url.startsWith(gateway.url) ? KEY : ADMIN;
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const answer = await fetch(url, { ...init, headers });
      await answer.text();
      expect([url, answer.headers.get('cache-control')]).toEqual([url, 'no-store']);
    }
  });

  it('goes to no page of another origin', async () => {
    const asked = [`${gateway.url}/v1/models`, `${gateway.addresses.admin}/api/session`];
    for (const url of asked) {
      for (const origin of ['https://evil.test', 'null', 'https://console.evil', `${url}.evil`]) {
        for (const method of ['GET', 'POST', 'OPTIONS']) {
          const preflight = { 'access-control-request-method': 'POST' };
          const { headers } = await fetch(url, { method, headers: { origin, ...preflight } });
          const told = [...headers.keys()].filter((name) => name.startsWith('access-control'));
          expect([url, origin, method, told]).toEqual([url, origin, method, []]);
        }
      }
    }
  });
});
