import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { chatConfig, ledgerOf, post, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { vitalgate, type Process } from '../harness/process.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** How many calls at once want what is there for a hundred. */
const CALLERS = 1000;
const AFFORDED = 100;
/** Five tokens of an answer at a dollar each: what is reserved is what is used. */
const DOLLARS = 5;
/** Fifty are for a night: KILL_ROUNDS=50 npx vitest run test/faults/kill-budget.test.ts */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 1);

it(
  `MF1, MF10, MX1: ${CALLERS} calls at once spend a budget for ${AFFORDED} once, killed while they do`,
  { timeout: 3_600_000 },
  async () => {
    const upstream = await Upstream.start('only', async (received, response) => {
      // A provider takes its time, so that calls are under way when the end comes.
      await pause(5);
      await answerWell(received, response);
    });
    const folder = temporaryFolder();
    const keys = Array.from(
      { length: ROUNDS },
      (_, i) =>
        `  - { name: round-${i}, secret: secret-of-round-${i}, limits: [{ cost: ${AFFORDED * DOLLARS}, unit: USD, per: month }] }`,
    );
    const config = writeConfig(
      folder,
      chatConfig('openai-chat', [upstream], keys.join('\n'))
        .replace(
          'model: upstream-model }',
          'model: upstream-model, price: { input: 0, output: 1000000 } }',
        )
        .replace('total: 20s', 'total: 5m')
        .replaceAll(/(connect|firstToken|idle): 1s/g, '$1: 30s'),
    );
    const start = async (): Promise<Process> => {
      const started = vitalgate(['start', '--config', config, '--log-level', 'error']);
      await started.until(/^ready$/m);
      return started;
    };
    /** All at once; gives the ids of the answers that were whole, and what the others were told. */
    const ask = async (gateway: Process, round: number) => {
      const well: string[] = [];
      const refused: string[] = [];
      const url = gateway.address('gateway');
      const headers = { authorization: `Bearer secret-of-round-${round}` };
      const one = async (): Promise<void> => {
        const body = { model: 'chat', max_tokens: DOLLARS, user: `round-${round}`, messages: [] };
        try {
          const answer = await post(url, '/v1/chat/completions', body, headers);
          const text = await answer.text();
          if (answer.status === 200) well.push(answer.headers.get('x-request-id') ?? '');
          else refused.push(String(codeOf(JSON.parse(text) as Refusal)));
        } catch {
          // The process that was asked is gone.
        }
      };
      await Promise.all(Array.from({ length: CALLERS }, one));
      return { well, refused };
    };

    let state = 11;
    const random = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    let gateway = await start();
    for (let round = 0; round < ROUNDS; round += 1) {
      const sent = () =>
        upstream.calls.filter(({ body }) => body.includes(`"round-${round}"`)).length;
      const calling = ask(gateway, round);
      const enough = 1 + Math.floor(random() * (AFFORDED - 1));
      while (sent() < enough) await upstream.nextCall();
      gateway.child.kill('SIGKILL');
      await gateway.ended;
      const before = await calling;
      gateway = await start();
      process.stderr.write(process.env['KILL_ROUNDS'] === undefined ? '' : `${round} `);
      const after = await ask(gateway, round);
      expect([...new Set(after.refused)]).toEqual(['budget_exhausted']);
      expect(after.refused.length + after.well.length).toBe(CALLERS);

      const rows = () =>
        ledgerOf(join(folder, 'vitalgate.db')).filter(
          ({ key_id: key, attempts }) => key === `file:round-${round}` && Number(attempts) > 0,
        );
      const whole = [...before.well, ...after.well];
      await vi.waitFor(
        () => {
          const known = new Set(rows().map(({ id }) => id));
          expect(whole.filter((id) => !known.has(id))).toEqual([]);
        },
        { timeout: 30_000, interval: 200 },
      );
      // All of it is spent, and no more: those that were cut off stand at what they were to cost.
      const spent = rows();
      const cutOff = spent.filter(({ outcome }) => outcome === 'interrupted');
      expect([round, spent.length]).toEqual([round, AFFORDED]);
      expect(spent.reduce((sum, { cost }) => sum + Number(cost), 0)).toBe(AFFORDED * DOLLARS * 1e9);
      // What the provider wrote down is what the ledger has, but for calls that had not reached it.
      expect(sent()).toBeLessThanOrEqual(spent.length);
      expect(sent()).toBeGreaterThanOrEqual(spent.length - cutOff.length);
      upstream.received.length = 0;
    }
    gateway.child.kill('SIGTERM');
    expect((await gateway.ended).code).toBe(0);
  },
);
