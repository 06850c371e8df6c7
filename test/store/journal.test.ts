import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock, VirtualClock, type Clock } from '@vitalgate/health';
import { openStore } from '@vitalgate/gateway';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Journal } from '../../packages/gateway/src/store/journal.ts';
import type { LedgerRow } from '../../packages/gateway/src/store/migrations.ts';
import { placeOf } from '../../packages/gateway/src/store/place.ts';
import { temporaryFolder } from '../harness/gateway.ts';

const MIB = 1024 * 1024;
const soon = { timeout: 15_000, interval: 20 };

const rowOf = (id: string, more: Partial<LedgerRow> = {}): LedgerRow => ({
  id,
  at: 1_790_000_000_000,
  key_id: null,
  model: 'chat',
  provider: null,
  upstream_model: null,
  dialect: 'http',
  operation: 'api',
  streamed: 0,
  status: 101,
  outcome: 'open',
  reason: null,
  attempts: 1,
  input_tokens: null,
  cached_tokens: null,
  output_tokens: null,
  reasoning_tokens: null,
  first_ms: null,
  total_ms: 1,
  gateway_ms: 1,
  tried: '[]',
  team: null,
  cache_written_tokens: null,
  cost: null,
  currency: null,
  price_source: null,
  is_estimated: 0,
  owner: null,
  network: null,
  route: null,
  guardrails: null,
  ...more,
});

/** A journal over a database of its own, in a folder that has what another left. */
async function journalIn(folder: string, left?: string, clock: Clock = systemClock) {
  const url = `sqlite:${join(folder, 'store.db')}`;
  await (await openStore(url)).close();
  const spool = join(folder, 'spool');
  mkdirSync(spool);
  if (left !== undefined) {
    for (const name of filesIn(left)) cpSync(join(left, name), join(spool, name));
  }
  const journal = new Journal(placeOf(url), spool, false, clock);
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= journal.close());
  onTestFinished(close);
  await journal.recovered;
  const asked = (query: string) => {
    const database = new DatabaseSync(join(folder, 'store.db'), { readOnly: true });
    const rows = database.prepare(query).all();
    database.close();
    return rows;
  };
  return {
    journal,
    spool,
    close,
    ids: () => asked('SELECT id FROM ledger').map(({ id }) => id),
    /** Of calls that were open. */
    opened: () =>
      asked('SELECT id, outcome, reason FROM ledger WHERE status = 101 ORDER BY id').map(
        ({ id, outcome, reason }) => [id, outcome, reason],
      ),
  };
}

const filesIn = (spool: string) => readdirSync(spool).filter((name) => name.endsWith('.jsonl'));
const bytesIn = (spool: string) =>
  filesIn(spool).reduce((sum, name) => sum + statSync(join(spool, name)).size, 0);

it('a call that is open for days keeps a line, and not the files of all that came meanwhile', async () => {
  const { journal, spool, close, ids, opened } = await journalIn(temporaryFolder());
  let sent = 0;
  /** As much as a file takes, and its rotation. */
  const fill = async (): Promise<void> => {
    const tried = JSON.stringify('x'.repeat(MIB / 2));
    for (let i = 0; i < 34; i += 1) {
      sent += 1;
      journal.append(rowOf(`short-${sent}`, { outcome: 'completed', status: 200, tried }));
    }
    // Its last row is in the database, and its space is given back.
    await vi.waitFor(() => {
      expect(ids()).toContain(`short-${sent}`);
      expect(bytesIn(spool)).toBeLessThan(MIB);
    }, soon);
  };
  await journal.begin(rowOf('first'));
  await fill();
  await journal.begin(rowOf('second'));
  await fill();
  // One file for those that are open, and the one that is written.
  expect(filesIn(spool).length).toBeLessThanOrEqual(2);

  // Killed now, the next process knows of both.
  const next = await journalIn(temporaryFolder(), spool);
  expect(next.opened()).toEqual([
    ['first', 'interrupted', 'gateway_ended'],
    ['second', 'interrupted', 'gateway_ended'],
  ]);
  await next.close();

  journal.append(rowOf('first', { outcome: 'completed' }));
  await close();
  expect(opened()).toEqual([
    ['first', 'completed', null],
    ['second', 'interrupted', 'gateway_ended'],
  ]);
  expect(filesIn(spool)).toEqual([]);
});

it('goes on in its file while no other can be opened, and writes into nobody else’s', async () => {
  const folder = temporaryFolder();
  const clock = new VirtualClock();
  const { journal, spool, close, ids } = await journalIn(folder, undefined, clock);
  const tried = JSON.stringify('x'.repeat(MIB / 2));
  for (let i = 0; i < 34; i += 1)
    journal.append(rowOf(`long-${i}`, { outcome: 'completed', status: 200, tried }));
  renameSync(spool, `${spool}-away`);
  expect(() => clock.advance(100)).toThrow('ENOENT');
  renameSync(`${spool}-away`, spool);
  // As a connection of a caller would, it gets the number that is free.
  const others = join(folder, 'others');
  const descriptor = openSync(others, 'a');
  journal.append(rowOf('last', { outcome: 'completed', status: 200 }));
  closeSync(descriptor);
  expect(readFileSync(others, 'utf8')).toBe('');
  await close();
  expect(ids()).toContain('last');
});
