/** A second target asked beside a slow one. */
import { describe, expect, it } from 'vitest';
import { chatConfig, KEY, ledgerOf, post, testGateway } from '../harness/gateway.ts';
import { answerJson, answerWell, Upstream } from '../harness/upstream.ts';

/** Two providers, of which the first never answers by itself. */
async function slowAndQuick(hedge: string) {
  const slow = await Upstream.start('slow', () => undefined);
  const quick = await Upstream.start('quick', answerWell);
  const config = chatConfig('openai-chat', [slow, quick]).replace(
    'timeouts: { connect: 1s, firstToken: 1s, idle: 1s, total: 20s }',
    `timeouts: { firstToken: 15s }\n    ${hedge}`,
  );
  const gateway = await testGateway({ config });
  const ask = (stream = false) =>
    post(gateway.url, '/v1/chat/completions', { model: 'chat', stream, messages: [] });
  return { slow, quick, gateway, ask };
}

describe('a hedged model', () => {
  it.each([true, false])(
    'takes the quicker answer and cancels the other (stream: %s)',
    async (stream) => {
      const { slow, ask, gateway } = await slowAndQuick('hedge: { after: 30ms, share: 1 }');
      const asked = slow.nextCall();
      const answer = await ask(stream);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain(stream ? '[DONE]' : 'hello');
      expect(answer.headers.get('x-vitalgate-target')).toBe('quick/upstream-model');
      expect(answer.headers.get('x-vitalgate-attempts')).toBe('2');
      await (
        await asked
      ).left;
      await gateway.stop();
      const [row] = ledgerOf(gateway.databasePath);
      expect(JSON.parse(String(row?.['tried']))).toMatchObject([
        { target: 'slow/upstream-model', reason: 'outrun' },
        { target: 'quick/upstream-model', reason: 'ok' },
      ]);
    },
  );

  it('waits for the other when the quicker one fails', async () => {
    const { slow, quick, ask } = await slowAndQuick('hedge: { after: 30ms, share: 1 }');
    slow.script = (received, response) => {
      quick.script = (_received, failing) => {
        answerJson(failing, 500, {});
        void answerWell(received, response);
      };
    };
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-vitalgate-target')).toBe('slow/upstream-model');
  });

  it('leaves both when its caller leaves', async () => {
    const { slow, quick, gateway } = await slowAndQuick('hedge: { after: 30ms, share: 1 }');
    quick.script = () => undefined;
    const calls = [slow.nextCall(), quick.nextCall()];
    const caller = new AbortController();
    const asked = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ model: 'chat', messages: [] }),
      signal: caller.signal,
    });
    const [one, other] = await Promise.all(calls);
    caller.abort();
    await expect(asked).rejects.toThrow('aborted');
    await Promise.all([one?.left, other?.left]);
  });

  it('asks twice for no more than its share of the requests', async () => {
    const { slow, quick, ask } = await slowAndQuick('hedge: { after: 30ms, share: 0.1 }');
    // Only hedges reach the quick one: the slow one answers whoever is still waiting in the end.
    const waiting: (() => void)[] = [];
    slow.script = (received, response) =>
      void waiting.push(() => void answerWell(received, response));
    const answers = Array.from({ length: 20 }, () => ask());
    while (waiting.length < 20) await slow.nextCall();
    await Promise.race(answers);
    for (const answer of waiting) answer();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(20).fill(200));
    // One is there to begin with, and twenty requests have paid for two more.
    expect(quick.calls.length).toBeLessThanOrEqual(3);
    expect(quick.calls.length).toBeGreaterThanOrEqual(1);
  });
});
