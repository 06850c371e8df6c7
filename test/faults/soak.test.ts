import { readdirSync, readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { chatConfig, KEY, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';
import { answerJson, answerWell, chatEvents, Upstream } from '../harness/upstream.ts';

/**
 * Calls of which three in ten are left by their caller and one in ten fails at its provider, with
 * reloads between them. Two hours: SOAK_CALLS=360000 npx vitest run test/faults/soak.test.ts
 */
const CALLS = Number(process.env['SOAK_CALLS'] ?? 400);
/** A sample is taken after each; what code and caches need at first is there after the first of them. */
const ROUNDS = Math.min(60, Math.max(8, Math.round(CALLS / 1000)));
const WARM = Math.ceil(ROUNDS / 4);
const AT_ONCE = 10;
/** Connections are kept for the next call: to each caller, and to the provider. */
const KEPT = 2 * AT_ONCE + 5;

/**
 * By how much memory may grow from the first sample after the warm-up to the last, along the straight
 * line that fits all of them best, in MiB. Of the heap, with all garbage collected, it is the same for
 * a short run and a long one: two hours may leave what two minutes may.
 */
const MOST_GROWN = { heap: 2, resident: 30 };

/** A configuration that is kept when another has taken its place is not to be overlooked. */
const models = Array.from(
  { length: 400 },
  (_, n) => `  - { name: other-${n}, targets: [{ provider: only, model: upstream-${n} }] }\n`,
).join('');

/** Collects garbage when it is told to, and says what is left. */
const TELL_HEAP = `data:text/javascript,${encodeURIComponent(`
  process.on('SIGWINCH', () => {
    for (let i = 0; i < 3; i += 1) gc();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    process.stderr.write('heap ' + (heapUsed + external + arrayBuffers) + '\\n');
  });
`)}`;

/** Of the line that fits these best (least squares), by how much it rises from the first to the last. */
function growthOf(samples: readonly number[]): number {
  const middle = (samples.length - 1) / 2;
  const mean = samples.reduce((sum, one) => sum + one, 0) / samples.length;
  const rise = samples.reduce((sum, one, at) => sum + (at - middle) * (one - mean), 0);
  const run = samples.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  return (rise / run) * (samples.length - 1);
}

it('X22: a long run leaves nothing behind', { timeout: 120_000 + CALLS * 100 }, async () => {
  const upstream = await Upstream.start('only', (received, response) => {
    if (received.body.includes('fail')) return answerJson(response, 500, {});
    if (!received.body.includes('leave')) return answerWell(received, response);
    // Its caller leaves before there is more of it.
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chatEvents.slice(0, 2).join(''));
  });
  const config = writeConfig(
    temporaryFolder(),
    chatConfig('openai-chat', [upstream], 'health: { fall: 100 }')
      .replace('idle: 1s', 'idle: 20s')
      .replace('keys:', `${models}keys:`),
  );
  const gateway = vitalgate(['start', '--config', config, '--log-level', 'error'], {}, [
    '--max-old-space-size=256',
    '--expose-gc',
    '--import',
    TELL_HEAP,
  ]);
  await gateway.until(/^ready$/m);
  const url = gateway.address('gateway');

  const call = async (n: number): Promise<void> => {
    const content = n % 10 === 0 ? 'fail' : n % 10 < 4 ? 'leave' : 'stay';
    const leaving = new AbortController();
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ model: 'chat', stream: true, messages: [{ role: 'user', content }] }),
      signal: leaving.signal,
    });
    if (content === 'leave') leaving.abort();
    else await answer.text();
  };
  const { pid } = gateway.child;
  const metrics = async () => (await fetch(`${gateway.address('probes')}/metrics`)).text();
  const reloaded = async () =>
    Number(/^vitalgate_\S*reload\S* (\d+)/m.exec(await metrics())?.[1] ?? 0);
  const files = (): number => readdirSync(`/proc/${pid}/fd`).length;
  const measure = async (filesBefore = Infinity) => {
    // At rest: whoever left is forgotten, their sockets closed, and what is kept alive is all there is.
    await vi.waitFor(
      async () => {
        expect(/^vitalgate_requests_in_flight (\d+)/m.exec(await metrics())?.[1]).toBe('0');
        expect(files()).toBeLessThanOrEqual(filesBefore + KEPT);
      },
      { timeout: 10_000, interval: 50 },
    );
    const told = () => gateway.stderr.match(/^heap \d+$/gm) ?? [];
    const before = told().length;
    gateway.child.kill('SIGWINCH');
    await vi.waitFor(() => expect(told().length).toBeGreaterThan(before), 30_000);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      files: files(),
      heap: Number(told().at(-1)?.slice(5)) / 1024 ** 2,
      threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]),
      megabytes: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024,
    };
  };

  const fresh = await measure();
  const seen: Awaited<ReturnType<typeof measure>>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let done = 0; done < CALLS / ROUNDS; done += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => call(n)));
    }
    const reloads = await reloaded();
    gateway.child.kill('SIGHUP');
    await vi.waitFor(async () => expect(await reloaded()).toBe(reloads + 1), 10_000);
    seen.push(await measure(fresh.files));
  }
  for (const one of seen) {
    expect([one, fresh, one.threads <= fresh.threads + 4]).toEqual([one, fresh, true]);
    // A heap of at most 256 MiB, and what lies beside it, however long it runs.
    expect(one.megabytes).toBeLessThan(450);
  }
  const warm = seen.slice(WARM);
  const grown = {
    heap: growthOf(warm.map(({ heap }) => heap)),
    resident: growthOf(warm.map(({ megabytes }) => megabytes)),
  };
  const thousands = ((warm.length - 1) * CALLS) / ROUNDS / 1000;
  const perThousand = (mib: number) => `${(mib / thousands).toFixed(3)} MiB per 1,000 calls`;
  process.stdout.write(
    `heap after collection ${perThousand(grown.heap)}, resident ${perThousand(grown.resident)}\n`,
  );
  expect([grown, warm, grown.heap < MOST_GROWN.heap]).toEqual([grown, warm, true]);
  expect([grown, warm, grown.resident < MOST_GROWN.resident]).toEqual([grown, warm, true]);
  gateway.child.kill('SIGTERM');
  expect((await gateway.ended).code).toBe(0);
});
