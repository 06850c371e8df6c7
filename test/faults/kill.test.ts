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

describe('kill -9 under load', () => {
  it('loses no answer that was completed', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const folder = temporaryFolder();
    const config = writeConfig(folder, chatConfig('openai-chat', [upstream]));
    const random = numbers(7);
    const completed = new Set<string>();

    const start = async (): Promise<Process> => {
      const started = vitalgate(['start', '--config', config, '--log-level', 'error']);
      await started.until(/^ready$/m);
      return started;
    };

    for (let round = 0; round < 4; round += 1) {
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

    // The next start finds what the killed ones had not moved yet.
    const last = await start();
    last.child.kill('SIGTERM');
    expect((await last.ended).code).toBe(0);

    const rows = ledgerOf(join(folder, 'vitalgate.db'));
    const known = new Map(rows.map((row) => [row['id'], row]));
    expect(completed.size).toBeGreaterThan(200);
    expect([...completed].filter((id) => !known.has(id))).toEqual([]);
    expect(known.size).toBe(rows.length);
    expect(
      rows.every(({ outcome, input_tokens: input }) => outcome !== 'completed' || input === 7),
    ).toBe(true);
  });
});
