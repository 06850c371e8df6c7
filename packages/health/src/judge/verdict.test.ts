import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  defaultJudgePolicy as policy,
  heldUntil,
  judge,
  unseen,
  type JudgePolicy,
  type Level,
  type Verdict,
} from './verdict.ts';

/** Readings of a second each: `p`, `w` and `f`; answers the verdicts after each, as letters. */
function play(readings: string, given: Partial<JudgePolicy> = {}): string {
  const level: Record<string, Level> = { p: 'pass', w: 'warn', f: 'fail' };
  let verdict = unseen(0);
  let shown = '';
  readings.split('').forEach((reading, second) => {
    const next = level[reading] ?? 'pass';
    verdict = judge(verdict, next, second * 1_000, { ...policy, holdMs: 0, ...given });
    shown += verdict.status[0];
  });
  return shown;
}

describe('thresholds', () => {
  test.each([
    ['the first success is enough at the start', 'p', 'p'],
    ['a first failure decides nothing, and the first success after it is enough', 'ffp', 'uup'],
    ['three failures are a failure even when it was never well', 'fffp', 'uufp'],
    ['two failures are none', 'pffpffp', 'ppppppp'],
    ['three failures in a row are', 'pfff', 'pppf'],
    ['one success after them is none', 'pfffpfp', 'pppffff'],
    ['two in a row are', 'pfffpp', 'pppffp'],
    ['what alternates changes nothing', 'pfpfpfpfpf', 'pppppppppp'],
    ['warnings take as many', 'pwwwpp', 'pppwwp'],
    ['a mixture goes down to the mildest of it', 'pwfw', 'pppw'],
    ['and up to the gravest of it', 'pfffwp', 'pppffw'],
    ['further down from there when it lasts', 'pwwwfff', 'pppwwwf'],
  ])('%s', (_, readings, shown) => {
    expect(play(readings)).toBe(shown);
  });

  test('are those of the policy', () => {
    expect(play('pfpffpp', { fall: 2, rise: 1 })).toBe('ppppfpp');
    expect(play('pf', { fall: 1 })).toBe('pf');
  });
});

test('a failure stands for its time, even against successes', () => {
  expect(play('pfffpppppp', { holdMs: 5_000 })).toBe('pppfffffpp');
});

describe('damping', () => {
  const damped = { fall: 1, rise: 1, dampAfter: 3, halfLifeMs: 10_000 };

  test('holds down what has fallen often, until it was calm', () => {
    // Three falls, then nothing but successes: held until the falls have decayed to one.
    const shown = play(`pfpfpfpf${'p'.repeat(30)}`, damped);
    expect(shown.slice(0, 8)).toBe('pfpfpfpf');
    const back = shown.indexOf('p', 8);
    expect(back - 7).toBeGreaterThan(10);
    expect(back - 7).toBeLessThanOrEqual(20);
  });

  test('leaves alone what falls seldom', () => {
    expect(play(`pf${'p'.repeat(60)}f${'p'.repeat(60)}fp`, damped).endsWith('fp')).toBe(true);
  });

  test('says when it may end', () => {
    const verdict: Verdict = { ...unseen(0), status: 'fail', since: 1_000, falls: 4, damped: true };
    expect(heldUntil(verdict, policy)).toBe(1_000 + 2 * policy.halfLifeMs);
    expect(heldUntil({ ...verdict, damped: false }, policy)).toBe(1_000 + policy.holdMs);
  });
});

test('a verdict is a value: judging leaves the one before as it was', () => {
  const before = Object.freeze({ ...unseen(0), recent: Object.freeze([]) });
  judge(before, 'pass', 1, policy);
  expect(before).toEqual(unseen(0));
});

/** Reads every rule from the whole history, and keeps nothing else but the status and its date. */
class Model {
  status = 'unknown';
  since = 0;
  readonly history: { level: Level; at: number }[] = [];
  readonly falls: number[] = [];
  damped = false;
  readonly policy: JudgePolicy;

  constructor(policy: JudgePolicy) {
    this.policy = policy;
  }

  read(level: Level, at: number): void {
    const wasProven = this.history.some((one) => one.level !== 'fail');
    this.history.push({ level, at });
    const order = ['pass', 'warn', 'fail'];
    const last = (count: number): number[] =>
      this.history.length < count
        ? []
        : this.history.slice(-count).map((one) => order.indexOf(one.level));
    const current = Math.max(0, order.indexOf(this.status));
    if (this.damped && this.weight(at) <= 1) this.damped = false;
    const worse = Math.min(...last(this.policy.fall));
    const better = Math.max(...last(this.policy.rise));
    const rests = this.damped || at - this.since < this.policy.holdMs || this.status === 'unknown';
    if (!wasProven && level !== 'fail') this.become(level, at, wasProven);
    else if (Number.isFinite(worse) && worse > current) this.become(order[worse], at, wasProven);
    else if (Number.isFinite(better) && better < current && !rests)
      this.become(order[better], at, wasProven);
  }

  /** Every fall counts half for each half-life since. */
  weight(at: number): number {
    let weight = 0;
    let before = 0;
    for (const fall of this.falls) {
      weight = weight * 0.5 ** ((fall - before) / this.policy.halfLifeMs) + 1;
      before = fall;
    }
    return weight * 0.5 ** ((at - before) / this.policy.halfLifeMs);
  }

  become(status: string | undefined, at: number, wasProven: boolean): void {
    this.status = status ?? '';
    this.since = at;
    if (status === 'fail' && wasProven) this.falls.push(at);
    if (this.weight(at) >= this.policy.dampAfter) this.damped = true;
  }
}

test('every series of readings ends where the model says', () => {
  const level = fc.constantFrom<Level>('pass', 'pass', 'warn', 'fail', 'fail');
  const run = fc.tuple(level, fc.integer({ min: 1, max: 6 }), fc.constantFrom(500, 2_000, 10_000));
  const policies = fc.record({
    rise: fc.integer({ min: 1, max: 4 }),
    fall: fc.integer({ min: 1, max: 4 }),
    holdMs: fc.constantFrom(0, 3_000, 15_000),
    dampAfter: fc.constantFrom(1.5, 3, 4),
    halfLifeMs: fc.constantFrom(5_000, 60_000),
  });
  fc.assert(
    fc.property(policies, fc.array(run, { maxLength: 40, size: 'max' }), (policy, runs) => {
      const model = new Model(policy);
      let verdict = unseen(0);
      let at = 0;
      for (const [reading, times, apart] of runs) {
        for (let n = 0; n < times; n += 1) {
          at += apart;
          model.read(reading, at);
          verdict = judge(verdict, reading, at, policy);
          expect([verdict.status, verdict.since]).toEqual([model.status, model.since]);
          expect(verdict.recent.length).toBeLessThanOrEqual(4);
        }
      }
    }),
    { numRuns: 500 },
  );
});
