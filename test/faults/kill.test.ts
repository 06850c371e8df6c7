import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chatConfig, KEY, ledgerOf, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate, type Process } from '../harness/process.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** Numbers that look random and are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Calls without pause until the gateway is gone; gives the ids of the answers that completed. */
async function load(url: string, completed: Set<string>, streamed: boolean): Promise<void> {
  for (;;) {
    try {
      const answer = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
        body: JSON.stringify({ model: 'chat', stream: streamed, messages: [] }),
      });
      const text = await answer.text();
      if (streamed && !text.endsWith('data: [DONE]\n\n')) return;
      completed.add(answer.headers.get('x-request-id') ?? '');
    } catch {
      return;
    }
  }
}

const PRICE = 'price: { input: 1, output: 10 }';
const QUOTA_USD = 1000;

/** What is left of the key's budget, in billionths of a dollar, rounded down to millionths. */
async function left(url: string): Promise<number> {
  const answer = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${KEY}` } });
  const found = /"cost";r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1];
  return Number(found) * 1000;
}

describe.each(['normal', 'full'])('kill -9 under load, with durability: %s', (durability) => {
  it(
    'loses no call that was sent, and no answer that was completed',
    { timeout: 1_800_000 },
    async () => {
      const upstream = await Upstream.start('only', answerWell);
      const folder = temporaryFolder();
      const config = writeConfig(
        folder,
        `durability: ${durability}\n${chatConfig('openai-chat', [upstream])}`
          .replace('model: upstream-model }', `model: upstream-model, ${PRICE} }`)
          .replace(
            `secret: ${KEY} }`,
            `secret: ${KEY}, limits: [{ cost: ${QUOTA_USD}, unit: USD, per: month }] }`,
          ),
      );
      const random = numbers(7);
      const completed = new Set<string>();
      // Fifty are for a night: KILL_ROUNDS=50 npx vitest run test/faults/kill.test.ts
      const rounds = Number(process.env['KILL_ROUNDS'] ?? (durability === 'full' ? 2 : 4));

      const start = async (): Promise<Process> => {
        const started = vitalgate(['start', '--config', config, '--log-level', 'error']);
        await started.until(/^ready$/m);
        return started;
      };

      for (let round = 0; round < rounds; round += 1) {
        const gateway = await start();
        const callers = Array.from({ length: 8 }, (_, i) =>
          load(gateway.address('gateway'), completed, i % 2 === 0),
        );
        const enough = completed.size + 50 + Math.floor(random.next().value * 300);
        while (completed.size < enough) await upstream.nextCall();
        gateway.child.kill('SIGKILL');
        await gateway.ended;
        await Promise.all(callers);
      }

      // The next start finds what the killed ones had not moved yet, and goes on with what they spent.
      const last = await start();
      const remaining = await left(last.address('gateway'));
      last.child.kill('SIGTERM');
      expect((await last.ended).code).toBe(0);

      const rows = ledgerOf(join(folder, 'vitalgate.db'));
      const known = new Map(rows.map((row) => [row['id'], row]));
      expect(completed.size).toBeGreaterThan(100);
      expect([...completed].filter((id) => !known.has(id))).toEqual([]);
      expect(known.size).toBe(rows.length);
      expect(
        rows.every(({ outcome, input_tokens: input }) => outcome !== 'completed' || input === 7),
      ).toBe(true);

      // Each call that the provider received has one row. Those that were under way when the process
      // was killed are told as interrupted; some of them may not have reached it yet.
      const interrupted = rows.filter(({ outcome }) => outcome === 'interrupted');
      const sent = rows.filter(({ attempts }) => Number(attempts) > 0).length;
      expect(sent).toBeGreaterThanOrEqual(upstream.calls.length);
      expect(sent - interrupted.length).toBeLessThanOrEqual(upstream.calls.length);
      expect(interrupted.length).toBeLessThanOrEqual(rounds * 8);
      for (const row of interrupted) {
        expect(row).toMatchObject({ is_estimated: 1, reason: 'gateway_ended', currency: 'USD' });
        expect(row['cost']).toBeGreaterThan(10_000);
      }
      const spent = rows.reduce((sum, { cost }) => sum + Number(cost ?? 0), 0);
      expect(remaining).toBe(Math.floor((QUOTA_USD * 1e9 - spent) / 1000) * 1000);
    },
  );
});
