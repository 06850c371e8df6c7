import { scanRequest } from '@vitalgate/dialects';
import type { LimitConfig } from '@vitalgate/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Key } from '../keys.ts';
import { estimateTokens } from './estimate.ts';
import { rateLimitFields, refuseUnless, takeAll, type Amounts, type Holds } from './holds.ts';
import type { Moment } from './limit.ts';
import { Limits } from './limits.ts';
import { NANOS_PER_DOLLAR, type Subject } from './rules.ts';
import { LimitStates } from './states.ts';

const NONE = { limits: [], teams: [], models: [], apis: [], prompts: [] };

const keyWith = (limits: readonly LimitConfig[], name = 'k'): Key => ({
  id: name,
  name,
  digest: Buffer.alloc(32),
  team: undefined,
  models: undefined,
  apis: undefined,
  prompts: undefined,
  ips: undefined,
  expires: undefined,
  limits,
  source: 'file',
});

const subject = (rest: Partial<Subject> = {}): Subject => ({
  key: { id: 'k', name: 'k' },
  team: undefined,
  model: 'm',
  address: '192.0.2.1',
  route: '/v1/messages',
  ...rest,
});

const at = (now: number): Moment => ({ now, wall: now });
const taking = (rest: Partial<Amounts> = {}): Amounts => ({
  requests: 1,
  tokens: 0,
  cost: 0,
  concurrency: 1,
  ...rest,
});

/** A gate over one key's limits. */
function gate(...configs: LimitConfig[]) {
  const limits = new Limits(NONE, new LimitStates()).of(subject(), keyWith(configs));
  return {
    take(now: number, amounts = taking()): Holds {
      refuseUnless(limits, amounts, at(now));
      return takeAll(limits, amounts, at(now));
    },
    enters(now: number, amounts = taking()): boolean {
      try {
        this.take(now, amounts);
        return true;
      } catch {
        return false;
      }
    },
    fields: (now: number) => rateLimitFields(limits, at(now)),
    left: (now: number) => limits.map((limit) => limit.left(at(now))),
  };
}

const settled = (holds: Holds, now: number, tokens?: number, cost?: number) =>
  holds.settle({ tokens, cost }, at(now));

describe('requests over a time', () => {
  it('are let in at once, and again when the window they lie in is over', () => {
    const limit = gate({ requests: 6, per: 60_000, by: undefined });
    expect(Array.from({ length: 8 }, () => limit.enters(0)).filter(Boolean)).toHaveLength(6);
    expect(limit.enters(59_999)).toBe(false);
    expect(limit.enters(60_000)).toBe(true);
  });

  it('are never more than the quota in any window, and a refusal tells when the next is let in', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 }),
        (quota, gaps) => {
          const limits = new Limits(NONE, new LimitStates()).of(
            subject(),
            keyWith([{ requests: quota, per: 1000 }]),
          );
          let now = 0;
          const entered: number[] = [];
          for (const gap of gaps) {
            now += gap;
            const wait = limits[0]?.wait(1, at(now)) ?? 0;
            // A caller that is refused waits as long as it was told, or leaves.
            if (wait > 0 && gap % 2 === 0) continue;
            now += wait;
            expect(limits[0]?.wait(1, at(now))).toBe(0);
            takeAll(limits, taking(), at(now));
            entered.push(now);
          }
          for (const from of entered) {
            const within = entered.filter((one) => one >= from && one < from + 1000).length;
            expect(within).toBeLessThanOrEqual(quota);
          }
        },
      ),
    );
  });

  it('are free again at most a twentieth of the window late, however they come', () => {
    const limit = gate({ requests: 1000, per: 1000 });
    for (let now = 0; now < 1000; now += 1) expect(limit.enters(now)).toBe(true);
    // Those of the first fiftieth of a second are free again, and all that follow as they went.
    for (let now = 1050; now < 2000; now += 1) expect(limit.enters(now)).toBe(true);
  });

  it('are paced where a burst is named (ITU-T I.371)', () => {
    const limit = gate({ requests: 60, per: 60_000, burst: 2 });
    const entered = Array.from({ length: 100 }, (_, i) => i * 100).filter((now) =>
      limit.enters(now),
    );
    expect(entered).toEqual([0, 100, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000]);
  });

  it('are refused without taking: a refusal makes nobody wait longer', () => {
    const limit = gate({ requests: 1, per: 1000 }, { requests: 100, per: 1000 });
    expect(limit.enters(0)).toBe(true);
    for (let i = 0; i < 500; i += 1) expect(limit.enters(500)).toBe(false);
    expect(limit.enters(1000)).toBe(true);
    expect(limit.fields(1000)[3]).toBe('"requests";r=0;t=1, "requests";r=99');
  });
});

describe('tokens over a time', () => {
  const tokens = (amount: number) => taking({ tokens: amount });

  it('are reserved before they are spent and settled after', () => {
    const limit = gate({ tokens: 1000, per: 60_000 });
    const first = limit.take(0, tokens(800));
    expect(() => limit.take(0, tokens(300))).toThrow(/this key may use 1000 tokens in 60 s/);
    settled(first, 0, 100);
    settled(limit.take(0, tokens(300)), 0);
    expect(limit.fields(0)).toEqual([
      'ratelimit-policy',
      '"tokens";q=1000;w=60',
      'ratelimit',
      '"tokens";r=600',
    ]);
  });

  it('used beyond the estimate are a debt that is waited for', () => {
    const limit = gate({ tokens: 1000, per: 60_000 });
    settled(limit.take(0, tokens(10)), 30_000, 2000);
    expect(limit.enters(89_000, tokens(1))).toBe(false);
    expect(limit.enters(90_000, tokens(1))).toBe(true);
  });

  it('more than the quota are let in when nothing is used, and hold no more than the quota', () => {
    const limit = gate({ tokens: 1000, per: 60_000 });
    const holds = limit.take(0, tokens(Number.MAX_VALUE));
    expect(limit.enters(0, tokens(1))).toBe(false);
    settled(holds, 0, 0);
    expect(limit.left(0)).toEqual([1000]);
  });

  it('never exceed the limit by more than the answers in flight exceed their estimates', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            gap: fc.integer({ min: 0, max: 300 }),
            estimate: fc.integer({ min: 1, max: 400 }),
            used: fc.integer({ min: 0, max: 400 }),
            lasts: fc.integer({ min: 0, max: 500 }),
          }),
          { maxLength: 100 },
        ),
        (calls) => {
          const limit = gate({ tokens: 1000, per: 1000 });
          let now = 0;
          const spent: { at: number; used: number; excess: number }[] = [];
          const open: { until: number; end: () => void }[] = [];
          for (const { gap, estimate, used, lasts } of calls) {
            now += gap;
            for (const { end } of open.filter(({ until }) => until <= now)) end();
            open.splice(0, open.length, ...open.filter(({ until }) => until > now));
            if (!limit.enters(now, tokens(0))) continue;
            let holds: Holds;
            try {
              holds = limit.take(now, tokens(estimate));
            } catch {
              continue;
            }
            const begun = now;
            spent.push({ at: begun, used, excess: Math.max(0, used - estimate) });
            open.push({
              until: now + lasts,
              end: () => settled(holds, Math.min(now, begun + lasts), used),
            });
          }
          for (const { at: from } of spent) {
            const window = spent.filter((one) => one.at >= from && one.at < from + 1000);
            const total = window.reduce((all, one) => all + one.used, 0);
            const excess = window.reduce((all, one) => all + one.excess, 0);
            expect(total).toBeLessThanOrEqual(1000 + excess);
          }
        },
      ),
    );
  });
});

describe('money', () => {
  const dollars = (amount: number) => taking({ cost: amount * NANOS_PER_DOLLAR });
  const day = 86_400_000;

  it('is counted by the day in UTC, and refused by its own name with the time it lifts', () => {
    const limit = gate({ cost: 5, unit: 'USD', per: day });
    const noon = 10 * day + day / 2;
    settled(limit.take(noon, dollars(4)), noon, 0, 4.5 * NANOS_PER_DOLLAR);
    expect(() => limit.take(noon, dollars(1))).toThrow(
      /this key may spend 5 USD each day \(UTC\); try again in 43200 s, at 1970-01-12T00:00:00Z/,
    );
    expect(limit.enters(11 * day - 1, dollars(1))).toBe(false);
    expect(limit.enters(11 * day, dollars(1))).toBe(true);
    expect(limit.fields(11 * day)).toEqual([
      'ratelimit-policy',
      '"cost";q=5000000;qu="micro-usd";w=86400',
      'ratelimit',
      '"cost";r=4000000',
    ]);
  });

  it('is not given twice when the clock is set back', () => {
    const limit = gate({ cost: 5, unit: 'USD', per: 'day' });
    limit.take(2 * day, dollars(5));
    expect(limit.enters(2 * day - 1, dollars(1))).toBe(false);
    expect(limit.enters(2 * day + 1, dollars(1))).toBe(false);
    expect(limit.enters(3 * day, dollars(1))).toBe(true);
  });

  it('is neither given again nor held up by a clock that was ahead for a while', () => {
    const limit = gate({ cost: 5, unit: 'USD', per: 'day' });
    limit.take(2 * day, dollars(3));
    // A year ahead, where one dollar is spent, and back.
    limit.take(400 * day, dollars(1));
    expect(limit.left(2 * day + 10)).toEqual([NANOS_PER_DOLLAR]);
    expect(limit.left(3 * day)).toEqual([5 * NANOS_PER_DOLLAR]);
    limit.take(3 * day, dollars(5));
    expect(limit.enters(4 * day - 1, dollars(1))).toBe(false);
    // To and fro over midnight, as clocks are that are being set.
    for (let i = 0; i < 3; i += 1) {
      expect(limit.left(4 * day)).toEqual([
        5 * NANOS_PER_DOLLAR - (i === 0 ? 0 : NANOS_PER_DOLLAR),
      ]);
      if (i === 0) limit.take(4 * day, dollars(1));
      expect(limit.left(4 * day - 1)).toEqual([0]);
    }
  });

  it('of a call over midnight belongs to the day in which it began', () => {
    const limit = gate({ cost: 5, unit: 'USD', per: 'day' });
    const holds = limit.take(day - 1, dollars(1));
    expect(limit.left(day)).toEqual([5 * NANOS_PER_DOLLAR]);
    settled(holds, day + 1, 0, 3 * NANOS_PER_DOLLAR);
    expect(limit.left(day + 1)).toEqual([5 * NANOS_PER_DOLLAR]);
  });

  it('is counted in weeks from Monday and in months of the calendar', () => {
    const wall = Date.UTC(2024, 1, 29, 12);
    const week = gate({ cost: 1, unit: 'USD', per: 'week' });
    const month = gate({ cost: 1, unit: 'USD', per: 'month' });
    week.take(wall, dollars(1));
    month.take(wall, dollars(1));
    expect(week.enters(Date.UTC(2024, 2, 4) - 1, dollars(1))).toBe(false);
    expect(week.enters(Date.UTC(2024, 2, 4), dollars(1))).toBe(true);
    expect(month.enters(Date.UTC(2024, 2, 1) - 1, dollars(1))).toBe(false);
    expect(month.enters(Date.UTC(2024, 2, 1), dollars(1))).toBe(true);
  });
});

describe('concurrency', () => {
  it('counts those that are in, and lets go of each once', () => {
    const limit = gate({ concurrency: 2 });
    const [first, second] = [limit.take(0), limit.take(0)];
    expect(limit.enters(0)).toBe(false);
    settled(first, 0);
    settled(first, 0);
    expect(limit.enters(0)).toBe(true);
    expect(limit.enters(0)).toBe(false);
    settled(second, 0);
    expect(limit.fields(0)).toEqual([
      'ratelimit-policy',
      '"concurrency";q=2',
      'ratelimit',
      '"concurrency";r=1',
    ]);
  });
});

describe('whom a limit is for', () => {
  const count = (limits: Limits, who: Partial<Subject>, key = keyWith([])): boolean => {
    const found = limits.of(subject(who), key);
    const isRefused = found.some((limit) => limit.wait(1, at(0)) !== 0);
    if (!isRefused) takeAll(found, taking(), at(0));
    return !isRefused;
  };

  it.each<[by: LimitConfig['by'], same: Partial<Subject>, other: Partial<Subject>]>([
    ['address', { model: 'x', route: 'y' }, { address: '192.0.2.2' }],
    ['address', { address: '::ffff:192.0.2.1' }, { address: '192.0.2.3' }],
    ['key', { address: '10.0.0.1' }, { key: { id: 'l', name: 'l' } }],
    ['model', { address: '10.0.0.1' }, { model: 'other' }],
    ['route', { model: 'x' }, { route: '/v1/chat/completions' }],
  ])('each %s counts alone', (by, same, other) => {
    const limits = new Limits(
      { ...NONE, limits: [{ requests: 2, per: 1000, by }] },
      new LimitStates(),
    );
    expect(count(limits, {})).toBe(true);
    expect(count(limits, same)).toBe(true);
    expect(count(limits, {})).toBe(false);
    expect(count(limits, other)).toBe(true);
  });

  it('is a whole /64 where addresses are of IPv6', () => {
    const limits = new Limits(
      { ...NONE, limits: [{ requests: 1, per: 1000, by: 'address' }] },
      new LimitStates(),
    );
    expect(count(limits, { address: '2001:db8:1:1::1' })).toBe(true);
    expect(count(limits, { address: '2001:db8:1:1:ffff::2' })).toBe(false);
    expect(count(limits, { address: '2001:db8:1:2::1' })).toBe(true);
  });

  it('is a team over all its keys, beside the limits of each', () => {
    const team = { name: 'red', models: undefined, limits: [{ requests: 2, per: 1000 }] };
    const limits = new Limits({ ...NONE, teams: [team] }, new LimitStates());
    const [one, two] = [keyWith([{ requests: 1, per: 1000 }], 'one'), keyWith([], 'two')];
    expect(count(limits, { team: 'red' }, one)).toBe(true);
    expect(count(limits, { team: 'red' }, one)).toBe(false);
    expect(count(limits, { team: 'red' }, two)).toBe(true);
    expect(count(limits, { team: 'red' }, two)).toBe(false);
    expect(count(limits, {}, two)).toBe(true);
  });

  it('is not forgotten by a reload, also when the quota changes', () => {
    const states = new LimitStates();
    const limitsOf = (requests: number) =>
      new Limits({ ...NONE, limits: [{ requests, per: 1000 }] }, states);
    expect(count(limitsOf(2), {})).toBe(true);
    expect(count(limitsOf(2), {})).toBe(true);
    expect(count(limitsOf(2), {})).toBe(false);
    expect(count(limitsOf(3), {})).toBe(true);
    expect(count(limitsOf(3), {})).toBe(false);
  });

  it('is kept for so many strangers at most, and they do not push out configured limits', () => {
    const states = new LimitStates();
    const limits = new Limits(
      { ...NONE, limits: [{ requests: 1, per: 1e9, by: 'address' }] },
      states,
    );
    const key = keyWith([{ requests: 1, per: 1e9 }]);
    expect(count(limits, {}, key)).toBe(true);
    for (let i = 0; i < 100_000; i += 1) {
      const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
      takeAll(limits.of(subject({ key: undefined, address }), undefined), taking(), at(0));
    }
    expect([...states].length).toBeLessThanOrEqual(50_002);
    expect(count(limits, { address: '192.0.2.77' }, key)).toBe(false);
  });
});

describe('estimates', () => {
  const body = (value: object) => Buffer.from(JSON.stringify(value));
  const told = { maxTokens: undefined, choices: undefined, holdsData: false, links: 0 };
  const of = (value: object, maxTokens?: number, choices?: number) => {
    const scanned = scanRequest(body(value));
    if (!scanned.ok) throw new Error(scanned.problem);
    return estimateTokens(body(value), { ...scanned, maxTokens, choices }, 'chat');
  };

  it('are the text and what the answer may be', () => {
    expect(of({ text: 'x'.repeat(289) }, 50)).toEqual({ input: 100, output: 50 });
    expect(of({}, undefined).output).toBe(1000);
    expect(of({}, 50, 4).output).toBe(200);
    expect(estimateTokens(body({}), told, 'embeddings').output).toBe(0);
    expect(estimateTokens(body({}), told, 'count-tokens')).toEqual({
      input: 0,
      output: 0,
    });
  });

  it('take pictures for what they cost, not for their bytes', () => {
    const base64 = 'A'.repeat(400_000);
    for (const picture of [
      { image_url: { url: `data:image/png;base64,${base64}` } },
      { source: { type: 'base64', media_type: 'image/png', data: base64 } },
      { inlineData: { mimeType: 'image/png', data: base64 } },
    ]) {
      const { input } = of(picture, 1);
      expect(input).toBeGreaterThan(1900);
      expect(input).toBeLessThan(2200);
    }
  });
});
