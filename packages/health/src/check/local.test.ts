/** Checks of this process and this machine. */
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VirtualClock } from '../clock.ts';
import { disk } from './disk.ts';
import { file } from './file.ts';
import { heartbeat } from './heartbeat.ts';
import { loop } from './loop.ts';
import { memory } from './memory.ts';
import type { Outcome } from './outcome.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'health-'));
});
afterAll(() => rm(folder, { recursive: true }));

const value = (outcome: Outcome, name: string): number =>
  Number(outcome.measured?.find((one) => one.name === name)?.value);

describe('disk', () => {
  test('measures, and grades by what it was told', async () => {
    const outcome = await disk({ path: folder, warn: 1, fail: 1 })();
    expect(outcome.status).toBe('pass');
    expect(value(outcome, 'utilization')).toBeGreaterThan(0);
    expect(value(outcome, 'free')).toBeGreaterThan(0);
    expect(await disk({ path: folder, warn: 0, fail: 1 })()).toMatchObject({ status: 'warn' });
    expect(await disk({ path: folder, fail: 0 })()).toMatchObject({
      status: 'fail',
      reason: expect.stringMatching(/^(disk|inodes)_critical$/),
    });
  });

  test('fails on a path that is not there', async () => {
    expect(await disk({ path: join(folder, 'nowhere') })()).toMatchObject({ reason: 'not_found' });
  });

  test('refuses a warning after the failure', () => {
    expect(() => disk({ path: '/', warn: 0.9, fail: 0.8 })).toThrow(
      expect.objectContaining({ code: 'invalid_check' }),
    );
  });
});

describe('memory', () => {
  /** A machine made of files. */
  const machine = async (files: Record<string, string>): Promise<string> => {
    const root = await mkdtemp(join(folder, 'root-'));
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), content);
    }
    return root;
  };
  const group = (path: string, max: string, current: number, inactive = 0) => ({
    [`sys/fs/cgroup${path}/memory.max`]: `${max}\n`,
    [`sys/fs/cgroup${path}/memory.current`]: `${current}\n`,
    [`sys/fs/cgroup${path}/memory.stat`]: `anon 5\ninactive_file ${inactive}\n`,
  });
  const self = { 'proc/self/cgroup': '0::/pod/app\n' };

  test('counts the working set of its control group: what the kernel can drop is not used', async () => {
    const root = await machine({ ...self, ...group('/pod/app', '1000', 960, 460) });
    const outcome = await memory({ root })();
    expect(outcome.status).toBe('pass');
    expect([value(outcome, 'used'), value(outcome, 'limit')]).toEqual([500, 1000]);
  });

  test('goes by the tightest limit on the way up', async () => {
    const root = await machine({
      ...self,
      ...group('/pod/app', 'max', 900),
      ...group('/pod', '1000', 970),
    });
    expect(await memory({ root })()).toMatchObject({ status: 'fail', reason: 'memory_critical' });
  });

  test('warns before the limit', async () => {
    const root = await machine({ ...self, ...group('/pod/app', '1000', 900) });
    expect(await memory({ root })()).toMatchObject({ status: 'warn', reason: 'memory_high' });
  });

  test.each([
    ['cgroup v1', { 'proc/self/cgroup': '5:memory:/docker/x\n' }],
    ['no limit', { ...self, ...group('/pod/app', 'max', 900) }],
    ['no /proc', {}],
  ])('falls back on the machine’s memory: %s', async (_, files: Record<string, string>) => {
    const outcome = await memory({ root: await machine(files), warn: 1, fail: 1 })();
    expect(outcome.status).toBe('pass');
    expect(value(outcome, 'limit')).toBeGreaterThan(2 ** 28);
  });
});

// The real loop is what is measured here, so a little real time has to pass.
describe('loop', () => {
  const spin = (ms: number): void => {
    const until = performance.now() + ms;
    while (performance.now() < until);
  };
  const turned = (): Promise<void> => new Promise((done) => setTimeout(done, 1));

  test('sees a saturated loop after any time of idling', async () => {
    const look = loop();
    await new Promise((done) => setTimeout(done, 300));
    const idle = await look();
    expect(value(idle, 'utilization')).toBeLessThan(90);
    await turned();
    spin(300);
    await turned();
    const busy = await look();
    look.stop();
    expect(value(busy, 'utilization')).toBeGreaterThan(90);
  });

  test('warns of a stall and forgets it at the next look', async () => {
    const look = loop({ warn: 100, fail: 10_000, utilization: 2 });
    await turned();
    await look();
    await new Promise((done) => setTimeout(done, 50));
    spin(200);
    await new Promise((done) => setTimeout(done, 50));
    const stalled = await look();
    expect(stalled).toMatchObject({ status: 'warn', reason: 'loop_stall_high' });
    expect(value(stalled, 'longestStall')).toBeGreaterThan(100);
    await turned();
    expect(await look()).toMatchObject({ status: 'pass' });
    look.stop();
  });
});

test('file: there, fresh, and long enough', async () => {
  const path = join(folder, 'backup');
  await writeFile(path, 'data');
  const clock = new VirtualClock(Date.UTC(2026, 5, 1));
  await utimes(path, new Date(clock.wall()), new Date(clock.wall()));
  const look = file({ path, maxAgeMs: 60_000, minBytes: 4, clock });
  expect(await look()).toMatchObject({ status: 'pass' });
  clock.advance(60_001);
  expect(await look()).toMatchObject({ status: 'fail', reason: 'file_old' });
  expect(await file({ path, minBytes: 5 })()).toMatchObject({ reason: 'file_short' });
  expect(await file({ path: join(folder, 'none') })()).toMatchObject({ reason: 'not_found' });
});

test('heartbeat: as good as the last beat, for as long as it speaks', async () => {
  const clock = new VirtualClock();
  const { look, beat } = heartbeat({ ttlMs: 30_000, clock });
  expect(await look()).toMatchObject({ status: 'fail', reason: 'heartbeat_missing' });
  beat();
  clock.advance(30_000);
  expect(await look()).toMatchObject({ status: 'pass' });
  clock.advance(1);
  expect(await look()).toMatchObject({ status: 'fail', reason: 'heartbeat_late' });
  beat('warn', 'queue_long');
  expect(await look()).toMatchObject({ status: 'warn', reason: 'queue_long' });
  beat('fail');
  expect(await look()).toMatchObject({ status: 'fail', reason: 'reported' });
});
