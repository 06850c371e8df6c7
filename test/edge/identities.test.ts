import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rate } from '../../packages/gateway/src/access/limits/rate.ts';
import { LimitStates } from '../../packages/gateway/src/access/limits/states.ts';
import { chatConfig, KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const address = (i: number): string =>
  `2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::1`;

describe('F05: identities without number', () => {
  let upstream: Upstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await Upstream.shared('only', answerWell);
    gateway = await sharedGateway({
      config: `${chatConfig('openai-chat', [upstream]).replace(
        `secret: ${KEY} }`,
        `secret: ${KEY}, limits: [{ requests: 2, per: 1h }] }`,
      )}
access: { trustedProxies: [127.0.0.1/32] }
limits: [{ requests: 1, per: 1h, by: address }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  const ask = async (from: string, key: string): Promise<number> => {
    const answer = await post(
      gateway.url,
      '/v1/chat/completions',
      { model: 'chat', messages: [] },
      { authorization: `Bearer ${key}`, 'x-forwarded-for': from },
    );
    await answer.text();
    return answer.status;
  };

  it('push no key out of its limit, and are limited each', async () => {
    expect(await ask('192.0.2.1', KEY)).toBe(200);
    for (let at = 0; at < 2000; at += 100) {
      const some = Array.from({ length: 100 }, (_, i) => ask(address(at + i), `no-key-${at + i}`));
      expect(new Set(await Promise.all(some))).toEqual(new Set([401]));
    }
    expect(await ask('192.0.2.1', KEY)).toBe(429);
    expect(await ask('192.0.2.2', KEY)).toBe(200);
    expect(await ask('192.0.2.3', KEY)).toBe(429);
  });

  it('take less than 100 MB when they are a million, and real keys stay limited', () => {
    const states = new LimitStates();
    const window = 3_600_000;
    const make = (id: string) => () =>
      new Rate({ id, kind: 'requests', whose: id, label: '' }, 1, window);
    const at = { now: 0, wall: 0 };
    states.get('key', 1, make('key')).take(1, at);
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 1_000_000; i += 1) {
      const id = `all:/address:${address(i)}`;
      states.getPassing(id, 1, make(id)).take(1, at);
    }
    globalThis.gc?.();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6);
    expect([...states].length).toBeLessThanOrEqual(50_002);
    expect(states.get('key', 1, make('key')).wait(1, at)).toBeGreaterThan(0);
    // Those that came last are limited, too.
    const last = `all:/address:${address(999_999)}`;
    expect(states.getPassing(last, 1, make(last)).wait(1, at)).toBeGreaterThan(0);
  });
});
