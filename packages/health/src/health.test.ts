import { describe, expect, test } from 'vitest';
import { VirtualClock, type Clock } from './clock.ts';
import { check, type CheckOptions, type Scope } from './definition.ts';
import { createHealth } from './health.ts';
import type { Report } from './report.ts';
import type { Transition } from './transitions.ts';

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

/** A service on a clock that can be moved, or blocked: time passes and no timer runs. */
function setup(options: { maxStartMs?: number } = {}) {
  const virtual = new VirtualClock();
  let blockedMs = 0;
  const clock: Clock = {
    now: () => virtual.now() + blockedMs,
    wall: () => virtual.wall() + blockedMs,
    after: (ms, fn) => virtual.after(ms, fn),
    every: (ms, fn) => virtual.every(ms, fn),
  };
  const health = createHealth({ clock, random: () => 0.5, instance: 'pod-1', ...options });
  const told: Transition[] = [];
  health.onTransition((change) => told.push(change));
  const advance = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 250) {
      virtual.advance(250);
      await settled();
    }
  };
  const probe = (name: 'liveness' | 'readiness' | 'startup') => health.snapshot().probes[name];
  const standing = (name: string) =>
    health.snapshot().checks.find(({ state }) => state.check.name === name);
  return {
    health,
    clock,
    told,
    advance,
    probe,
    standing,
    block: (ms: number) => (blockedMs += ms),
  };
}

/** A check whose answer can be changed. */
function dial<S extends Scope>(name: string, options: Omit<CheckOptions<S>, 'run'>, isUp = true) {
  const state = { isUp, runs: 0 };
  const declared = check<S>(name, {
    ...options,
    run: () => {
      state.runs += 1;
      return state.isUp;
    },
  });
  return Object.assign(state, { check: declared });
}

describe('before anything is known', () => {
  test('readiness and startup fail, liveness passes', async () => {
    const { health, probe, advance } = setup();
    const disk = dial('disk', { scope: 'local' });
    health.liveness.add(disk.check);
    health.readiness.add(disk.check);
    health.startup.add(disk.check);
    expect(probe('liveness').status).toBe('pass');
    expect(probe('readiness')).toEqual({
      status: 'fail',
      reasons: ['starting', 'disk:not_run_yet'],
    });
    expect(probe('startup')).toMatchObject({ status: 'fail' });
    await advance(1_000);
    expect(probe('readiness')).toEqual({ status: 'pass', reasons: [] });
    expect(probe('startup')).toEqual({ status: 'pass', reasons: [] });
  });

  test('a shared check delays readiness until its first reading, and only warns after it', async () => {
    const { health, probe, advance } = setup();
    health.readiness.add(dial('idp', { scope: 'shared' }, false).check);
    expect(probe('readiness').status).toBe('fail');
    await advance(1_000);
    expect(probe('readiness')).toEqual({ status: 'warn', reasons: ['idp:failed'] });
  });

  test('a check that is added later is not taken for well either', async () => {
    const { health, probe, advance } = setup();
    await advance(1_000);
    expect(probe('readiness').status).toBe('pass');
    health.readiness.add(dial('late', { scope: 'shared' }).check);
    expect(probe('readiness')).toEqual({ status: 'fail', reasons: ['late:not_run_yet'] });
    await advance(1_000);
    expect(probe('readiness').status).toBe('pass');
  });

  test('liveness passes while a failing check is still undecided', async () => {
    const { health, probe, standing, advance } = setup();
    health.liveness.add(dial('loop', { scope: 'local' }, false).check);
    await advance(2_000);
    expect(standing('loop')?.status).toBe('unknown');
    expect(probe('liveness').status).toBe('pass');
    await advance(4_000);
    expect(probe('liveness').status).toBe('fail');
  });

  test('a service without a check is ready as soon as it turns', async () => {
    const { probe, advance } = setup();
    expect(probe('readiness').status).toBe('fail');
    await advance(250);
    expect(probe('readiness').status).toBe('pass');
  });
});

describe('the start', () => {
  test('is over when its tasks are done and its checks have passed, and stays over', async () => {
    const { health, probe, advance } = setup();
    const schema = dial('schema', { scope: 'dedicated' }, false);
    health.startup.add(schema.check);
    const warm = health.starting('warm-up');
    await advance(2_000);
    expect(probe('startup').reasons).toEqual(['starting', 'warm-up:unfinished', 'schema:failed']);
    schema.isUp = true;
    await advance(4_000);
    expect(probe('startup').status).toBe('fail');
    warm();
    expect(probe('startup').status).toBe('pass');
    expect(probe('readiness').status).toBe('pass');
    schema.isUp = false;
    await advance(60_000);
    expect(probe('startup').status).toBe('pass');
  });

  test('excuses liveness for a minute, not longer', async () => {
    const { health, probe, advance } = setup();
    health.liveness.add(dial('loop', { scope: 'local' }, false).check);
    health.starting('never done');
    await advance(59_000);
    expect(probe('liveness').status).toBe('pass');
    await advance(1_250);
    expect(probe('liveness')).toEqual({ status: 'fail', reasons: ['loop:failed'] });
  });
});

describe('what a failing check does', () => {
  test.each<[Scope, CheckOptions['onFail'], string]>([
    ['local', undefined, 'fail'],
    ['dedicated', undefined, 'fail'],
    ['shared', undefined, 'warn'],
    ['shared', 'fail', 'fail'],
    ['dedicated', 'warn', 'warn'],
    ['local', 'ignore', 'pass'],
  ])('to readiness: %s, on failure %s, is %s', async (scope, onFail, status) => {
    const { health, probe, advance, standing } = setup();
    const one = dial('one', { scope, ...(onFail && { onFail }) });
    health.readiness.add(one.check);
    await advance(2_000);
    one.isUp = false;
    await advance(20_000);
    expect(standing('one')).toMatchObject({ status: 'fail', reason: 'failed' });
    expect(probe('readiness')).toEqual({
      status,
      reasons: status === 'pass' ? [] : ['one:failed'],
    });
  });

  test('to liveness: nothing, for ten minutes of a dead dependency', async () => {
    const { health, probe, advance } = setup();
    const db = dial('db', { scope: 'shared' });
    health.readiness.add(db.check);
    health.liveness.add(dial('loop', { scope: 'local' }).check);
    await advance(2_000);
    db.isUp = false;
    for (let minute = 0; minute < 10; minute += 1) {
      await advance(60_000);
      expect(probe('liveness').status).toBe('pass');
    }
  });

  test('to the others: nothing, though it throws', async () => {
    const { health, advance } = setup();
    const names = ['a', 'b', 'c', 'd'];
    health.readiness.add(...names.map((name) => dial(name, { scope: 'local' }).check));
    health.readiness.add(
      check('e', {
        scope: 'local',
        run: () => {
          throw new Error('moo');
        },
      }),
    );
    await advance(20_000);
    expect(health.snapshot().checks.map(({ status }) => status)).toEqual([
      ...names.map(() => 'pass'),
      'fail',
    ]);
  });

  test('a check that is itself broken is a warning, not an outage', async () => {
    const { health, probe, advance } = setup();
    const run = (): void => {
      throw new ReferenceError('pool is not defined');
    };
    health.readiness.add(check('typo', { scope: 'local', run }));
    await advance(2_000);
    expect(probe('readiness')).toEqual({ status: 'warn', reasons: ['typo:checker_broke'] });
  });
});

test('liveness refuses what is not local, when it compiles and when it starts', () => {
  const { health } = setup();
  const shared = dial('db', { scope: 'shared' }).check;
  const dedicated = dial('sidecar', { scope: 'dedicated' }).check;
  const refused = expect.objectContaining({ code: 'scope_not_allowed' });
  // @ts-expect-error: a shared check
  expect(() => health.liveness.add(shared)).toThrow(refused);
  // @ts-expect-error: a dedicated check
  expect(() => health.liveness.add(dedicated)).toThrow(refused);
  const either = dial<'local' | 'shared'>('either', { scope: 'local' }).check;
  // @ts-expect-error: a check that may be shared
  health.liveness.add(either);
  expect(health.snapshot().checks).toHaveLength(1);
});

describe('reading', () => {
  test('does no work: a thousand readers, one run an interval', async () => {
    const { health, advance } = setup();
    const db = dial('db', { scope: 'shared' });
    health.readiness.add(db.check);
    await advance(1_000);
    const first = health.snapshot();
    for (let n = 0; n < 1_000; n += 1) expect(health.snapshot()).toBe(first);
    await advance(9_000);
    expect(db.runs).toBe(1);
  });

  test('by force is shared, and not repeated within a second', async () => {
    const { health, advance } = setup();
    const db = dial('db', { scope: 'shared' });
    health.readiness.add(db.check);
    await advance(2_500);
    await Promise.all(Array.from({ length: 100 }, () => health.refresh()));
    await health.refresh('db');
    expect(db.runs).toBe(2);
    await advance(1_000);
    await health.refresh('DB');
    expect(db.runs).toBe(3);
    await expect(health.refresh('nobody')).rejects.toMatchObject({ code: 'unknown_check' });
  });
});

describe('age', () => {
  test('makes a reading a warning, then a failure, though no timer could run', async () => {
    const { health, probe, standing, advance, block } = setup();
    health.liveness.add(dial('loop', { scope: 'local' }).check);
    health.readiness.add(dial('db', { scope: 'dedicated' }).check);
    await advance(1_000);
    block(29_000);
    expect(probe('readiness').status).toBe('pass');
    block(1_000);
    expect(probe('readiness')).toEqual({ status: 'warn', reasons: ['db:stale'] });
    block(30_000);
    expect(standing('db')).toMatchObject({ status: 'fail', reason: 'stale' });
    expect(probe('readiness').status).toBe('fail');
    expect(probe('liveness').status).toBe('pass');
    await advance(11_000);
    expect(probe('readiness').status).toBe('pass');
  });
});

describe('the end', () => {
  test('readiness fails at once, liveness goes on, and the delay is kept', async () => {
    const { health, probe, advance } = setup();
    health.liveness.add(dial('loop', { scope: 'local' }).check);
    await advance(2_000);
    let isOver = false;
    const over = health.drain(60_000).then(() => (isOver = true));
    expect(probe('readiness')).toEqual({ status: 'fail', reasons: ['draining'] });
    await advance(59_750);
    expect(isOver).toBe(false);
    expect(probe('liveness').status).toBe('pass');
    await advance(250);
    await over;
    health.maintenance(true);
    health.maintenance(false);
    expect(health.snapshot().phase).toBe('draining');
  });

  test('nothing runs any more once it is closed', async () => {
    const { health, advance } = setup();
    const db = dial('db', { scope: 'shared' });
    health.readiness.add(db.check);
    await advance(2_000);
    health.close();
    await advance(60_000);
    expect(db.runs).toBe(1);
  });
});

test('maintenance takes a service out and back', async () => {
  const { health, probe, advance } = setup();
  await advance(250);
  health.maintenance(true);
  expect(probe('readiness')).toEqual({ status: 'fail', reasons: ['maintenance'] });
  expect(probe('liveness').status).toBe('pass');
  health.maintenance(false);
  expect(probe('readiness').status).toBe('pass');
});

test('one cause, and what it impairs', async () => {
  const { health, told, standing, advance } = setup();
  const db = dial('db', { scope: 'shared' });
  const orders = dial('orders', { scope: 'shared', dependsOn: ['db'] });
  const page = dial('page', { scope: 'shared', dependsOn: ['orders'] });
  health.readiness.add(db.check, orders.check, page.check);
  await advance(2_000);
  told.length = 0;
  for (const one of [db, orders, page]) one.isUp = false;
  await advance(20_000);
  expect(standing('db')?.impairedBy).toEqual([]);
  expect(standing('page')?.impairedBy).toEqual(['db']);
  const failures = told.filter(({ of, to }) => of === 'check' && to === 'fail');
  expect(failures).toHaveLength(3);
  expect(failures.filter(({ impairedBy }) => impairedBy.length === 0)).toMatchObject([
    { name: 'db' },
  ]);
});

test('each change is told once', async () => {
  const { health, told, advance } = setup();
  const db = dial('db', { scope: 'dedicated' });
  health.readiness.add(db.check);
  await advance(2_000);
  db.isUp = false;
  await advance(40_000);
  db.isUp = true;
  await advance(60_000);
  const path = (name: string): string[] =>
    told
      .filter((one) => one.name === name)
      .map(({ from, to, reason }) => `${from}>${to}:${reason}`);
  expect(path('db')).toEqual(['unknown>pass:undefined', 'pass>fail:failed', 'fail>pass:undefined']);
  expect(path('readiness')).toEqual([
    'fail>pass:undefined',
    'pass>fail:db:failed',
    'fail>pass:undefined',
  ]);
});

test('a failing check closes the routes that need it, and no others', async () => {
  const { health, advance } = setup();
  const mail = dial(
    'mail',
    { scope: 'shared', affects: ['/orders/{id}/receipt', '/mail/*'] },
    false,
  );
  health.readiness.add(mail.check);
  await advance(20_000);
  for (const path of ['/orders/7/receipt', '/orders/7/receipt?copy=1', '/mail/a/b', '/mail/']) {
    expect(health.affected(path)).toMatchObject({ check: 'mail', reason: 'failed' });
  }
  for (const path of ['/orders/7', '/orders/7/receipt/x', '/mailbox', '/mail', '/']) {
    expect(health.affected(path)).toBeUndefined();
  }
  mail.isUp = true;
  await advance(60_000);
  expect(health.affected('/mail/a')).toBeUndefined();
});

test('why names the readings and the rule', async () => {
  const { health, advance } = setup();
  const db = dial('db', { scope: 'shared' });
  health.readiness.add(db.check);
  await advance(2_000);
  db.isUp = false;
  await advance(16_000);
  expect(health.why('db')).toMatchObject({
    rule: 'fall',
    recent: ['fail', 'fail', 'fail'],
    runs: { pass: 1, fail: 3 },
    words: expect.stringMatching(
      /^3 readings in a row made it fail\. Last reading: fail \(failed\), .* It is held for another /,
    ),
  });
  expect(health.why('nobody')).toBeUndefined();
});

test('what was declared wrongly does not start', () => {
  const { health } = setup();
  const run = (): void => {};
  health.readiness.add(check('db', { scope: 'shared', run }));
  expect(() => health.readiness.add(check('DB', { scope: 'shared', run }))).toThrow(
    expect.objectContaining({ code: 'duplicate_check' }),
  );
  expect(() =>
    health.readiness.add(check('orders', { scope: 'shared', run, dependsOn: ['cache'] })),
  ).toThrow(expect.objectContaining({ code: 'unknown_check' }));
});

test('a check that serves two probes runs once', async () => {
  const { health, advance } = setup();
  const disk = dial('disk', { scope: 'local' });
  health.liveness.add(disk.check);
  health.readiness.add(disk.check);
  await advance(1_000);
  expect(disk.runs).toBe(1);
  expect(health.snapshot().checks).toHaveLength(1);
});

describe('a report', () => {
  async function shop() {
    const all = setup();
    const loop = dial('loop', { scope: 'local' });
    const db = dial('db', { scope: 'dedicated', groups: ['storage'], affects: ['/orders/*'] });
    const cache = dial('cache', { scope: 'shared', groups: ['storage'] });
    all.health.liveness.add(loop.check);
    all.health.readiness.add(loop.check, db.check, cache.check);
    await all.advance(2_000);
    return { ...all, loop, db, cache };
  }
  const names = (report: Report | undefined) => report?.checks.map(({ name }) => name);

  test('is of one probe, one group, one check, or of everything', async () => {
    const { health } = await shop();
    expect(names(health.report())).toEqual(['loop', 'db', 'cache']);
    expect(names(health.report('liveness'))).toEqual(['loop']);
    expect(names(health.report('storage'))).toEqual(['db', 'cache']);
    expect(names(health.report('db'))).toEqual(['db']);
    expect(names(health.report('startup'))).toEqual([]);
    expect(health.report('nobody')).toBeUndefined();
  });

  test('is the same object until something changed', async () => {
    const { health, db, advance } = await shop();
    const before = health.report('readiness');
    expect(health.report('readiness')).toBe(before);
    db.isUp = false;
    await advance(20_000);
    expect(health.report('readiness')).not.toBe(before);
    expect(before?.status).toBe('pass');
  });

  test('is as grave as its gravest part, and names every reason once', async () => {
    const { health, loop, cache, advance } = await shop();
    loop.isUp = false;
    cache.isUp = false;
    await advance(20_000);
    expect(health.report()).toMatchObject({
      status: 'fail',
      reasons: ['loop:failed', 'cache:failed'],
    });
    expect(health.report('storage')).toMatchObject({ status: 'warn', reasons: ['cache:failed'] });
  });

  test('of a group does not depend on the phase of the process', async () => {
    const { health } = await shop();
    void health.drain();
    expect(health.report('storage')?.status).toBe('pass');
    expect(health.report()).toMatchObject({ status: 'fail', phase: 'draining' });
  });

  test('tells when it was read, and until when nothing new is to be expected', async () => {
    const { health, clock } = await shop();
    const report = health.report('db');
    const read = report?.checks[0]?.reading?.at ?? 0;
    expect(read).toBeLessThan(clock.wall());
    expect(report?.freshUntil).toBe(read + 8_000);
    expect(health.report('startup')?.freshUntil).toBe(health.report('startup')?.at);
  });

  test('holds what was said by others only where it cannot be written by accident', async () => {
    const { health, advance } = setup();
    const run = (): void => {
      throw new Error('connect to postgres://shop:hunter2@db.internal');
    };
    health.readiness.add(check('db', { scope: 'shared', run }));
    await advance(20_000);
    expect(JSON.stringify(health.report())).not.toContain('hunter2');
    expect(health.report()?.checks[0]?.detail?.reveal()).toContain('hunter2');
  });
});
