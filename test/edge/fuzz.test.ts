import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routeTable } from '../../packages/gateway/src/server/routes.ts';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { asking, everyDialect, saying } from '../harness/speaker.ts';
import { Upstream } from '../harness/upstream.ts';

/**
 * Requests that were well, and had something changed, by chance that is the same in every run. More of
 * it: FUZZ_ROUNDS=200 FUZZ_SEED=7 npx vitest run test/edge/fuzz.test.ts
 */
const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 2);
let state = Number(process.env['FUZZ_SEED'] ?? 1);
const random = (below: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const one = <Item>(items: readonly Item[]): Item => items[random(items.length)] as Item;

let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await Upstream.shared(
    'any',
    saying(() => ({ pieces: ['all ', 'is ', 'well'] })),
  );
  gateway = await sharedGateway({
    config: everyDialect(
      upstream.url,
      `health: { fall: 100 }
server: { headerTimeout: 1s, bodyTimeout: 1s }
guardrails: [{ name: watched, detect: [pii, secrets, attacks], action: flag }]
keys: [{ name: client, secret: ${KEY} }]
`,
    ),
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const routes = routeTable.filter(({ method }) => method === 'POST');

const values: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  2 ** 53 + 1,
  1.5,
  '',
  '12',
  'NaN',
  [],
  {},
  [[[]]],
  [null],
  { __proto__: null, constructor: 1 },
  '\u0000',
  '\ud800',
  '\u202e<script>',
  'a'.repeat(5000),
];

/** Something in it is another thing, is gone, or is there twice over. */
function changed(value: unknown): unknown {
  if (random(6) === 0) return one(values);
  if (Array.isArray(value)) {
    const items = [...(value as unknown[])];
    const at = random(items.length + 1);
    if (random(3) === 0) return [...items, ...items];
    items[at] = changed(items[at] ?? null);
    return items;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value);
    const at = random(fields.length + 1);
    const [name] = fields[at] ?? [one(['n', 'max_tokens', 'tools', 'stream', 'x', '__proto__'])];
    const kept = fields.filter(([other]) => other !== name);
    const before = fields[at]?.[1] as unknown;
    return random(4) === 0
      ? Object.fromEntries(kept)
      : Object.fromEntries([...kept, [name, changed(before)]]);
  }
  return one(values);
}

describe('E11: bodies that are nearly right', () => {
  it.each([...new Set(routes.map(({ dialect = '', operation }) => `${dialect} ${operation}`))])(
    '%s: no error of ours, and each refusal says which',
    async (what) => {
      const entries = routes.filter(({ dialect, operation }) => `${dialect} ${operation}` === what);
      for (let i = 0; i < ROUNDS * 10; i += 1) {
        const { path, dialect = 'openai-chat', operation } = one(entries);
        let body: unknown = asking(dialect, operation, 'hello', random(2) === 0);
        for (let times = 1 + random(3); times > 0; times -= 1) body = changed(body);
        const answer = await fetch(gateway.url + path.replace('{model}', 'chat'), {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
          body: JSON.stringify(body) ?? 'undefined',
        });
        const told = await answer.text();
        const seen = [what, JSON.stringify(body).slice(0, 300), answer.status];
        // 502 and 503 are about the provider, which says the same whatever it is asked.
        expect([...seen, answer.status === 500]).toEqual([...seen, false]);
        if (answer.status < 400) continue;
        expect(() => JSON.parse(told) as unknown).not.toThrow();
        // Where it happened, and in whose words, is for the log (L04).
        expect(told).not.toMatch(/\bat .*:\d+:\d+|\.ts\b|node:|SQLITE|\bselect\b.*\bfrom\b/i);
        expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
      }
    },
  );
});

describe('E12: bytes that are nearly right', () => {
  const whole = (): Buffer => {
    const { path, dialect = 'openai-chat', operation } = one(routes);
    const body = JSON.stringify(asking(dialect, operation, 'hello', random(2) === 0));
    return Buffer.from(
      `POST ${path.replace('{model}', 'chat')} HTTP/1.1\r\nHost: gateway.test\r\n` +
        `Authorization: Bearer ${KEY}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  };
  const broken = (bytes: Buffer): Buffer => {
    const at = random(bytes.length);
    switch (random(4)) {
      case 0:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(8))]);
      case 1:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(at + 1))]);
      case 2:
        return bytes.subarray(0, at);
      default: {
        const copy = Buffer.from(bytes);
        for (let i = 0; i <= random(4); i += 1) copy[random(copy.length)] = random(256);
        return copy;
      }
    }
  };
  const exchange = (bytes: Buffer): Promise<string> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(gateway.url);
      const socket = connect(Number(port), hostname);
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString('latin1')));
      socket.on('error', () => resolve(text));
      socket.on('close', () => resolve(text));
      // One of which the rest never comes is cut off; one whose connection stays open was answered.
      socket.setTimeout(4000, () => socket.destroy());
      socket.write(bytes);
    });

  it('are answered or refused, and harm nobody', { timeout: 120_000 }, async () => {
    const requests = Array.from({ length: ROUNDS * 100 }, () => broken(whole()));
    for (let at = 0; at < requests.length; at += 200) {
      const answers = await Promise.all(requests.slice(at, at + 200).map(exchange));
      for (const answer of answers) expect(answer).not.toMatch(/^HTTP\/1\.1 500/);
    }
    const next = await exchange(whole());
    expect(next).toMatch(/^HTTP\/1\.1 (?:200|404|501|502)/);
    expect(gateway.logged.join('')).not.toContain('a defect of the gateway');
  });
});
