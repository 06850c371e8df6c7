/** A provider that takes requests and answers none of them. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { chatConfig, KEY, ledgerOf, post, testGateway } from '../harness/gateway.ts';
import { until } from '../harness/until.ts';
import { answerWell, Upstream, type Script } from '../harness/upstream.ts';

/** Longer than any test may take: who is served was not kept until then. */
const TIMEOUTS = 'timeouts: { connect: 20s, firstToken: 5m, idle: 20s, total: 10m }';
const config = (upstreams: readonly Upstream[]) =>
  `health: { rest: 1s, maxRest: 1s }\n${chatConfig('openai-chat', upstreams).replace(/timeouts: .*/, TIMEOUTS)}`;

const hangs: Script = () => undefined;
const ask = (url: string, stream = false) =>
  post(url, '/v1/chat/completions', { model: 'chat', stream, messages: [] });

const stateOf = async (url: string): Promise<string> => {
  const headers = { authorization: `Bearer ${KEY}` };
  return (await fetch(`${url}/health/models/chat`, { headers })).text();
};

/** What became of some calls at once: status, and who served them. */
async function served(url: string, count: number, stream: boolean): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => ask(url, stream)));
  return Promise.all(
    answers.map(async (answer) => {
      await answer.text();
      return `${answer.status} ${answer.headers.get('x-vitalgate-target')}`;
    }),
  );
}

describe('a provider that falls silent', () => {
  it.each([false, true])('is left for another, streamed: %s', async (stream) => {
    const first = await Upstream.start('first', answerWell);
    const second = await Upstream.start('second', answerWell);
    const gateway = await testGateway({ config: config([first, second]) });
    expect(new Set(await served(gateway.url, 5, stream))).toEqual(
      new Set(['200 first/upstream-model']),
    );

    first.script = hangs;
    const asked = first.nextCall();
    expect(new Set(await served(gateway.url, 4, stream))).toEqual(
      new Set(['200 second/upstream-model']),
    );
    // Nobody waits for it any more, at either side.
    await (
      await asked
    ).left;
    await until(
      () => stateOf(gateway.url),
      (told) => told.includes('no_answer'),
    );

    // The trial after its rest is one request, which another serves as well.
    const before = first.calls.length;
    await until(
      async () => {
        const all = await served(gateway.url, 1, stream);
        expect(all).toEqual(['200 second/upstream-model']);
        return first.calls.length;
      },
      (calls) => calls > before,
    );
    first.script = answerWell;
    await until(
      () => served(gateway.url, 1, stream),
      ([one]) => one?.includes('first') === true,
    );
    await gateway.stop();
    const tried = ledgerOf(gateway.databasePath).map((row) => String(row['tried']));
    expect(tried.filter((one) => one.includes('no_answer')).length).toBeGreaterThanOrEqual(5);
  });

  it('that was only slower than ever is waited for; one caller was asked for twice', async () => {
    const first = await Upstream.start('first', answerWell);
    const second = await Upstream.start('second', hangs);
    const gateway = await testGateway({ config: config([first, second]) });
    await served(gateway.url, 3, false);
    const waiting: (() => unknown)[] = [];
    first.script = (received, response: ServerResponse) => {
      waiting.push(() => answerWell(received, response));
    };
    const doubted = second.nextCall();
    const all = served(gateway.url, 5, false);
    const { left } = await doubted;
    for (const answer of waiting) answer();
    expect(new Set(await all)).toEqual(new Set(['200 first/upstream-model']));
    await left;
    expect(second.calls).toHaveLength(1);
    expect(await stateOf(gateway.url)).not.toContain('no_answer');
  });

  it('is not said to be silent by a caller that leaves', async () => {
    const first = await Upstream.start('first', answerWell);
    const second = await Upstream.start('second', hangs);
    const gateway = await testGateway({ config: config([first, second]) });
    await served(gateway.url, 3, false);
    const waiting: (() => unknown)[] = [];
    first.script = (received, response: ServerResponse) => {
      waiting.push(() => answerWell(received, response));
    };
    const [oldest, doubted] = [first.nextCall(), second.nextCall()];
    const leaving = new AbortController();
    const leaver = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: '{"model":"chat","messages":[]}',
      signal: leaving.signal,
    });
    await oldest;
    const others = served(gateway.url, 4, false);
    const { left } = await doubted;
    const next = second.nextCall();
    leaving.abort();
    await expect(leaver).rejects.toThrow('aborted');
    await left;
    // Somebody else goes and looks in its place.
    await next;
    for (const answer of waiting) answer();
    expect(new Set(await others)).toEqual(new Set(['200 first/upstream-model']));
    expect(await stateOf(gateway.url)).not.toContain('no_answer');
  });

  it('is waited for where nobody else could be asked, and has not failed', async () => {
    const only = await Upstream.start('only', answerWell);
    const gateway = await testGateway({ config: config([only]) });
    await served(gateway.url, 3, false);
    const waiting: (() => unknown)[] = [];
    only.script = (received, response: ServerResponse) => {
      waiting.push(() => answerWell(received, response));
    };
    const began = performance.now();
    const all = served(gateway.url, 4, false);
    // Long after it would have been left for another.
    await until(
      () => performance.now() - began,
      (ms) => waiting.length === 4 && ms > 2000,
    );
    for (const answer of waiting) answer();
    expect(new Set(await all)).toEqual(new Set(['200 only/upstream-model']));
    expect(only.calls).toHaveLength(7);
    expect(await stateOf(gateway.url)).not.toContain('no_answer');
  });
});
