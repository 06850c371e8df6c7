import { copyFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import {
  chatConfig,
  KEY,
  ledgerOf,
  post,
  temporaryFolder,
  writeConfig,
} from '../harness/gateway.ts';
import { vitalgate, type Process } from '../harness/process.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const start = async (config: string): Promise<Process> => {
  const started = vitalgate(['start', '--config', config, '--log-level', 'error']);
  await started.until(/^ready$/m);
  return started;
};

async function call(gateway: Process): Promise<string> {
  const answer = await post(gateway.address('gateway'), '/v1/chat/completions', { model: 'chat' });
  await answer.text();
  expect(answer.status).toBe(200);
  return answer.headers.get('x-request-id') ?? '';
}

/** What the budget of the key has left, in millionths of a dollar. */
async function left(gateway: Process): Promise<number> {
  const url = `${gateway.address('gateway')}/v1/models`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${KEY}` } });
  return Number(/"cost";r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1]);
}

it('X32: an older copy of the store takes up a newer spool, once', async () => {
  const upstream = await Upstream.start('only', answerWell);
  const folder = temporaryFolder();
  const config = writeConfig(
    folder,
    chatConfig('openai-chat', [upstream])
      .replace(
        'model: upstream-model }',
        'model: upstream-model, price: { input: 1, output: 10 } }',
      )
      .replace(
        `secret: ${KEY} }`,
        `secret: ${KEY}, limits: [{ cost: 1, unit: USD, per: month }] }`,
      ),
  );
  const store = join(folder, 'vitalgate.db');
  const ids: string[] = [];

  const first = await start(config);
  for (let i = 0; i < 3; i += 1) ids.push(await call(first));
  first.child.kill('SIGTERM');
  await first.ended;
  copyFileSync(store, join(folder, 'backup.db'));

  // These rows are in the spool alone when the process dies: the store is busy all the while.
  const second = await start(config);
  const other = new DatabaseSync(store, { timeout: 10_000 });
  other.exec('BEGIN IMMEDIATE');
  for (let i = 0; i < 4; i += 1) ids.push(await call(second));
  const before = await left(second);
  second.child.kill('SIGKILL');
  await second.ended;
  other.exec('ROLLBACK');
  other.close();
  cpSync(join(folder, 'spool'), join(folder, 'spool-copy'), { recursive: true });

  const known = () => ledgerOf(store).map(({ id }) => id);
  for (const suffix of ['', '-wal', '-shm']) rmSync(store + suffix, { force: true });
  copyFileSync(join(folder, 'backup.db'), store);
  const third = await start(config);
  expect(await left(third)).toBe(before);
  third.child.kill('SIGTERM');
  await third.ended;
  expect(new Set(known())).toEqual(new Set(ids));
  expect(known()).toHaveLength(ids.length);

  // The same spool again, beside a store that has its rows.
  cpSync(join(folder, 'spool-copy'), join(folder, 'spool'), { recursive: true });
  const fourth = await start(config);
  expect(await left(fourth)).toBe(before);
  fourth.child.kill('SIGTERM');
  await fourth.ended;
  expect(known()).toHaveLength(ids.length);
  expect(ledgerOf(store).every(({ outcome }) => outcome === 'completed')).toBe(true);
  expect(upstream.calls).toHaveLength(ids.length);
});
