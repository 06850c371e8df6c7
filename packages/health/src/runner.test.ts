import { describe, expect, test } from 'vitest';
import { VirtualClock } from './clock.ts';
import type { CheckOptions } from './definition.ts';
import { check } from './definition.ts';
import { watchLoop, type Doubt } from './doubt.ts';
import { Private } from './private.ts';
import { Runner, type CheckState } from './runner.ts';

/** Lets promises that can settle do so; no time passes. */
const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

function setup(run: CheckOptions['run'], more: Partial<CheckOptions> = {}, doubt?: Partial<Doubt>) {
  const clock = new VirtualClock();
  const seen: CheckState[] = [];
  const runner = new Runner(check('db', { scope: 'shared', run, ...more }), {
    clock,
    doubt: { ...watchLoop(clock), patience: 1, ...doubt },
    instance: 'pod-1',
    random: () => 0.5,
    onReading: (now) => seen.push(now),
  });
  const advance = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      await settled();
    }
  };
  return { clock, runner, seen, advance, last: () => runner.state.reading };
}

describe('the schedule', () => {
  test('begins within a second and goes on every ten', async () => {
    let runs = 0;
    const { runner, advance } = setup(() => void (runs += 1));
    runner.start();
    await advance(1_000);
    expect(runs).toBe(1);
    await advance(60_000);
    expect(runs).toBe(7);
    expect(runner.state).toMatchObject({ verdict: { status: 'pass' }, runs: { pass: 7 } });
  });

  test('looks closer while the verdict is in question, and less often while it is down', async () => {
    let isDown = false;
    const { runner, seen, advance, clock } = setup(() => !isDown, { judge: { holdMs: 0 } });
    runner.start();
    await advance(1_000);
    isDown = true;
    const before = clock.now();
    await advance(110_000);
    const gaps = seen
      .slice(2)
      .map((state, n) => (state.reading?.at ?? 0) - (seen[n + 1]?.reading?.at ?? 0));
    expect(gaps).toEqual([2_000, 2_000, 10_000, 20_000, 30_000, 30_000]);
    expect(seen[3]?.verdict.status).toBe('fail');
    expect((seen[3]?.reading?.at ?? 0) - before).toBeLessThan(15_000);
    expect(runner.state.failures).toBe(7);
    isDown = false;
    await advance(34_000);
    expect(runner.state).toMatchObject({ verdict: { status: 'pass' }, failures: 0 });
  });

  test('ends when it is stopped, and so does the run in flight', async () => {
    let aborted = false;
    const { runner, seen, advance } = setup(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(signal.reason as Error);
          });
        }),
    );
    runner.start();
    await advance(1_000);
    runner.stop();
    await advance(60_000);
    expect(aborted).toBe(true);
    expect(seen).toEqual([]);
  });
});

describe('one run in flight', () => {
  test('for any number who ask, while the other side hangs', async () => {
    let runs = 0;
    const { runner, advance, last } = setup(() => {
      runs += 1;
      return new Promise(() => {});
    });
    runner.start();
    const asked = Array.from({ length: 1_000 }, () => runner.run());
    await advance(3_100);
    await Promise.all(asked);
    expect(last()).toMatchObject({ level: 'fail', reason: 'timeout', durationMs: 3_010 });
    await advance(60_000);
    expect(runs).toBe(1);
    expect(last()).toMatchObject({ level: 'fail', reason: 'still_running' });
    expect(runner.state.verdict.status).toBe('fail');
  });

  test('and a new one when it came back, whatever the late answer was', async () => {
    const answers: ((answer: boolean) => void)[] = [];
    const { runner, advance, last, seen } = setup(() => new Promise((done) => answers.push(done)));
    runner.start();
    await advance(4_000);
    expect(last()?.reason).toBe('timeout');
    const readings = seen.length;
    answers[0]?.(true);
    await settled();
    expect(seen).toHaveLength(readings);
    await advance(2_000);
    expect(answers).toHaveLength(2);
    answers[1]?.(true);
    await settled();
    expect(last()).toMatchObject({ level: 'pass', reason: undefined });
  });

  test('asked for between two readings, puts the next one off', async () => {
    const { runner, seen, advance } = setup(
      () => new Promise((done) => void waiting.push(() => done(true))),
    );
    const waiting: (() => void)[] = [];
    runner.start();
    await advance(1_000);
    waiting[0]?.();
    await advance(9_500);
    void runner.run();
    await advance(2_000);
    waiting[1]?.();
    await settled();
    expect(seen.map(({ reading }) => reading?.reason)).toEqual([undefined, undefined]);
    expect(waiting).toHaveLength(2);
  });

  test('is told to stop when its time is over', async () => {
    let reason: unknown;
    const { runner, advance } = setup(
      (signal) =>
        new Promise((done) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            done(true);
          });
        }),
    );
    runner.start();
    await advance(4_000);
    expect(reason).toMatchObject({ name: 'TimeoutError' });
    expect(runner.state.runs).toMatchObject({ pass: 0, fail: 1 });
  });
});

describe('when its time is over, a check', () => {
  test.each([
    ['may say how far it got', { status: 'fail', reason: 'pool_exhausted' }, 'pool_exhausted'],
    [
      'is late, though it says that it was aborted',
      { status: 'fail', reason: 'aborted', fault: 'gateway' },
      'timeout',
    ],
    ['is late, though it says that all is well', { status: 'pass' }, 'timeout'],
  ])('%s', async (_, answer, reason) => {
    const { runner, advance, last } = setup(
      (signal) => new Promise((done) => signal.addEventListener('abort', () => done(answer))),
    );
    void runner.run();
    await advance(3_100);
    expect(last()).toMatchObject({ level: 'fail', reason });
  });
});

describe('what a run may return', () => {
  test.each<[string, () => unknown, object]>([
    ['nothing', () => {}, { level: 'pass' }],
    ['true', () => true, { level: 'pass' }],
    ['whatever a ping answers', () => 'PONG', { level: 'pass' }],
    ['rows', () => ({ rows: [1] }), { level: 'pass' }],
    ['false', () => false, { level: 'fail', reason: 'failed' }],
    [
      'an outcome',
      () => ({ status: 'warn', reason: 'disk_90' }),
      { level: 'warn', reason: 'disk_90' },
    ],
    ['a fetch answered 200', () => new Response('', { status: 200 }), { level: 'pass' }],
    [
      'a fetch answered 500',
      () => new Response('', { status: 500 }),
      { level: 'fail', reason: 'http_500' },
    ],
    [
      'a foreign status',
      () => ({ status: 'DOWN' }),
      { level: undefined, reason: 'unreadable_outcome' },
    ],
    [
      'an error with a code',
      () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })),
      { level: 'fail', reason: 'connect_refused' },
    ],
    [
      'an error at once',
      () => {
        throw new Error('moo');
      },
      { level: 'fail', reason: 'failed' },
    ],
    [
      'its own mistake',
      () => {
        throw new ReferenceError('pool is not defined');
      },
      { level: undefined, reason: 'checker_broke' },
    ],
  ])('%s', async (_, run, expected) => {
    const { runner, last } = setup(run);
    await runner.run();
    expect(last()).toMatchObject(expected);
  });

  test('a check that throws at once is run again', async () => {
    let runs = 0;
    const { runner, advance, last } = setup(() => {
      runs += 1;
      throw new Error('moo');
    });
    runner.start();
    await advance(10_000);
    expect(runs).toBeGreaterThan(2);
    expect(last()?.reason).toBe('failed');
  });

  test('whatever is thrown is a failure, and no error of ours', async () => {
    const trap = (): never => {
      throw new TypeError('looked at');
    };
    const hostile = new Proxy({}, { get: trap, getPrototypeOf: trap, has: trap });
    const thrown = [undefined, null, 'words', Symbol('s'), hostile, Object.create(null)];
    for (const one of thrown) {
      for (const run of [
        () => {
          throw one;
        },
        () => Promise.reject(one),
      ]) {
        const { runner, last } = setup(run);
        await runner.run();
        expect(last()).toMatchObject({ level: 'fail', reason: 'failed' });
      }
    }
    const { runner, last } = setup(() => hostile);
    await runner.run();
    expect(last()?.level).toBe('fail');
  });

  test('an outcome holds what every format can carry, whatever the check has put there', async () => {
    const { runner, last } = setup(() => ({
      status: 'warn',
      reason: 'x'.repeat(1_000_000),
      detail: 'no secret to us',
      measured: [
        { name: 'depth', value: 7 },
        { name: 'load', value: Number.POSITIVE_INFINITY },
        { name: {}, value: 1 },
        null,
      ],
    }));
    await runner.run();
    expect(last()).toMatchObject({
      level: 'warn',
      reason: 'x'.repeat(200),
      detail: undefined,
      measured: [{ name: 'depth', value: 7 }],
    });
    const other = setup(() => ({ status: 'fail', reason: { of: 'an object' } }));
    await other.runner.run();
    expect(other.last()).toMatchObject({ level: 'fail', reason: 'failed' });
  });

  test('what was thrown is kept for the trusted only', async () => {
    const { runner, last } = setup(() => {
      throw new Error('no route to db.internal:5432 for user shop');
    });
    await runner.run();
    expect(JSON.stringify(last())).not.toContain('db.internal');
    expect(last()?.detail).toBeInstanceOf(Private);
    expect(last()?.detail?.reveal()).toContain('db.internal');
  });
});

describe('self-doubt', () => {
  test('a timeout while this loop was late is no reading of the other side', async () => {
    const { runner, advance, last } = setup(
      () => new Promise(() => {}),
      {},
      { wasLate: () => true },
    );
    runner.start();
    await advance(4_000);
    expect(last()).toMatchObject({ level: undefined, reason: 'own_loop_late' });
    expect(runner.state).toMatchObject({ failures: 0, runs: { fail: 0, abstained: 1 } });
  });

  test('a refusal is one all the same', async () => {
    const { runner, last } = setup(() => false, {}, { wasLate: () => true });
    await runner.run();
    expect(last()?.level).toBe('fail');
  });

  test('who is late waits longer', async () => {
    const { runner, advance, last } = setup(() => new Promise(() => {}), {}, { patience: 3 });
    void runner.run();
    await advance(9_000);
    expect(last()).toBeUndefined();
    await advance(100);
    expect(last()?.reason).toBe('timeout');
  });
});

test('a declaration that cannot be kept is refused', () => {
  const run = (): void => {};
  const code = expect.objectContaining({ code: 'invalid_check' });
  expect(() => check('', { scope: 'local', run })).toThrow(code);
  expect(() => check('a b', { scope: 'local', run })).toThrow(code);
  expect(() => check('a', { scope: 'local', run, timeoutMs: 0 })).toThrow(code);
  expect(() => check('a', { scope: 'galaxy' as 'local', run })).toThrow(code);
});

test('defaults follow the scope', () => {
  const run = (): void => {};
  const of = (scope: 'local' | 'dedicated' | 'shared') => {
    const { timeoutMs, onFail } = check('a', { scope, run });
    return [timeoutMs, onFail];
  };
  expect([of('local'), of('dedicated'), of('shared')]).toEqual([
    [1_000, 'fail'],
    [2_000, 'fail'],
    [3_000, 'warn'],
  ]);
});
