import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  chatConfig,
  KEY,
  ledgerOf,
  post,
  temporaryFolder,
  writeConfig,
} from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

const PATH = '/v1/chat/completions';
const CALL = 7 * 1000 + 5 * 10_000;

describe('workers', () => {
  it('keep limits together, count together, rest targets together, and are replaced when they die', async () => {
    const sick = await Upstream.start('sick', (_, response) => {
      response.writeHead(500).end();
    });
    const well = await Upstream.start('well', answerWell);
    const folder = temporaryFolder();
    const budget = `[{ cost: ${(CALL * 30) / 1e9}, unit: USD, per: month }]`;
    const config = writeConfig(
      folder,
      `workers: 3\n${chatConfig('openai-chat', [sick, well])
        .replace(/timeouts: .*/, '')
        .replaceAll(
          'model: upstream-model }',
          'model: upstream-model, price: { input: 1, output: 10 } }',
        )
        .replace(`secret: ${KEY} }`, `secret: ${KEY}, limits: ${budget} }`)}
  - { name: free, secret: a-key-without-limits }`,
    );
    const gateway = vitalgate(['start', '--config', config, '--log-level', 'warn']);
    await gateway.until(/^ready$/m);
    const url = gateway.address('gateway');
    const ask = (secret: string) =>
      post(url, PATH, { model: 'chat', max_tokens: 5 }, { authorization: `Bearer ${secret}` });

    const statuses = await Promise.all(
      Array.from({ length: 80 }, async () => {
        const answer = await ask(KEY);
        await answer.text();
        return answer.status;
      }),
    );
    let last = 200;
    while (last === 200) {
      const answer = await ask(KEY);
      await answer.text();
      last = answer.status;
    }
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(well.calls.length).toBeLessThanOrEqual(30);
    expect(well.calls.length).toBeGreaterThanOrEqual(28);

    // What one has seen of a target all know.
    const known = sick.calls.length;
    for (let i = 0; i < 12; i += 1) {
      const answer = await ask('a-key-without-limits');
      expect(answer.headers.get('x-vitalgate-target')).toBe('well/upstream-model');
      await answer.text();
    }
    expect(sick.calls.length - known).toBeLessThanOrEqual(3);

    // The first tells what all have counted, a second late at most.
    const answered = well.calls.length;
    const counted = async () => {
      const text = await (await fetch(`${gateway.address('probes')}/metrics`)).text();
      const lines = [...text.matchAll(/^vitalgate_requests_total\{.*status="200".*\} (\d+)$/gm)];
      return lines.reduce((all, [, count]) => all + Number(count), 0);
    };
    await until(counted, (sum) => sum === answered);

    const { pid = 0 } = gateway.child;
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    expect(pids).toHaveLength(3);
    process.kill(Number(pids[2]), 'SIGKILL');
    let failed = 0;
    for (let i = 0; i < 30; i += 1) {
      const status = await ask('a-key-without-limits').then(
        async (answer) => (await answer.text()) && answer.status,
        () => 0,
      );
      if (status !== 200) failed += 1;
    }
    // Connections that it had are gone; new ones go to those that live.
    expect(failed).toBeLessThanOrEqual(5);

    gateway.child.kill('SIGTERM');
    const { code, stdout } = await gateway.ended;
    expect([code, stdout.match(/^stopped$/gm)?.length]).toEqual([0, 1]);
    const rows = ledgerOf(`${folder}/vitalgate.db`);
    const paid = rows.filter(({ outcome }) => outcome === 'completed');
    expect(paid).toHaveLength(well.calls.length);
  });

  it('say a mistake once and end with its code', async () => {
    const folder = temporaryFolder();
    const config = writeConfig(folder, 'workers: 2\nkeys: [{ name: k, secret: x }]');
    const { code, stderr } = await vitalgate(['start', '--config', config]).ended;
    expect(code).toBe(2);
    expect(stderr.match(/at least 8 characters/g)).toHaveLength(1);
  });
});
