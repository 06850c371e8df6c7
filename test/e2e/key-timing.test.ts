/**
 * B06: how long a wrong key takes says nothing of how much of it is right. `VITALGATE_TEST_TIMED=20000`
 * says how many requests are timed.
 */
import { createHash, randomInt } from 'node:crypto';
import { Agent, request } from 'node:http';
import { createKey, openStore } from '@vitalgate/gateway';
import { expect, it, onTestFinished } from 'vitest';
import { chatConfig, post, testGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const TIMED = Number(process.env['VITALGATE_TEST_TIMED'] ?? 2000);
const WARM_UP = 200;
/** Beyond, two means differ by more than chance: once in 150,000 runs of those that do not. */
const MOST_T = 4.5;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** A wrong key of the right shape, whose first `share` of characters is right. */
function wrong(secret: string, share: number): string {
  const right = secret.slice(3, 3 + Math.floor(32 * share));
  let random = right;
  while (random.length < 32) random += ALPHABET[randomInt(32)];
  // With a checksum that fits, or it would not even be looked for.
  const key = `vg_${random}${createHash('sha256').update(random).digest('hex').slice(0, 6)}`;
  // Two characters are guessed once in a thousand times.
  return key === secret ? wrong(secret, share) : key;
}

async function timed({ url }: TestGateway, agent: Agent, key: string): Promise<number> {
  const startedAt = process.hrtime.bigint();
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}` };
    const asking = request(`${url}/v1/models`, { agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    asking.once('error', reject).end();
  });
  const ns = Number(process.hrtime.bigint() - startedAt);
  if (status !== 401) throw new TypeError(`found ${status}, expected 401`);
  return ns;
}

/** Welch's t of two samples, without the slow tenth of each that the machine is to blame for. */
function welch(a: readonly number[], b: readonly number[]): number {
  const [one, other] = [a, b].map((sample) => {
    const kept = sample.toSorted((x, y) => x - y).slice(0, Math.floor(sample.length * 0.9));
    const mean = kept.reduce((sum, x) => sum + x, 0) / kept.length;
    const variance = kept.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (kept.length - 1);
    return { mean, error: variance / kept.length };
  });
  if (one === undefined || other === undefined) return Number.NaN;
  return (one.mean - other.mean) / Math.sqrt(one.error + other.error);
}

it('takes as long with half of a key, or nearly all of it, as with none', async () => {
  const upstream = await Upstream.start('only', answerWell);
  const gateway = await testGateway({
    config: `${chatConfig('openai-chat', [upstream])}access: { wrongKeys: 1000000 }\n`,
  });
  const store = await openStore(`sqlite:${gateway.databasePath}`);
  onTestFinished(() => store.close());
  const { secret } = await createKey(store, 'timed', Date.now());
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  await expect
    .poll(async () => {
      const headers = { authorization: `Bearer ${secret}` };
      return (await fetch(`${gateway.url}/v1/models`, { headers })).status;
    })
    .toBe(200);

  // All made before the first is timed: what makes them must not be what is measured.
  const shares = [0, 0.5, 0.95];
  const classes = [...shares, 'unknown' as const];
  const stranger = wrong(secret, 0);
  const keys = Array.from({ length: WARM_UP + TIMED }, () => {
    const one = classes[randomInt(classes.length)] ?? 'unknown';
    return { one, key: one === 'unknown' ? wrong(stranger, 0.5) : wrong(secret, one) };
  });
  const samples = new Map(classes.map((one) => [one, [] as number[]] as const));
  for (const [i, { one, key }] of keys.entries()) {
    const took = await timed(gateway, agent, key);
    if (i >= WARM_UP) samples.get(one)?.push(took);
  }
  for (const share of shares) {
    const t = welch(samples.get(share) ?? [], samples.get('unknown') ?? []);
    expect([share, Math.abs(t) < MOST_T, t]).toEqual([share, true, expect.any(Number)]);
  }
});

it('is answered the same however long it is', async () => {
  const upstream = await Upstream.start('only', answerWell);
  const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
  const bodies = new Set<string>();
  for (const length of [1, 7, 8, 31, 32, 33, 41, 64, 1000, 8000]) {
    const headers = { authorization: `Bearer ${'x'.repeat(length)}` };
    const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' }, headers);
    expect([length, answer.status]).toEqual([length, 401]);
    bodies.add(await answer.text());
  }
  expect(bodies.size).toBe(1);
});
