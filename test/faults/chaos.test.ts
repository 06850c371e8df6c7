import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { chatConfig, KEY, ledgerOf, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate, type Process } from '../harness/process.ts';
import { answerJson, answerWell, Upstream, type Script } from '../harness/upstream.ts';

/**
 * A night's: CHAOS_STEPS=2000 CHAOS_SEED=7 npx vitest run test/faults/chaos.test.ts. The seed of a run
 * that failed is in its message.
 */
const STEPS = Number(process.env['CHAOS_STEPS'] ?? 12);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const CALLERS = 6;
const QUOTA_USD = 1000;

let state = SEED;
const random = (below: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};

it(`X33: all faults at once, seed ${SEED}`, { timeout: 60_000 + STEPS * 5000 }, async () => {
  const first = await Upstream.start('first', answerWell);
  const second = await Upstream.start('second', answerWell);
  const folder = temporaryFolder();
  const config = writeConfig(
    folder,
    chatConfig('openai-chat', [first, second], 'health: { rest: 200ms, maxRest: 400ms }')
      .replaceAll(
        'model: upstream-model }',
        'model: upstream-model, price: { input: 1, output: 10 } }',
      )
      .replace(
        `secret: ${KEY} }`,
        `secret: ${KEY}, limits: [{ cost: ${QUOTA_USD}, unit: USD, per: month }] }`,
      ),
  );
  const written = readFileSync(config, 'utf8');
  const store = join(folder, 'vitalgate.db');
  const start = async (): Promise<Process> => {
    const started = vitalgate(['start', '--config', config, '--log-level', 'silent']);
    await started.until(/^ready$/m);
    return started;
  };

  let gateway = await start();
  let kills = 0;
  const over = new AbortController();
  const completed = new Set<string>();
  const odd: string[] = [];

  const call = async (stream: boolean): Promise<void> => {
    const answer = await fetch(`${gateway.address('gateway')}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ model: 'chat', stream, messages: [] }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    const isWhole = answer.status === 200 && (!stream || text.endsWith('data: [DONE]\n\n'));
    if (isWhole) completed.add(answer.headers.get('x-request-id') ?? '');
    else if (answer.status === 500) odd.push(text);
  };
  const caller = async (stream: boolean): Promise<void> => {
    // While the process is gone nobody answers, and a call that was cut is none that was completed.
    while (!over.signal.aborted) {
      await call(stream).catch((error: Error) => {
        if (error.name === 'TimeoutError') odd.push('a call that hung');
      });
    }
  };
  const callers = Array.from({ length: CALLERS }, (_, i) => caller(i % 2 === 0));
  /** So many calls more reach a provider. */
  const pass = async (calls: number): Promise<void> => {
    for (let i = 0; i < calls; i += 1) await Promise.race([first.nextCall(), second.nextCall()]);
  };

  const busy: Script = (_received, response) => {
    response.setHeader('retry-after', '1');
    answerJson(response, 429, { error: { message: 'slow down', type: 'rate_limit_error' } });
  };
  const broken: Script = (_received, response) => answerJson(response, 500, {});
  const cut: Script = (_received, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices":[{"delta":{"content":"a"}}]}\n\n', () => response.destroy());
  };
  const hole: Script = () => new Promise(() => {});
  const limitFiles = (bytes: string) =>
    promisify(execFile)('prlimit', [`--pid=${gateway.child.pid ?? 0}`, `--fsize=${bytes}`]);

  const faults: Readonly<Record<string, () => Promise<void>>> = {
    async kill() {
      gateway.child.kill('SIGKILL');
      await gateway.ended;
      kills += 1;
      gateway = await start();
    },
    async 'store busy'() {
      const other = new DatabaseSync(store, { timeout: 5000 });
      other.exec('BEGIN IMMEDIATE');
      await pass(30);
      other.exec('ROLLBACK');
      other.close();
    },
    async 'disk full'() {
      await limitFiles('4096:unlimited');
      await pass(20);
      await limitFiles('unlimited:unlimited');
      // What waits in memory for room on the disk dies with the process: no kill before it is written.
      const before = [...completed];
      await vi.waitFor(
        () => {
          const known = new Set(ledgerOf(store).map(({ id }) => id));
          expect(before.filter((id) => !known.has(id))).toEqual([]);
        },
        { timeout: 10_000, interval: 100 },
      );
    },
    async 'broken reload'() {
      writeFileSync(config, `${written}\nnonsense: true\n`);
      gateway.child.kill('SIGHUP');
      await pass(20);
      writeFileSync(config, written);
      gateway.child.kill('SIGHUP');
    },
    ...Object.fromEntries(
      Object.entries({ busy, broken, cut, hole }).map(([name, script]) => [
        name,
        async () => {
          const sick = random(2) === 0 ? first : second;
          sick.script = script;
          await pass(15);
          sick.script = answerWell;
        },
      ]),
    ),
  };

  const history: string[] = [];
  const names = Object.keys(faults);
  for (let step = 0; step < STEPS; step += 1) {
    // Each comes before any comes again.
    const name = names.splice(random(names.length), 1)[0] ?? '';
    if (names.length === 0) names.push(...Object.keys(faults));
    history.push(name);
    await faults[name]?.();
    await pass(10);
  }
  over.abort();
  await Promise.all(callers);
  gateway.child.kill('SIGTERM');
  expect([history, (await gateway.ended).code]).toEqual([history, 0]);

  const rows = ledgerOf(store);
  const ids = new Set(rows.map(({ id }) => id));
  expect([SEED, history, odd]).toEqual([SEED, history, []]);
  expect(completed.size).toBeGreaterThan(STEPS * 5);
  expect(ids.size).toBe(rows.length);
  expect([...completed].filter((id) => !ids.has(id))).toEqual([]);
  // Each call of a provider is an attempt in a row; those that a kill cut have an estimate of one.
  const attempts = rows.reduce((sum, row) => sum + Number(row['attempts']), 0);
  const received = first.calls.length + second.calls.length;
  const interrupted = rows.filter(({ outcome }) => outcome === 'interrupted').length;
  expect(interrupted).toBeLessThanOrEqual(kills * CALLERS);
  expect(Math.abs(attempts - received)).toBeLessThanOrEqual(kills * CALLERS * 2);

  // Nobody's money is counted twice or not at all: what is left is the quota less the ledger's sum.
  const last = await start();
  const answer = await fetch(`${last.address('gateway')}/v1/models`, {
    headers: { authorization: `Bearer ${KEY}` },
  });
  const left = Number(/"cost";r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1]);
  const spent = ledgerOf(store).reduce((sum, { cost }) => sum + Number(cost ?? 0), 0);
  expect(left).toBe(Math.floor((QUOTA_USD * 1e9 - spent) / 1000));
  last.child.kill('SIGTERM');
  expect((await last.ended).code).toBe(0);
});
