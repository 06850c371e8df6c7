import { describe, expect, it } from 'vitest';
import { chatConfig, KEY, post, testGateway, type TestGateway } from '../harness/gateway.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const QUOTA = 20;

const ask = (gateway: TestGateway, key: string, address = '192.0.2.1') =>
  post(
    gateway.url,
    '/v1/chat/completions',
    { model: 'chat' },
    { authorization: `Bearer ${key}`, 'x-forwarded-for': address },
  );

async function told(answer: Response): Promise<[number, string]> {
  const { status } = answer;
  const code = status === 200 ? 'ok' : codeOf((await answer.json()) as Refusal);
  return [status, String(code)];
}

async function guess(gateway: TestGateway, times: number, address?: string): Promise<string[]> {
  const codes: string[] = [];
  for (let i = 0; i < times; i += 1) {
    codes.push((await told(await ask(gateway, `wrong-${i}`, address)))[1]);
  }
  return codes;
}

async function started(clock?: ShiftedClock): Promise<[TestGateway, Upstream]> {
  const upstream = await Upstream.start('only', answerWell);
  const gateway = await testGateway({
    config: `${chatConfig('openai-chat', [upstream])}  - { name: short, secret: short-key }
  - { name: known, secret: known-key }
access: { wrongKeys: ${QUOTA}, trustedProxies: [127.0.0.1] }
`,
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
    ...(clock === undefined ? {} : { clock }),
  });
  return [gateway, upstream];
}

describe('guessing keys (MB7)', () => {
  it('has to wait after so many, and no good key does but one that could be guessed', async () => {
    const clock = new ShiftedClock();
    const [gateway, upstream] = await started(clock);
    expect(await told(await ask(gateway, 'known-key'))).toEqual([200, 'ok']);
    const codes = await guess(gateway, QUOTA + 2);
    expect(codes.slice(0, QUOTA)).toEqual(Array.from({ length: QUOTA }, () => 'invalid_key'));
    expect(codes.slice(QUOTA)).toEqual(['rate_limited', 'rate_limited']);

    const wrong = await ask(gateway, 'wrong-again');
    expect(Number(wrong.headers.get('retry-after'))).toBeGreaterThan(0);
    const lucky = await ask(gateway, 'short-key');
    const texts = await Promise.all([wrong.text(), lucky.text()]);
    // Nothing tells the lucky guess from the others.
    expect(lucky.status).toBe(429);
    const withoutId = texts.map((text) => text.replace(/req_[\w-]+/g, ''));
    expect(withoutId[1]).toBe(withoutId[0]);
    expect(upstream.calls).toHaveLength(1);

    for (const [key, address] of [
      [KEY, undefined],
      ['known-key', undefined],
      ['short-key', '192.0.2.2'],
    ] as const) {
      expect([key, ...(await told(await ask(gateway, key, address)))]).toEqual([key, 200, 'ok']);
    }
    expect(await guess(gateway, 1, '192.0.2.2')).toEqual(['invalid_key']);

    clock.forward(61_000);
    expect(await told(await ask(gateway, 'short-key'))).toEqual([200, 'ok']);
    expect(await guess(gateway, 1)).toEqual(['invalid_key']);
  });

  it('counts a network of IPv6 as one, and a mapped address as the one it is', async () => {
    const [gateway] = await started();
    for (let i = 0; i < QUOTA; i += 1) await guess(gateway, 1, `2001:db8::${i.toString(16)}`);
    expect(await guess(gateway, 1, '2001:db8::ffff')).toEqual(['rate_limited']);
    expect(await guess(gateway, 1, '2001:db8:0:1::1')).toEqual(['invalid_key']);
    await guess(gateway, QUOTA, '192.0.2.9');
    expect(await guess(gateway, 1, '::ffff:192.0.2.9')).toEqual(['rate_limited']);
  });

  it('counts what is tried at the health paths, and tells a lucky guess nothing there', async () => {
    const [gateway] = await started();
    const look = async (key: string): Promise<object> => {
      const answer = await fetch(`${gateway.url}/health`, { headers: { 'x-api-key': key } });
      expect(answer.status).toBe(200);
      return (await answer.json()) as object;
    };
    for (let i = 0; i < QUOTA; i += 1) await look(`wrong-${i}`);
    expect(await look('short-key')).not.toHaveProperty('dependencies');
    expect(await look(KEY)).toHaveProperty('dependencies');
  });

  it('is slowed down for admin tokens too, and the right one works', async () => {
    const [gateway] = await started();
    const look = (token: string) =>
      fetch(`${gateway.addresses.admin}/api/session`, {
        headers: { authorization: `Bearer ${token}` },
      });
    for (let i = 0; i < QUOTA; i += 1) expect((await look(`wrong-${i}`)).status).toBe(401);
    const refused = await look('wrong-again');
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'too_many_attempts' });
    expect((await look(TOKEN)).status).toBe(200);
  });
});
